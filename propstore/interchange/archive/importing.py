"""Storing the records of a published collection."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple
from zipfile import BadZipFile, ZipFile, is_zipfile

from propstore.ancillary.large_fields import bind_large_fields
from propstore.ancillary.record_directory import RecordDirectory
from propstore.errors import InterchangeError
from propstore.interchange.archive.bag import DECLARATION, check_bag
from propstore.interchange.archive.collection import Collection
from propstore.interchange.archive.documents import check_records, read_record
from propstore.interchange.archive.layout import (
    CollectionIndex,
    files_path,
)
from propstore.model.stored_data import StoredData

if TYPE_CHECKING:
    from propstore.backends.base import StorageBackend
    from propstore.backends.index import Files

__all__ = ["CollectionImport", "Conflict", "import_collection"]


# What is encrypted, or packed in another way, is a RuntimeError.
_ZIP_ERRORS = (BadZipFile, EOFError, OSError, RuntimeError, zlib.error)


class Conflict(NamedTuple):
    """Something of a collection that was not stored, since the store has something else there.

    Attributes
    ----------
    key
        The key of the record in the collection; of the collection itself, its name.
    stored_key
        The key in the store of what is in its way.
    reason
        What is different.
    """

    key: str
    stored_key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.key}: {self.reason} (the store has {self.stored_key})"


@dataclass(frozen=True)
class CollectionImport:
    """What an import of a collection did.

    Attributes
    ----------
    name
        The name of the collection.
    added
        How many records are in the store now and were not before.
    present
        How many were there already, with the same content and the same files.
    conflicts
        What was not stored. If there is any, the collection itself is not stored either.
    keys
        For each key of the collection, the key in this store.
    """

    name: str
    added: int
    present: int
    conflicts: tuple[Conflict, ...]
    keys: dict[str, str]

    def summary(self) -> str:
        """Say it in words, the numbers in one line and then each conflict in one."""
        head = f"{self.added:,} added, {self.present:,} present already, "
        return "\n  ".join([f"{head}{len(self.conflicts):,} conflicts", *map(str, self.conflicts)])


def import_collection(store: StorageBackend, source: str | os.PathLike[str]) -> CollectionImport:
    """Store the records of a collection that was exported, and the collection.

    All checksums are compared, and all records read, before anything is stored. A record gets the
    key that it had. One that the store has already, by its identity, keeps the key that it has
    here, and what refers to it in the collection is told so. Nothing that is stored is changed:
    what the store has with another content is a conflict, and reported, and so is what refers to
    it. An import can be repeated.

    Parameters
    ----------
    store : StorageBackend
        Where to.
    source : path
        The folder or the file that `export_collection` wrote.

    Returns
    -------
    CollectionImport
        What was added, what was there, and the conflicts.

    Raises
    ------
    InterchangeError
        If it is not a collection, or not as it was exported.
    """
    with _opened(Path(source)) as directory:
        check_bag(directory)
        index = CollectionIndex.read(directory)
        references = check_records(directory, index.records)
        taking = _Taking(store, directory)
        has_files = {entry.key: entry.files for entry in index.records}
        for key, others in references.items():
            taking.take(key, files_path(directory, key) if has_files[key] else None, others)
        taking.take_collection(index)
    return CollectionImport(
        index.name, taking.added, taking.present, tuple(taking.conflicts), taking.keys
    )


@contextmanager
def _opened(path: Path) -> Iterator[Path]:
    """Give the folder of a collection, unpacked if it is one file."""
    if path.is_dir():
        yield path
        return
    if not path.is_file() or not is_zipfile(path):
        raise InterchangeError(f"{str(path)!r} is neither a folder nor a zip file")
    with TemporaryDirectory(prefix="propstore-") as temporary:
        try:
            with ZipFile(path) as archive:
                archive.extractall(temporary)
        except _ZIP_ERRORS as error:
            raise InterchangeError(f"{str(path)!r} can't be unpacked: {error}") from error
        found = next(Path(temporary).glob(f"*/{DECLARATION}"), None)
        yield Path(temporary) if found is None else found.parent


class _Taking:
    """An import while it goes on, and what became of the records."""

    def __init__(self, store: StorageBackend, directory: Path) -> None:
        self._store = store
        self._directory = directory
        self.added = 0
        self.present = 0
        self.conflicts: list[Conflict] = []
        self.keys: dict[str, str] = {}
        self._refused: dict[str, str] = {}

    def take(self, key: str, files: Path | None, others: Set[str]) -> None:
        """Store a record, which may refer to others, or note why not."""
        for other in others & self._refused.keys():
            self._refuse(key, self._refused[other], f"it refers to {other}, which is another here")
            return
        renamed = {one: self.keys[one] for one in others if self.keys.get(one, one) != one}
        record = read_record(self._directory, key, renamed)
        bind_large_fields(record, files)
        known = self._known_key(key, record)
        if known is not None:
            self._compare(key, known, record, files)
        elif key in self._store:
            self._refuse(key, key, "it is the key of another record here")
        else:
            self.keys[key] = self._store.store_object(record, files, storage_key=key)
            self.added += 1

    def take_collection(self, index: CollectionIndex) -> None:
        """Store the collection itself, if all its records are there."""
        if self.conflicts:
            return
        keys = tuple(self.keys[entry.key] for entry in index.records)
        collection = Collection(name=index.name, keys=keys, metadata=index.metadata)
        known = self._store.has_object(collection)
        stored = None if known is None else self._store.retrieve_object(known, Collection)[0]
        if known is None or stored is None:
            self._store.store_object(collection)
        elif stored != collection:
            reason = "there is a collection of that name with other records or metadata"
            self.conflicts.append(Conflict(index.name, known, reason))

    def _known_key(self, key: str, record: StoredData) -> str | None:
        """Give the key in the store of the record that stands for this one, or None."""
        if record.identity() is not None:
            return self._store.has_object(record)
        stored, _ = self._store.retrieve_object(key)
        return key if type(stored) is type(record) else None

    def _compare(self, key: str, known: str, record: StoredData, files: Path | None) -> None:
        stored, stored_files = self._store.retrieve_object(known)
        if stored != record:
            self._refuse(key, known, "the record has another content here")
        elif _digests(files) != _digests(stored_files):
            self._refuse(key, known, "the record has other files here")
        else:
            self.keys[key] = known
            self.present += 1

    def _refuse(self, key: str, stored_key: str, reason: str) -> None:
        self._refused[key] = stored_key
        self.conflicts.append(Conflict(key, stored_key, reason))


def _digests(files: Files | None) -> dict[str, str] | None:
    if files is None:
        return None
    return {entry.name: entry.sha256 for entry in RecordDirectory(os.fspath(files)).files()}
