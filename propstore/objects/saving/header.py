"""What is saved beside an object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from propstore.errors import StoreFormatError
from propstore.objects.saving.class_version import PYTHON, ClassVersion, version_of

__all__ = ["Header"]

_MARK = "propstore_saved"
_CURRENT_FORMAT = 1


@dataclass(frozen=True)
class Header:
    """What is known of an object without loading it.

    Parameters
    ----------
    type : ClassVersion
        Its type.
    classes : tuple of ClassVersion
        The classes of what is in it, but for Python's own.
    metadata : dict
        What the user said of it.
    """

    type: ClassVersion
    classes: tuple[ClassVersion, ...]
    metadata: dict[str, Any]

    @classmethod
    def of(cls, obj: object, classes: Iterable[Any], metadata: dict[str, Any]) -> Header:
        """Make the header of an object that is saved now."""
        versions = tuple(map(version_of, classes))
        others = tuple(version for version in versions if version.package != PYTHON)
        return cls(version_of(type(obj)), others, metadata)

    @classmethod
    def from_document(cls, document: Any, filename: str) -> Header:
        """Make it of what `as_document` gave.

        Raises
        ------
        StoreFormatError
            If it is something else, of a later format, or damaged.
        """
        if not isinstance(document, dict) or document.get(_MARK) != _CURRENT_FORMAT:
            raise StoreFormatError(
                f"{filename!r} holds no object that this version of propstore has saved; a file "
                "of groups is opened with NetCDFStorage or JSONStorage"
            )
        try:
            classes = tuple(map(ClassVersion.from_document, document["classes"]))
            return cls(
                ClassVersion.from_document(document["type"]), classes, dict(document["metadata"])
            )
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise StoreFormatError(f"{filename!r} is damaged: its header lacks {error}") from error

    def as_document(self) -> dict[str, Any]:
        """Give it as what JSON has."""
        return {
            _MARK: _CURRENT_FORMAT,
            "type": self.type.as_document(),
            "classes": [version.as_document() for version in self.classes],
            "metadata": self.metadata,
        }
