"""The records of a catalog that others have replaced."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from propstore.backends.catalog import damaged_row
from propstore.backends.catalog_connections import CatalogConnections

__all__ = ["Superseded", "SupersededRow"]

_COLUMNS = "key, generation, document, files, time, reason"


class SupersededRow(NamedTuple):
    """A record that was replaced.

    Attributes
    ----------
    key
        The key under which it stood.
    generation
        Which of the key's generations it is.
    document
        The record as JSON.
    files
        The location of its files; None if it has none.
    time
        When it was replaced, in ISO 8601, UTC.
    reason
        Why the next one took its place.
    """

    key: str
    generation: int
    document: str
    files: str | None
    time: str
    reason: str | None

    def is_well_formed(self) -> bool:
        """Tell whether each value is of its kind, as in a catalog that is not damaged."""
        texts = (self.key, self.document, self.time, self.files or "", self.reason or "")
        is_typed = type(self.generation) is int and all(type(text) is str for text in texts)
        return is_typed and _is_time(self.time)


class Superseded:
    """Reads and writes the table of the replaced records.

    Writing is done inside ``connections.writing()``, under the store's lock.
    """

    def __init__(self, connections: CatalogConnections) -> None:
        self._connections = connections

    def of_key(self, key: str) -> list[SupersededRow]:
        """Give the replaced records of a key, the earliest first."""
        return self._rows("WHERE key = ? ORDER BY generation", (key,))

    def before(self, time: datetime) -> list[SupersededRow]:
        """Give those that were replaced before a time."""
        return self._rows("WHERE time < ? ORDER BY time", (time.isoformat(),))

    def add(self, row: SupersededRow) -> None:
        """Write a replaced record of a key that has a later one."""
        with self._connections.writing() as connection:
            connection.execute(
                f"INSERT INTO superseded ({_COLUMNS}, type) VALUES (?, ?, ?, ?, ?, ?, "
                "(SELECT type FROM records WHERE key = ?))",
                (*row, row.key),
            )

    def note_reason(self, key: str, reason: str) -> None:
        """Note why the latest replaced record of a key was replaced."""
        with self._connections.writing() as connection:
            connection.execute(
                "UPDATE superseded SET reason = ? WHERE key = ? AND generation = "
                "(SELECT max(generation) FROM superseded WHERE key = ?)",
                (reason, key, key),
            )

    def remove(self, key: str, generation: int) -> bool:
        """Forget one of them, and tell whether it was there."""
        with self._connections.writing() as connection:
            found = connection.execute(
                "DELETE FROM superseded WHERE key = ? AND generation = ?", (key, generation)
            )
            return found.rowcount > 0

    def all(self) -> list[SupersededRow]:
        """Give all of them, by key and generation."""
        return self._rows("ORDER BY key, generation", ())

    def _rows(self, clause: str, parameters: tuple[object, ...]) -> list[SupersededRow]:
        rows = self._connections.fetch(f"SELECT {_COLUMNS} FROM superseded {clause}", parameters)
        found = [SupersededRow(*row) for row in rows]
        for row in found:
            if not row.is_well_formed():
                raise damaged_row(row.key)
        return found


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).utcoffset() is not None
    except ValueError:
        return False
