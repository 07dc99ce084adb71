"""Records' files in any external storage: an object store, or memory.

The files of a generation lie below a location of their own, ``ancillary/1f/<token>/``, or in the
archive ``<token>.nc``; beside them stands ``<token>.json`` with the record and the manifest. They
are uploaded and digested before the record is committed, and nothing refers to them until then.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
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
from propstore.external.copying import copy_resource
from propstore.external.digest import BUFFER_SIZE

__all__ = ["RemoteFileArea"]

_RESOURCE = re.compile(rf"(?P<location>{ANCILLARY}/[0-9a-f]{{2}}/[0-9a-f]{{32}})(?P<rest>[/.].*)")


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
        directory = submission.source()
        with self._new_location(".nc" if submission.form == "netcdf" else "") as location:
            manifest = self._upload(submission, directory, location)
            yield _Staged(self, location, manifest, submission.leftover)

    @contextmanager
    def stage_again(self, location: str) -> Iterator[Staged]:
        """Copy the files at a location to another."""
        manifest = self.sidecar(location).manifest
        with self._new_location("" if manifest.archive is None else ".nc") as copy:
            sources, targets = _resources(location, manifest), _resources(copy, manifest)
            for (name, entry), target in zip(sources.items(), targets, strict=True):
                with self._storage.load_stream(name, digest=entry.sha256) as stream:
                    self._storage.store_stream(target, stream)
            yield _Staged(self, copy, manifest, None)

    def receive(self, location: str, source: FileArea) -> bool:
        """Copy the files at a location of another storage, unless they are here already."""
        sidecar, beside = source.sidecar(location), sidecar_location(location)
        missing = {
            name: entry
            for name, entry in _resources(location, sidecar.manifest).items()
            if not self._has(name, entry.sha256)
        }
        if not missing and self._storage.exists(beside):
            return False
        for name, entry in missing.items():
            copy_resource(source._storage, self._storage, name, digest=entry.sha256)
        self._storage.store_bytes(beside, sidecar.to_bytes())
        return True

    def _has(self, name: str, digest: str) -> bool:
        try:
            return self._storage.get_metadata(name).digest == digest
        except MissingExternalResourceError:
            return False

    @contextmanager
    def pin(self, location: str) -> Iterator[RecordFiles]:
        """Fetch the files at a location: those in the cache stay while the answer lives."""
        files = self.open(location)
        if isinstance(files, ArchivedFiles):
            self._fetched(location)
        else:
            files.materialise()
        yield files

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

    def is_pinned(self, location: str) -> bool:
        """Tell that they are not: who pins has a copy."""
        return False

    def remove(self, location: str) -> bool:
        """Remove the files at a location and what stands beside them: who pins has a copy."""
        for name in self._names(location):
            with suppress(MissingExternalResourceError):
                self._storage.delete(name)
        return True

    def locations(self) -> Iterator[str]:
        """Give every location where files stand, or a record without them."""
        tokens = set()
        for name in self._storage.iter_contents(f"{ANCILLARY}/"):
            match = _RESOURCE.match(name)
            if match is not None:
                is_archive = match["rest"] == ".nc"
                tokens.add(f"{match['location']}.nc" if is_archive else match["location"])
        yield from sorted(one for one in tokens if f"{one}.nc" not in tokens)

    def changed(self, location: str) -> datetime:
        """Give when the last of the files was stored; now, if the storage doesn't say."""
        times = []
        for name in self._names(location):
            with suppress(MissingExternalResourceError):
                times.append(self._storage.get_metadata(name).modified or datetime.now(UTC))
        if not times:
            raise MissingExternalResourceError(f"nothing is stored at {location!r}.")
        return max(times)

    def size(self, location: str) -> int:
        """Give the number of bytes at a location, the record beside the files included."""
        total = 0
        for name in self._names(location):
            with suppress(MissingExternalResourceError):
                total += self._storage.get_metadata(name).size
        return total

    def first_free_generation(self, key: str, generation: int) -> int:
        """Give the generation itself: each has a place that is new."""
        return generation

    def faults(self, location: str) -> Iterator[str]:
        """Say what is wrong with the files at a location, against their manifest."""
        expected = _resources(location, self.sidecar(location).manifest)
        for name, entry in expected.items():
            try:
                with self._storage.load_stream(name, digest=entry.sha256) as stream:
                    while stream.read(BUFFER_SIZE):
                        pass
            except MissingExternalResourceError:
                yield f"the file {entry.name!r} is missing."
            except ChangedExternalResourceError:
                yield f"the file {entry.name!r} has changed since it was stored."

    @contextmanager
    def _new_location(self, suffix: str) -> Iterator[str]:
        """Give a location that is new; what is there is removed again if it is not placed."""
        token = uuid.uuid4().hex
        location = f"{ANCILLARY}/{token[:2]}/{token}{suffix}"
        self._waiting.add(location)
        try:
            yield location
        finally:
            if location in self._waiting:
                self._waiting.remove(location)
                self.remove(location)

    def _names(self, location: str) -> list[str]:
        """List the resources at a location: the files first, then what stands beside them."""
        prefix = location if location.endswith(".nc") else f"{location}/"
        return [*self._storage.iter_contents(prefix), sidecar_location(location)]

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
        stored = self._storage.get_metadata(location)
        if (stored.size, stored.digest) != (status.st_size, sha256):
            raise ChangedExternalResourceError(
                f"{file.name!r} has {status.st_size} bytes of the SHA-256 {sha256}, and what "
                f"arrived at {location!r} has {stored.size} of {stored.digest}; nothing was stored."
            )
        return FileEntry(
            file.name, stored.size, sha256, status.st_mode & 0o7777, status.st_mtime_ns
        )

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


def _resources(location: str, manifest: Manifest) -> dict[str, FileEntry]:
    """Give the resources that hold the files at a location, with what each holds."""
    if manifest.archive is not None:
        return {location: manifest.archive}
    return {
        f"{location}/{resource_name(entry.name, number)}": entry
        for number, entry in enumerate(manifest.files)
    }
