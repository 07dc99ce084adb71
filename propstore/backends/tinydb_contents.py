"""What a catalog in TinyDB holds, as it is looked up: records by key and by identity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from propstore.backends.json_catalog import RECORDS, SUPERSEDED, Fields, Tables, damaged
from propstore.backends.tinydb_row import CatalogRow, row_fault

__all__ = ["Contents"]


class Contents:
    """The records of a catalog, and the generations before theirs.

    Attributes
    ----------
    rows
        The records by their keys, in the order of their numbers.
    superseded
        The former generations, by their numbers and in their order.
    """

    def __init__(self) -> None:
        self.rows: dict[str, CatalogRow] = {}
        self.superseded: dict[int, CatalogRow] = {}
        self._keys: dict[str, str] = {}
        self._steps: list[tuple[dict[Any, Any], Any, Any]] = []

    @classmethod
    def read(cls, tables: Tables, known: Contents, path: Path) -> Contents:
        """Read the contents from TinyDB's tables.

        Parameters
        ----------
        tables
            The tables.
        known
            What they were before, whose rows are taken over where they are the same.
        path
            The file that they are from, which errors name.

        Raises
        ------
        StoreFormatError
            If a row is not one of a record, or two rows have one key.
        """
        contents = cls()
        known_rows = {id(row.fields): row for row in known.rows.values()}
        for row in _rows(tables, RECORDS, known_rows, path):
            if row.key in contents.rows:
                raise damaged(path, f"two records have the key {row.key!r}")
            contents.rows[row.key] = row
            if row.identity is not None:
                contents._keys.setdefault(row.identity, row.key)
        known_rows = {id(row.fields): row for row in known.superseded.values()}
        for row in _rows(tables, SUPERSEDED, known_rows, path):
            contents.superseded[row.number] = row
        return contents

    def copy(self) -> Contents:
        """Give contents of their own to a transaction."""
        copied = Contents()
        copied.rows = dict(self.rows)
        copied.superseded = dict(self.superseded)
        copied._keys = dict(self._keys)
        return copied

    def table(self, name: str) -> dict[int, CatalogRow]:
        """Give the rows of one of TinyDB's tables by their numbers."""
        if name == SUPERSEDED:
            return self.superseded
        return {row.number: row for row in self.rows.values()}

    def find_identity(self, identity: str) -> str | None:
        """Give the key of the record of an identity, or None."""
        return self._keys.get(identity)

    def put(self, fields: Fields, time: str) -> None:
        """Add a record, or put it in the place of an earlier generation.

        Parameters
        ----------
        fields
            What the catalog is to have of the record.
        time
            When the earlier generation was replaced.
        """
        stored = self.rows.get(fields["key"])
        if stored is None:
            last = next(reversed(self.rows.values()), None)
            row = CatalogRow(1 if last is None else last.number + 1, fields)
        else:
            number = next(reversed(self.superseded), 0) + 1
            past = CatalogRow(number, {**stored.fields, "replaced": time})
            self._set(self.superseded, number, past)
            row = CatalogRow(stored.number, fields)
        self._set(self.rows, row.key, row)
        if stored is not None and stored.identity != row.identity:
            self._forget_identity(stored)
        self._note_identity(row)

    def remove(self, key: str) -> list[CatalogRow]:
        """Remove a record with its former generations, and give all of them."""
        row, former = self.rows[key], self.former(key)
        self._set(self.rows, key, None)
        for one in former:
            self._set(self.superseded, one.number, None)
        self._forget_identity(row)
        return [row, *former]

    def former(self, key: str) -> list[CatalogRow]:
        """Give the generations before the one that stands under a key, the earliest first."""
        return [row for row in self.superseded.values() if row.key == key]

    def note_reason(self, key: str, reason: str) -> None:
        """Note why the latest former generation of a key was replaced."""
        latest = self.former(key)[-1]
        noted = CatalogRow(latest.number, {**latest.fields, "reason": reason})
        self._set(self.superseded, latest.number, noted)

    def mark(self) -> int:
        """Give what `undo` goes back to."""
        return len(self._steps)

    def undo(self, mark: int) -> None:
        """Undo what was done since a mark."""
        for table, name, before in reversed(self._steps[mark:]):
            if before is None:
                del table[name]
            else:
                table[name] = before
        del self._steps[mark:]
        # What had been removed is back, but not in its place.
        rows = sorted(self.rows.values(), key=lambda row: row.number)
        former = sorted(self.superseded.items())
        self.rows.clear()
        self.rows.update((row.key, row) for row in rows)
        self.superseded.clear()
        self.superseded.update(former)

    def _note_identity(self, row: CatalogRow) -> None:
        if row.identity is not None and row.identity not in self._keys:
            self._set(self._keys, row.identity, row.key)

    def _forget_identity(self, row: CatalogRow) -> None:
        """Find the identity of a row, which no longer stands, under another key or none."""
        if row.identity is None or self._keys[row.identity] != row.key:
            return
        self._set(self._keys, row.identity, None)
        # A merge of two versions of the file may have left another record of this identity.
        for other in self.rows.values():
            if other.identity == row.identity:
                self._note_identity(other)

    def _set(self, table: dict[Any, Any], name: Any, value: Any) -> None:
        """Give a name another value, or remove it, so that it can be undone."""
        self._steps.append((table, name, table.get(name)))
        if value is None:
            del table[name]
        else:
            table[name] = value


def _rows(tables: Tables, name: str, known: dict[int, CatalogRow], path: Path) -> list[CatalogRow]:
    """Give the rows of a table in the order of their numbers."""
    rows = []
    for number, fields in sorted((int(one), row) for one, row in tables.get(name, {}).items()):
        row = known.get(id(fields))
        if row is None or row.number != number:
            fault = row_fault(fields, is_past=name == SUPERSEDED)
            if fault is not None:
                raise damaged(path, f"number {number} of {name!r} {fault}")
            row = CatalogRow(number, fields)
        rows.append(row)
    return rows
