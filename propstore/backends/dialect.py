"""In what the SQL of two databases differs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
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

    def skip_scan(self, types: str, window: str) -> str | None:
        """Write that a record is of some types, and in a window of temperatures.

        The index by type, property type and temperature serves for it if it is looked into for
        each property type that there is.

        Parameters
        ----------
        types
            Selects the ids of the types.
        window
            The window, which is written twice, and so needs its parameters twice.

        Returns
        -------
        str or None
            The text; None if that is left to the database.
        """


_SKIP_SCAN = """
(property_type IS NULL AND type IN ({types}) AND {window} OR property_type IN (
    WITH RECURSIVE present (type, name) AS (
        SELECT record_types.id, (
            SELECT min(property_type) FROM records AS one
            WHERE one.type = record_types.id AND one.property_type IS NOT NULL
        ) FROM record_types WHERE record_types.id IN ({types})
        UNION ALL SELECT present.type, (
            SELECT min(property_type) FROM records AS one
            WHERE one.type = present.type AND one.property_type > present.name
        ) FROM present WHERE present.name IS NOT NULL
    ) SELECT name FROM present
) AND type IN ({types}) AND {window})
"""
"""The next property type of each is one step in the index, however many records have the one."""


@lru_cache(maxsize=1024)
def _skip_scan(types: str, window: str) -> str:
    return _SKIP_SCAN.format(types=types, window=window)


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

    def skip_scan(self, types: str, window: str) -> str | None:
        return _skip_scan(types, window)


SQLITE: Dialect = _SQLite()
