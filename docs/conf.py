"""How Sphinx builds the documentation."""

from propstore import __version__

project = "propstore"
author = "the propstore developers"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
html_theme = "furo"
html_title = "propstore"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_google_docstring = False
