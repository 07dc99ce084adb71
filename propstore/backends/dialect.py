"""In what the SQL of two databases differs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from propstore.query.fields import FieldKind

__all__ = ["SQLITE", "Dialect"]


class Dialect(Protocol):
    """Writes what two databases write differently."""

    @property
    def document(self) -> str:
        """The document of a record as text."""

    def value(self, column: str, names: Iterable[str], kind: FieldKind) -> str | None:
        """Write the value of a kind that is in a column of JSON, below some names.

        None if the database can't compare values of the kind as Python does.
        """

    def presence(self, column: str, names: Iterable[str]) -> str:
        """Write something that is NULL if a column of JSON has no value below some names."""

    def tag_is_one_of(self, name: str, values: Iterable[str]) -> tuple[str, tuple[Any, ...]] | None:
        """Write that a tag has one of some values, as an index of tags knows it.

        Returns
        -------
        tuple or None
            The text and its parameters; None if the database has no such index.
        """

    def unplanned(self, text: str) -> str:
        """Write a condition for which the database is not to look for an index."""


class _SQLite:
    document = "document"

    def value(self, column: str, names: Iterable[str], kind: FieldKind) -> str | None:
        path = "".join(f'."{name}"' for name in names)
        return f"json_extract({column}, '${path}')"

    def presence(self, column: str, names: Iterable[str]) -> str:
        path = "".join(f'."{name}"' for name in names)
        return f"json_extract({column}, '${path}')"

    def tag_is_one_of(self, name: str, values: Iterable[str]) -> tuple[str, tuple[Any, ...]] | None:
        return None

    def unplanned(self, text: str) -> str:
        return f"+{text}"


SQLITE: Dialect = _SQLite()
