"""Records in a folder, in one JSON file that people and version control can read."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from propstore.ancillary import AncillaryForm, LocalFileArea, Staged, Submission
from propstore.ancillary.area import ANCILLARY
from propstore.ancillary.large_fields import bind_large_fields
from propstore.backends.base import StorageBackend
from propstore.backends.catalog import Row
from propstore.backends.catalog_lineage import CatalogLineage
from propstore.backends.document_index import DocumentIndex
from propstore.backends.file_system import file_system_of
from propstore.backends.forking import PATIENCE
from propstore.backends.index import Files, Match, RecordIndex
from propstore.backends.json_catalog import JSON_CATALOG_NAME
from propstore.backends.key import new_key
from propstore.backends.local import CATALOG_NAME
from propstore.backends.pending_files import PendingFiles
from propstore.backends.tinydb_catalog import TinyDBCatalog
from propstore.backends.tinydb_row import load_row
from propstore.errors import NotAStoreError, StoreFormatError, UnreliableLocksError
from propstore.external import FileStorage
from propstore.model.stored_data import StoredData

__all__ = ["LargeCatalogWarning", "TinyDBStorage"]

INTENDED_RECORDS = 5000
"""Up to so many records storing one takes no longer than one is willing to wait."""


class LargeCatalogWarning(UserWarning):
    """A store has more records than its backend is meant for, and is slow."""


class TinyDBStorage(CatalogLineage, StorageBackend):
    """Keeps records in ``catalog.json``, one on each line, and their files beside it.

    It is for up to about 5,000 records: each transaction writes the whole file, so that storing
    takes the longer the more records there are. Beyond that, a `LargeCatalogWarning` is given once.

    Parameters
    ----------
    root_directory
        The folder, which threads and processes share. It is made if it is not there and the store
        may be written.
    read_only
        Whether it is opened for reading only, which works on media that can't be written; there
        has to be a store then.
    ancillary
        How the files of records are kept, unless ``store_object`` is told otherwise.

    Raises
    ------
    NotAStoreError
        If the folder is something else, or is opened for reading and has no store in it.
    StoreFormatError
        If ``catalog.json`` is damaged, or was written by a later propstore. It is left as it is.
    UnreliableLocksError
        If it is on a network file system whose locks do not keep several machines apart.
    """

    _catalog: TinyDBCatalog
    _superseded: TinyDBCatalog

    def __init__(
        self,
        root_directory: str | os.PathLike[str],
        *,
        read_only: bool = False,
        ancillary: AncillaryForm = "directory",
    ) -> None:
        super().__init__(read_only=read_only, ancillary=ancillary)
        self._root = Path(root_directory).absolute()
        self._check_folder()
        self._catalog = self._superseded = TinyDBCatalog(self._root / JSON_CATALOG_NAME)
        self._area = LocalFileArea(FileStorage(self._root))
        self._pending = PendingFiles()
        self._has_warned = False
        if not read_only:
            self._catalog.create()
        self._catalog.contents()
        self._catalog.forks.add(self)

    def __repr__(self) -> str:
        mode = ", read_only=True" if self.read_only else ""
        return f"TinyDBStorage({str(self._root)!r}{mode})"

    def __reduce__(self) -> Any:
        options = {"read_only": self.read_only, "ancillary": self._ancillary}
        return _reopen, (str(self._root), options)

    @property
    def root_directory(self) -> Path:
        """The folder of the store."""
        return self._root

    @property
    def area(self) -> LocalFileArea:
        """Where the files of the records are."""
        return self._area

    def about(self) -> dict[str, str]:
        """Give what the store says of itself: when and by which propstore it was made, ..."""
        self._check_open()
        return self._catalog.about()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._catalog.close()
            super().close()

    def _check_folder(self) -> None:
        """Refuse a folder that is something else, or whose catalog is not where it was."""
        if self._root.exists() and not self._root.is_dir():
            raise NotAStoreError(f"{str(self._root)!r} is a file; a store is a folder.")
        if (self._root / CATALOG_NAME).exists():
            raise NotAStoreError(
                f"{str(self._root)!r} is the folder of a LocalFileStorage; open it as that."
            )
        catalog, files = self._root / JSON_CATALOG_NAME, self._root / ANCILLARY
        if not catalog.exists() and files.is_dir() and next(files.iterdir(), None) is not None:
            raise StoreFormatError(
                f"{str(self._root)!r} has the files of records and no {JSON_CATALOG_NAME}; bring "
                "it back from a backup or from version control."
            )
        place = file_system_of(self._root)
        if not self.read_only and not place.has_locks:
            raise UnreliableLocksError(
                f"{str(self._root)!r} is on a network file system ({place}) where locks do not "
                "keep several machines apart, and what one of them stores could be lost. For "
                "reading, the store can be opened with read_only=True."
            )

    def _store_object(
        self,
        object_to_store: StoredData,
        storage_key: str | None = None,
        ancillary_data_path: Staged | None = None,
    ) -> str:
        key = storage_key or new_key()
        stored = None if storage_key is None else self._catalog.get(storage_key)
        generation = 0 if stored is None else stored.generation + 1
        document = object_to_store.to_json()
        location = None
        if ancillary_data_path is not None:
            location, generation = self._pending.place(
                ancillary_data_path, self.area, key, generation, document
            )
        self._catalog.put(key, generation, object_to_store.identity(), location, document)
        return key

    def _retrieve_object(
        self, storage_key: str, expected_type: type[StoredData] | None = None
    ) -> tuple[StoredData | None, Files | None]:
        stored = self._catalog.get(storage_key)
        if stored is None:
            return None, None
        match = self._match(Row(storage_key, stored.document, stored.files))
        return match.record, match.path

    def _object_exists(self, storage_key: str) -> bool:
        return storage_key in self._catalog.contents().rows

    def _remove_object(self, storage_key: str) -> None:
        generations = self._catalog.remove(storage_key)
        self._pending.doom([row.files for row in generations if row.files is not None])

    @property
    def _is_in_transaction(self) -> bool:
        return self._catalog.is_writing

    def _make_index(self) -> RecordIndex:
        return DocumentIndex(self._catalog.contents, self._match)

    def _staged(self, submission: Submission) -> AbstractContextManager[Staged]:
        return self.area.stage(submission)

    def _scratch(self) -> AbstractContextManager[str]:
        return self.area.scratch()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._catalog.is_writing:
            with self._step():
                yield
            return
        try:
            with self._catalog.writing():
                yield
        except BaseException as error:
            self._pending.abandon(error, self._catalog.locations)
            raise
        self._pending.complete(self.area.remove, nullcontext(True))
        self._warn_if_large()

    @contextmanager
    def _step(self) -> Iterator[None]:
        """Undo a step of a batch that fails, so that the batch can go on without it."""
        mark = self._pending.mark()
        try:
            with self._catalog.step():
                yield
        except BaseException as error:
            self._pending.undo(mark, error)
            raise

    @contextmanager
    def _batch(self) -> Iterator[None]:
        with self._lock, self._transaction():
            yield

    def _match(self, row: Row) -> Match[StoredData]:
        record = load_row(row.key, row.document)
        path = None if row.files is None else self.area.open(row.files)
        bind_large_fields(record, path)
        return Match(row.key, record, path)

    def _warn_if_large(self) -> None:
        number = len(self._catalog.contents().rows)
        if number > INTENDED_RECORDS and not self._has_warned:
            self._has_warned = True
            warnings.warn(
                f"{self!r} has {number} records and writes all of them for each that is stored; it "
                f"is meant for {INTENDED_RECORDS}. Copy them to a LocalFileStorage.",
                LargeCatalogWarning,
                stacklevel=2,
            )

    def _before_fork(self) -> None:
        # A thread that waits for the child holds the lock for as long: then the fork goes on.
        self._has_halted = self._lock.acquire(timeout=PATIENCE)
        self._catalog.guard.acquire()

    def _after_fork_in_parent(self) -> None:
        self._catalog.guard.release()
        if self._has_halted:
            self._lock.release()

    def _after_fork_in_child(self) -> None:
        self._lock = threading.RLock()
        if self._catalog.after_fork_in_child():
            self._closed_because = (
                "this process was forked inside a transaction of the store, and can't use it: make "
                "child processes outside of batch()."
            )


def _reopen(root: str, options: dict[str, Any]) -> TinyDBStorage:
    return TinyDBStorage(root, **options)
