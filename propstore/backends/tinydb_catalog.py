"""The catalog of a store in TinyDB: read from memory, changed under a lock, written once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from propstore.ancillary.local_area import STAGING
from propstore.backends.catalog import StoredRow
from propstore.backends.json_catalog import (
    ABOUT,
    JSON_CATALOG_NAME,
    RECORDS,
    SUPERSEDED,
    Fields,
    first_tables,
    json_line,
)
from propstore.backends.superseded import SupersededRow
from propstore.backends.tinydb_contents import Contents
from propstore.backends.tinydb_row import CatalogRow
from propstore.errors import NotAStoreError
from propstore.external.durable import make_directories
from propstore.external.location import RESERVED_DIRECTORY

__all__ = ["TinyDBCatalog"]

_GITIGNORE = f"""\
/{JSON_CATALOG_NAME}.lock
/{STAGING}/
/{RESERVED_DIRECTORY}/
"""


class TinyDBCatalog:
    """Looks records up in a catalog that threads and processes share, and changes it.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        from tinydb import TinyDB

        from propstore.backends.tinydb_file import FORKS, CatalogFile

        self.forks = FORKS
        self._path = path
        self._file = CatalogFile(path, STAGING)
        self._database = TinyDB(storage=lambda: self._file)
        self._read_from: object = None
        self._contents = Contents()
        self._changed: Contents | None = None
        self._writing_thread: int | None = None
        self.guard = threading.RLock()

    @property
    def is_writing(self) -> bool:
        """Whether this thread is inside a transaction."""
        return self._writing_thread == threading.get_ident()

    def create(self) -> None:
        """Make the catalog if there is none, and tell git what beside it need not be kept."""
        from propstore.backends.tinydb_file import locked, reporting

        if self._path.exists():
            return
        with reporting(self._path):
            make_directories(self._path.parent)
        with locked(self._path), self.guard:
            if not self._path.exists():
                self._file.write(first_tables())
                ignored = self._path.with_name(".gitignore")
                with reporting(self._path), suppress(FileExistsError), ignored.open("x") as file:
                    file.write(_GITIGNORE)

    def close(self) -> None:
        """Forget what was read."""
        self._file.close()

    def contents(self) -> Contents:
        """Give what the catalog holds now; inside a transaction, what it will hold.

        Raises
        ------
        NotAStoreError
            If there is no catalog, or it is some other program's file.
        StoreFormatError
            If it is damaged, or a later propstore wrote it.
        """
        if self._changed is not None and self.is_writing:
            return self._changed
        with self.guard:
            tables = self._file.tables()
            if tables is None:
                raise NotAStoreError(
                    f"there is no store at {str(self._path.parent)!r}: no {self._path.name} in it."
                )
            if tables is not self._read_from:
                self._contents = Contents.read(tables, self._contents, self._path)
                self._read_from = tables
            return self._contents

    def about(self) -> dict[str, str]:
        """Give what the catalog says of itself."""
        self.contents()
        (about,) = self._database.table(ABOUT).all()
        return {name: str(about[name]) for name in sorted(about)}

    def get(self, key: str) -> StoredRow | None:
        """Read the row of a key."""
        row = self.contents().rows.get(key)
        return None if row is None else StoredRow(row.document, row.files, row.generation)

    def of_key(self, key: str) -> list[SupersededRow]:
        """Give the replaced records of a key, the earliest first."""
        return [
            SupersededRow(
                key,
                row.generation,
                row.document,
                row.files,
                row.fields["replaced"],
                row.fields.get("reason"),
            )
            for row in self.contents().former(key)
        ]

    def note_reason(self, key: str, reason: str) -> None:
        """Note why the latest replaced record of a key was replaced, in the transaction."""
        self.contents().note_reason(key, reason)

    def locations(self) -> set[str]:
        """Give the locations of all files that a record has, or one that was replaced."""
        contents = self.contents()
        rows = (*contents.rows.values(), *contents.superseded.values())
        return {row.files for row in rows if row.files is not None}

    def put(
        self, key: str, generation: int, identity: str | None, files: str | None, document: str
    ) -> None:
        """Write a record, new or in the place of an earlier generation, in the transaction.

        Raises
        ------
        InvalidDataError
            If it can't be written as JSON.
        """
        fields: Fields = {
            "key": key,
            "generation": generation,
            "identity": identity,
            "files": files,
            "document": json.loads(document),
        }
        json_line(fields)
        self.contents().put(fields, datetime.now(UTC).isoformat())

    def remove(self, key: str) -> list[CatalogRow]:
        """Remove a record in the transaction, and give all its generations."""
        return self.contents().remove(key)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the catalog alone, and write it at the end of the block if it was changed.

        Raises
        ------
        StoreBusyError
            If others held it for too long.
        StoreReadOnlyError, StoreError
            If it can't be written.
        """
        from propstore.backends.tinydb_file import locked

        with locked(self._path):
            before = self.contents()
            after = before.copy()
            self._changed, self._writing_thread = after, threading.get_ident()
            try:
                yield
                with self.guard:
                    self._write(before, after)
            finally:
                self._changed, self._writing_thread = None, None

    @contextmanager
    def step(self) -> Iterator[None]:
        """Undo what a block does inside a transaction, and no more of it, if the block raises."""
        contents = self.contents()
        mark = contents.mark()
        try:
            yield
        except BaseException:
            contents.undo(mark)
            raise

    def after_fork_in_child(self) -> bool:
        """Let go of what is the parent's, and tell whether that was inside a transaction."""
        was_writing = self._changed is not None
        self.guard = threading.RLock()
        self._changed, self._writing_thread = None, None
        return was_writing

    def _write(self, before: Contents, after: Contents) -> None:
        """Let TinyDB make the changes, and write them at once; nothing if there are none."""
        from tinydb.table import Document

        changes = []
        for name in (RECORDS, SUPERSEDED):
            old, new = before.table(name), after.table(name)
            gone = [number for number, row in old.items() if new.get(number) is not row]
            come = [row for number, row in new.items() if old.get(number) is not row]
            if gone or come:
                changes.append((self._database.table(name), gone, come))
        if not changes:
            return
        with self._file.gathered():
            for table, gone, come in changes:
                table.remove(doc_ids=gone)
                table.insert_multiple(Document(row.fields, row.number) for row in come)
