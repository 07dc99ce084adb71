"""Record directories on the local file system: staged, digested, and committed by a rename.

A record's files lie in ``ancillary/1f/<key>-<n>/``, and beside that directory stands
``<key>-<n>.json`` with the record and the digests of the files: what is published can be read
without propstore. ``<n>`` is the generation; a directory that has its name never changes.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from propstore.ancillary.manifest import FileEntry, Manifest
from propstore.ancillary.source import SourceDirectory, SourceFile
from propstore.errors import AncillaryDataError
from propstore.external import FileStorage
from propstore.external.digest import copy_digested, digest_path
from propstore.external.durable import fsync_directory, make_directories, replace_durably

__all__ = ["CommittedDirectory", "RecordDirectories", "StagedDirectory"]

STAGING = "staging"
ANCILLARY = "ancillary"


@dataclass(frozen=True)
class StagedDirectory:
    """Files that are digested and durable, and wait for their record to be committed.

    Attributes
    ----------
    path
        Where they are: a copy inside the store, or, if they are to be moved, the source itself.
    manifest
        What they are.
    is_source
        Whether they are still where the user has them.
    leftover
        The user's own copy, if it is to be removed once the record is committed.
    """

    path: Path
    manifest: Manifest
    is_source: bool = False
    leftover: Path | None = None


@dataclass(frozen=True)
class CommittedDirectory:
    """Files that have their final place, until the transaction that put them there ends.

    Attributes
    ----------
    location
        Where they are, relative to the store: ``ancillary/1f/<key>-<n>``.
    """

    location: str
    staged: StagedDirectory
    directories: RecordDirectories

    def undo(self) -> None:
        """Take the files out again; files that were moved in go back to where they were."""
        path = self.directories.path(self.location)
        if self.staged.is_source:
            replace_durably(path, self.staged.path)
        self.directories.remove(self.location)

    def finish(self) -> None:
        """Remove what the user wanted moved and what could only be copied."""
        if self.staged.leftover is not None:
            shutil.rmtree(self.staged.leftover)


class RecordDirectories:
    """The directories of a store's records.

    Parameters
    ----------
    storage
        The files of the store.
    """

    def __init__(self, storage: FileStorage) -> None:
        self._storage = storage
        self._root = storage.root_dir

    def path(self, location: str) -> Path:
        """Give the path of a record's directory.

        Raises
        ------
        InvalidLocationError
            If the location leads out of the store.
        """
        return Path(self._storage.get_filename(location))

    @contextmanager
    def stage(self, source: str | os.PathLike[str], *, move: bool) -> Iterator[StagedDirectory]:
        """Make a user's files ready to be committed.

        Parameters
        ----------
        source
            A directory.
        move
            Whether the files leave where they are, by a rename, once they are committed. Files on
            another file system, or with links among them, are copied all the same.

        Yields
        ------
        StagedDirectory
            Digested and synced. What is not committed by the end of the block is thrown away,
            except for files that would have been moved, which stay where they are.

        Raises
        ------
        AncillaryDataError
            If the source is not a directory of files, or can't be read.
        """
        directory = SourceDirectory.scan(source)
        if self._root.resolve().is_relative_to(directory.path):
            raise AncillaryDataError(f"{str(directory.path)!r} contains the store itself.")
        make_directories(self._root / STAGING)
        if move and not directory.has_links and _on_one_device(directory.path, self._root):
            yield StagedDirectory(directory.path, _digested(directory), is_source=True)
            return
        staging = self._root / STAGING / uuid.uuid4().hex
        try:
            manifest = _copied(directory, staging)
            yield StagedDirectory(staging, manifest, leftover=directory.path if move else None)
        finally:
            if staging.exists():
                shutil.rmtree(staging)

    def first_free_generation(self, key: str, generation: int) -> int:
        """Give the first generation, from the given one on, whose name is not taken.

        A writer that was killed after it placed its files and before it committed has left some.
        They may have been moved there, and be the only copy: so they stay.
        """
        while self.path(_location(key, generation)).exists():
            generation += 1
        return generation

    def commit(
        self, staged: StagedDirectory, key: str, generation: int, document: str
    ) -> CommittedDirectory:
        """Give staged files their final place, and put the record beside them.

        Parameters
        ----------
        staged
            The files.
        key
            The key of the record.
        generation
            Which of the record's generations they belong to; no other has this number.
        document
            The record as JSON.
        """
        location = _location(key, generation)
        target = self.path(location)
        make_directories(target.parent)
        self._storage.store_bytes(
            f"{location}.json", _sidecar(key, generation, document, staged.manifest)
        )
        replace_durably(staged.path, target)
        if staged.is_source:
            fsync_directory(staged.path.parent)
        return CommittedDirectory(location, staged, self)

    def remove(self, location: str) -> None:
        """Remove a record's directory and the record beside it; what is gone already may be."""
        path = self.path(location)
        doomed = self._root / STAGING / f"removed-{uuid.uuid4().hex}"
        make_directories(doomed.parent)
        if path.exists():
            # Renamed first, so that the directory is there whole or not at all.
            replace_durably(path, doomed)
            shutil.rmtree(doomed)
        if self._storage.exists(f"{location}.json"):
            self._storage.delete(f"{location}.json")

    def manifest(self, location: str) -> Manifest:
        """Read the manifest of a record's files."""
        return Manifest.model_validate(self._sidecar(location)["ancillary"])

    def record(self, location: str) -> str:
        """Read the record that stands beside its files, as JSON."""
        return json.dumps(self._sidecar(location)["record"])

    def _sidecar(self, location: str) -> Any:
        with self._storage.load_stream(f"{location}.json") as stream:
            return json.load(stream)


