"""Records' files in any external storage: an object store, or memory.

The files of a generation lie below a location of their own, ``ancillary/1f/<token>/``, or in the
archive ``<token>.nc``; beside them stands ``<token>.json`` with the record and the manifest. They
are uploaded and digested before the record is committed, and nothing refers to them until then.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from propstore.ancillary.archived_files import ArchivedFiles
from propstore.ancillary.area import ANCILLARY, FileArea, Placed, Staged, sidecar_location
from propstore.ancillary.cache import CacheEntry, FileCache, default_cache
from propstore.ancillary.copying import archived
from propstore.ancillary.manifest import FileEntry, Manifest
from propstore.ancillary.record_files import RecordFiles
from propstore.ancillary.remote_files import RemoteFiles, fetch, resource_name
from propstore.ancillary.sidecar import Sidecar
from propstore.ancillary.source import SourceDirectory, SourceFile
from propstore.ancillary.submission import Submission
from propstore.errors import (
    AncillaryDataError,
    ChangedExternalResourceError,
    MissingExternalResourceError,
)
from propstore.external import ExternalStorage
from propstore.external.digest import BUFFER_SIZE

__all__ = ["RemoteFileArea"]


@dataclass(frozen=True)
class _Staged(Staged):
    area: RemoteFileArea
    location: str
    manifest: Manifest
    leftover: Path | None

    def place(self, key: str, generation: int, document: str) -> Placed:
        sidecar = Sidecar(key, generation, json.loads(document), self.manifest)
        self.area._place(self.location, sidecar)
        return _Placed(self.location, self)


@dataclass(frozen=True)
class _Placed(Placed):
    location: str
    staged: _Staged

    def undo(self) -> None:
        self.staged.area.remove(self.location)

    def finish(self) -> None:
        if self.staged.leftover is not None:
            shutil.rmtree(self.staged.leftover)


class RemoteFileArea(FileArea):
    """Keeps records' files in an external storage.

    Parameters
    ----------
    storage
        Where the bytes are.
    cache
        Where they are fetched to; the cache of the user, if left out.
    """

    def __init__(self, storage: ExternalStorage, cache: FileCache | None = None) -> None:
        super().__init__(storage)
        self._cache = default_cache() if cache is None else cache
        self._waiting: set[str] = set()

    @contextmanager
    def stage(self, submission: Submission) -> Iterator[Staged]:
        """Upload a user's files to a location that nothing refers to yet."""
        directory = None if submission.path is None else SourceDirectory.scan(submission.path)
        token = uuid.uuid4().hex
        location = f"{ANCILLARY}/{token[:2]}/{token}"
        if submission.form == "netcdf":
            location += ".nc"
        self._waiting.add(location)
        try:
            manifest = self._upload(submission, directory, location)
            leftover = directory.path if directory is not None and submission.move else None
            yield _Staged(self, location, manifest, leftover)
        finally:
            if location in self._waiting:
                self._waiting.remove(location)
                self.remove(location)

    def open(self, location: str) -> RecordFiles:
        """Give what reads the files at a location, and fetches them when they are needed."""
        if location.endswith(".nc"):
            return ArchivedFiles(lambda: self._fetched(location), lambda: self._entry(location))
        return RemoteFiles(
            self._storage,
            location,
            lambda: self.sidecar(location).manifest,
            lambda: self._entry(location),
        )

    def remove(self, location: str) -> None:
        """Remove the files at a location and what stands beside them."""
        prefix = location if location.endswith(".nc") else f"{location}/"
        for name in (*self._storage.iter_contents(prefix), sidecar_location(location)):
            if self._storage.exists(name):
                self._storage.delete(name)

    def first_free_generation(self, key: str, generation: int) -> int:
        """Give the generation itself: each has a place that is new."""
        return generation

    def faults(self, location: str) -> Iterator[str]:
        """Say what is wrong with the files at a location, against their manifest."""
        manifest = self.sidecar(location).manifest
        expected = {
            f"{location}/{resource_name(entry.name, number)}": entry
            for number, entry in enumerate(manifest.files)
        }
        if manifest.archive is not None:
            expected = {location: manifest.archive}
        for name, entry in expected.items():
            try:
                with self._storage.load_stream(name, digest=entry.sha256) as stream:
                    while stream.read(BUFFER_SIZE):
                        pass
            except MissingExternalResourceError:
                yield f"the file {entry.name!r} is missing."
            except ChangedExternalResourceError:
                yield f"the file {entry.name!r} has changed since it was stored."

    def _upload(
        self, submission: Submission, directory: SourceDirectory | None, location: str
    ) -> Manifest:
        if submission.form == "netcdf":
            return self._upload_archive(submission, directory, location)
        if directory is None:
            raise AncillaryDataError("a directory of files is needed, and none was given.")
        entries = tuple(
            self._upload_file(file, f"{location}/{resource_name(file.name, number)}")
            for number, file in enumerate(directory.files)
        )
        return Manifest(entries, directory.directories)

    def _upload_archive(
        self, submission: Submission, directory: SourceDirectory | None, location: str
    ) -> Manifest:
        with tempfile.TemporaryDirectory(prefix="propstore-") as temporary:
            path = Path(temporary) / "archive.nc"
            manifest = archived(submission, directory, path)
            stored = self._upload_file(SourceFile(path.name, path, is_link=False), location)
        return replace(manifest, archive=stored)

    def _upload_file(self, file: SourceFile, location: str) -> FileEntry:
        status = file.path.stat()
        sha256 = self._storage.store_path(location, file.path)
        size = self._storage.get_metadata(location).size
        return FileEntry(file.name, size, sha256, status.st_mode & 0o7777, status.st_mtime_ns)

    def _place(self, location: str, sidecar: Sidecar) -> None:
        self._storage.store_bytes(sidecar_location(location), sidecar.to_bytes())
        self._waiting.discard(location)

    def _fetched(self, location: str) -> Path:
        archive = self.sidecar(location).manifest.archive
        if archive is None:
            raise MissingExternalResourceError(f"{location!r} is no archive.")
        return self._entry(location).obtain(
            "archive.nc", lambda path: fetch(self._storage, location, archive, path)
        )

    def _entry(self, location: str) -> CacheEntry:
        return self._cache.entry(f"{self._storage!r} {location}")
