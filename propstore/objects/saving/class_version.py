"""What is known of a class and of the code that it comes from."""

from __future__ import annotations

import hashlib
import inspect
import platform
import sys
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import metadata
from typing import Any

from propstore.objects.saving.checkout import checkout_of

__all__ = ["PYTHON", "ClassVersion", "version_of"]

PYTHON = "python"
"""The package of what comes with Python."""


@dataclass(frozen=True)
class ClassVersion:
    """A class, and the version of the code that it comes from.

    Parameters
    ----------
    module : str
        The module, ``"mylab.runs"``.
    qualified_name : str
        The name in the module, ``"Run"``.
    package : str
        The outermost package of the module, or ``"python"``.
    version : str or None
        The version of the package, if it has one.
    python : str
        The version of Python.
    commit : str or None
        The git commit, if the module lies in a checkout.
    is_dirty : bool or None
        Whether that checkout was changed since the commit, or the module is not in it.
    source : str or None
        The SHA-256 of the source of the class, if there is any.
    """

    module: str
    qualified_name: str
    package: str
    version: str | None
    python: str
    commit: str | None
    is_dirty: bool | None
    source: str | None

    @property
    def name(self) -> str:
        """The module and the name in it, ``"mylab.runs.Run"``."""
        return f"{self.module}.{self.qualified_name}"

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> ClassVersion:
        """Make it of what `as_document` gave.

        Raises
        ------
        LookupError
            If it lacks one of the names.
        TypeError
            If one of them is no text.
        """
        known: dict[str, Any] = {name: document.get(name) for name in cls.__match_args__}
        for name in ("module", "qualified_name", "package", "python"):
            if not isinstance(document[name], str):
                raise TypeError(f"text under {name!r}")
        return cls(**known)

    def as_document(self) -> dict[str, Any]:
        """Give it as what JSON has."""
        return asdict(self)


def version_of(cls: type) -> ClassVersion:
    """Tell which version of a class there is in this process."""
    return _version_of(cls)


@lru_cache(maxsize=1024)
def _version_of(cls: Any) -> ClassVersion:
    package = cls.__module__.partition(".")[0]
    python = platform.python_version()
    is_pythons = package in sys.stdlib_module_names and package != "__main__"
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    checkout = None if file is None or is_pythons else checkout_of(file)
    return ClassVersion(
        module=cls.__module__,
        qualified_name=cls.__qualname__,
        package=PYTHON if is_pythons else package,
        version=python if is_pythons else _package_version(package),
        python=python,
        commit=None if checkout is None else checkout.commit,
        is_dirty=None if checkout is None else checkout.is_dirty,
        source=_source_digest(cls),
    )


def _package_version(package: str) -> str | None:
    version = getattr(sys.modules.get(package), "__version__", None)
    if isinstance(version, str):
        return version
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _source_digest(cls: type) -> str | None:
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):  # made by a call, or in C
        return None
    return hashlib.sha256(source.encode()).hexdigest()
