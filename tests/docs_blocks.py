"""Runs the Python code that the pages of the documentation show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"

_BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def python_blocks(page: Path) -> list[str]:
    """Give the blocks, each after as many empty lines as are above it in the page."""
    text = page.read_text(encoding="utf-8")
    return [
        "\n" * text.count("\n", 0, found.start("code")) + found["code"]
        for found in _BLOCK.finditer(text)
    ]


def run_page(
    name: str, directory: Path, files: Mapping[str, bytes] | None = None
) -> dict[str, Any]:
    """Run all blocks of a page, one after the other in one namespace.

    Parameters
    ----------
    name
        The page, relative to the documentation.
    directory
        The working directory meanwhile.
    files
        What is put into it first: contents by their paths.

    Returns
    -------
    dict
        The namespace at the end.
    """
    page = DOCS / name
    blocks = python_blocks(page)
    if not blocks:
        raise LookupError(f"{page} has no block of Python")
    for path, content in (files or {}).items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)
    namespace: dict[str, Any] = {"__name__": page.stem}
    with chdir(directory):
        for code in blocks:
            program = compile(code, str(page), "exec", dont_inherit=True)
            exec(program, namespace)  # noqa: S102 - it is what is tested
    return namespace
