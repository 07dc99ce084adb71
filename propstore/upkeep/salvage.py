"""Reading what can still be read of a catalog that is damaged."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from propstore.backends.earlier_formats import read_as_current
from propstore.backends.key import is_key
from propstore.backends.schema import APPLICATION_ID, FORMAT
from propstore.backends.superseded import SupersededRow
from propstore.errors import NotAStoreError, StoreFormatError

__all__ = ["DamagedCatalog", "SalvagedRow"]

LEAST_CELL = 4  # bytes that a row takes in the file, at least, in any table or index
LEAST_ROW = 64  # and a record, so that this bounds the ids that are looked for

_RECORD = "SELECT key, generation, files, document FROM records WHERE id = ?"
_PAST = "SELECT key, generation, document, files, time, reason FROM superseded"


class SalvagedRow(NamedTuple):
    """A record that could be read.

    Attributes
    ----------
    key, generation, files, document
        As in the catalog. What was no Unicode any more is in the document as lone surrogates.
    """

    key: str
    generation: int
    files: str | None
    document: str

    def is_well_formed(self) -> bool:
        """Tell whether each value is of its kind."""
        texts = (self.document, self.files or "")
        is_numbered = type(self.generation) is int and self.generation >= 0
        return is_key(self.key) and is_numbered and all(type(text) is str for text in texts)


class DamagedCatalog:
    """A copy of a catalog, of which each row is read for itself.

    Attributes
    ----------
    is_complete
        Whether every row that was asked for so far could be read.
    lost
        The keys of the records that could not.
    """

    def __init__(self, connection: sqlite3.Connection, size: int) -> None:
        self._connection = connection
        self._size = size
        self.is_complete = True
        self.lost: list[str] = []

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[DamagedCatalog]:
        """Open a copy of a catalog and its log, so that reading them changes neither.

        Raises
        ------
        NotAStoreError
            If it is the sound database of another program.
        StoreFormatError
            If a later propstore wrote it.
        """
        with tempfile.TemporaryDirectory(prefix=".repair-", dir=path.parent) as directory:
            files = [path, path.with_name(f"{path.name}-wal")]
            copies = [
                shutil.copyfile(file, Path(directory) / file.name)
                for file in files
                if file.exists()
            ]
            with closing(sqlite3.connect(Path(directory) / path.name)) as connection:
                connection.text_factory = lambda text: text.decode(errors="surrogateescape")
                _check_owner(connection, path)
                with suppress(sqlite3.DatabaseError, UnicodeDecodeError):
                    read_as_current(connection)
                yield cls(connection, sum(file.stat().st_size for file in copies))

    def about(self) -> dict[str, str]:
        """Give what the catalog says of itself, as far as it can be read."""
        rows, _ = self._read("SELECT name, value FROM about")
        return {str(name): str(value) for name, value in rows}

    def records(self) -> Iterator[SalvagedRow]:
        """Give the records that can be read, in the order in which they were stored."""
        # The index of the keys has other pages, and names those whose own can't be read.
        index, _ = self._read("SELECT id, key FROM records INDEXED BY sqlite_autoindex_records_1")
        table, self.is_complete = self._read("SELECT id FROM records NOT INDEXED")
        keys = {number: key for number, key in index if is_key(key)}
        known = {number for number, *_ in (*index, *table) if type(number) is int}
        if not self.is_complete:
            # Beyond a page that is damaged, rows are found only by asking for each.
            last = max((one for one in known if one <= self._size // LEAST_ROW), default=0)
            known.update(range(1, last + 1))
        for number in sorted(known):
            rows, can_be_read = self._read(_RECORD, number)
            if not can_be_read or (number in keys and not rows):
                self.is_complete = False
                if number in keys:
                    self.lost.append(keys[number])
            for row in rows:
                yield SalvagedRow(*row)

    def past_generations(self) -> Iterator[SupersededRow]:
        """Give the records that were replaced, as far as they can be read."""
        seen = set()
        # From both ends to where the damage is.
        for order in ("key, generation", "key DESC, generation DESC"):
            rows, can_be_read = self._read(f"{_PAST} ORDER BY {order}")
            self.is_complete &= can_be_read
            for row in rows:
                if row[:2] not in seen:
                    seen.add(row[:2])
                    yield SupersededRow(*row)

    def _read(self, statement: str, *parameters: int) -> tuple[list[Any], bool]:
        """Read rows until one can't be read, and tell whether all could."""
        rows: list[Any] = []
        try:
            for row in self._connection.execute(statement, parameters):
                rows.append(row)
                if len(rows) > self._size // LEAST_CELL:
                    return rows, False  # pages that lead in a circle are read for ever
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            return rows, False
        return rows, True


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    with suppress(sqlite3.DatabaseError, UnicodeDecodeError):
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (stored,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        ((verdict,), *_) = connection.execute("PRAGMA integrity_check(1)").fetchall()
        if verdict != "ok" or tables == 0:
            return
        if application != APPLICATION_ID:
            raise NotAStoreError(f"{str(path)!r} is a database, but not one of propstore.")
        if stored > FORMAT:
            raise StoreFormatError(
                f"{str(path)!r} has format {stored}, which a later propstore wrote: repair it by "
                "that one."
            )