def _location(key: str, generation: int) -> str:
    return f"{ANCILLARY}/{key[:2]}/{key}-{generation}"


def _sidecar(key: str, generation: int, document: str, manifest: Manifest) -> bytes:
    content = {
        "key": key,
        "generation": generation,
        "record": json.loads(document),
        "ancillary": manifest.model_dump(mode="json"),
    }
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


def _on_one_device(source: Path, root: Path) -> bool:
    return source.stat().st_dev == (root / STAGING).stat().st_dev


def _digested(directory: SourceDirectory) -> Manifest:
    """Digest and sync files where they are."""
    with _reporting(directory):
        entries = tuple(_entry_of(file) for file in directory.files)
        _sync([file.path for file in directory.files], directory.path, directory.directories)
    return Manifest(files=entries, empty_directories=directory.empty_directories)


def _entry_of(file: SourceFile) -> FileEntry:
    content = digest_path(file.path)
    return FileEntry(name=file.name, size=content.size, sha256=content.digest)


def _copied(directory: SourceDirectory, target: Path) -> Manifest:
    """Copy files, with their modes and times, and digest and sync the copies."""
    with _reporting(directory):
        target.mkdir()
        for name in directory.directories:
            (target / name).mkdir()
        entries = tuple(_copy(file, target / file.name) for file in directory.files)
        # All are written before the first is synced: the file system then syncs them together.
        _sync([target / file.name for file in directory.files], target, directory.directories)
    return Manifest(files=entries, empty_directories=directory.empty_directories)


def _copy(file: SourceFile, target: Path) -> FileEntry:
    with file.path.open("rb", buffering=0) as source, target.open("xb") as copy:
        content = copy_digested(source, copy)
    shutil.copystat(file.path, target)
    return FileEntry(name=file.name, size=content.size, sha256=content.digest)


def _sync(files: list[Path], root: Path, directories: tuple[str, ...]) -> None:
    for path in files:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    for path in (*(root / name for name in directories), root):
        fsync_directory(path)


@contextmanager
def _reporting(directory: SourceDirectory) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AncillaryDataError(
            f"the files of {str(directory.path)!r} can't be stored: {error}"
        ) from error
