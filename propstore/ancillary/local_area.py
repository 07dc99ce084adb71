"""Records' files on the local file system: staged, digested, and committed by a rename.

A record's files lie in ``ancillary/1f/<key>-<n>/``, or in the archive ``<key>-<n>.nc``, and beside
them stands ``<key>-<n>.json`` with the record and the digests of the files: what is published can
be read without propstore. ``<n>`` is the generation; what has its name never changes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from propstore.ancillary.archived_files import ArchivedFiles
from propstore.ancillary.area import ANCILLARY, FileArea, Placed, Staged, sidecar_location
from propstore.ancillary.cache import CacheEntry, default_cache
from propstore.ancillary.copying import (
    archived,
    copied,
    copy_durably,
    digested,
    discard,
    latest_change,
    manifest_of_archive,
    size_of,
    unused_name,
)
from propstore.ancillary.file_lock import held_alone, lock_together
from propstore.ancillary.manifest import Manifest
from propstore.ancillary.record_directory import RecordDirectory
from propstore.ancillary.record_files import RecordFiles
from propstore.ancillary.sidecar import Sidecar
from propstore.ancillary.source import SourceDirectory
from propstore.ancillary.submission import Submission
from propstore.errors import (
    AncillaryDataError,
    InvalidLocationError,
    MissingExternalResourceError,
    PropstoreError,
)
from propstore.external import FileStorage
from propstore.external.digest import digest_path
from propstore.external.durable import fsync_directory, make_directories, replace_durably
from propstore.external.os_errors import reading

__all__ = ["LocalFileArea"]

STAGING = "staging"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*-\d+")


@dataclass(frozen=True)
class _Staged(Staged):
    """Files that wait: copies inside the store, an archive, or, if to be moved, the source itself.

    Attributes
    ----------
    path
        Where they are.
    is_source
        Whether they are still where the user has them.
    leftover
        The user's own copy, if it is to be removed once the record is committed.
    """

    area: LocalFileArea
    manifest: Manifest
    path: Path
    is_source: bool = False
    leftover: Path | None = None

    def place(self, key: str, generation: int, document: str) -> Placed:
        location = _location(key, generation) + ("" if self.manifest.archive is None else ".nc")
        record = json.loads(document)
        sidecar = Sidecar(key, generation, record, self.manifest, moved_in=self.is_source)
        placed = _Placed(location, self)
        try:
            self.area._place(self, location, sidecar)
        except BaseException:
            placed.undo()
            raise
        return placed


@dataclass(frozen=True)
class _Placed(Placed):
    location: str
    staged: _Staged

    def undo(self) -> None:
        area = self.staged.area
        if self.staged.is_source:
            # First the sidecar: once the files are gone, the place may be another writer's.
            area._path_beside(self.location).unlink(missing_ok=True)
            if area.path(self.location).exists():
                replace_durably(area.path(self.location), self.staged.path)
        else:
            area.remove(self.location)

    def finish(self) -> None:
        if self.staged.leftover is not None:
            shutil.rmtree(self.staged.leftover)


class LocalFileArea(FileArea):
    """Keeps records' files below a directory.

    Parameters
    ----------
    storage
        The files of the store.
    """

    _storage: FileStorage

    def __init__(self, storage: FileStorage) -> None:
        super().__init__(storage)
        self._root = storage.root_dir

    @property
    def root(self) -> Path:
        """The directory."""
        return self._root

    def path(self, location: str) -> Path:
        """Give the path of a location.

        Raises
        ------
        InvalidLocationError
            If it is none of this area's, or leads out of the store.
        """
        if not location.startswith(f"{ANCILLARY}/"):
            raise InvalidLocationError(f"{location!r} is not where the files of a record are.")
        return Path(self._storage.get_filename(location))

    @property
    def _staging(self) -> Path:
        """The directory for files on their way in or out; a link that leads out is refused."""
        return Path(self._storage.get_filename(STAGING))

    @contextmanager
    def stage(self, submission: Submission) -> Iterator[Staged]:
        """Copy, archive or digest a user's files beside their destination."""
        directory = submission.source()
        if directory is not None and self._root.resolve().is_relative_to(directory.path):
            raise AncillaryDataError(f"{str(directory.path)!r} contains the store itself.")
        leftover = submission.leftover
        with self._staging_path(".nc" if submission.form == "netcdf" else "") as path:
            if submission.form == "netcdf":
                yield _Staged(self, archived(submission, directory, path), path, leftover=leftover)
            elif directory is None:
                raise AncillaryDataError("a directory of files is needed, and none was given.")
            elif leftover is not None and _can_be_renamed(directory, path.parent):
                yield _Staged(self, digested(directory), directory.path, is_source=True)
            else:
                yield _Staged(self, copied(directory, path), path, leftover=leftover)

    @contextmanager
    def scratch(self) -> Iterator[str]:
        """Give a directory inside of the store, where what a killed process left is collected."""
        with self._staging_path("") as path:
            with _storing(STAGING):
                path.mkdir()
            yield str(path)

    @contextmanager
    def stage_again(self, location: str) -> Iterator[Staged]:
        """Copy the files at a location beside their destination."""
        manifest, source = self.sidecar(location).manifest, self.path(location)
        with self._staging_path(source.suffix) as path:
            _copy_checked(source, path, manifest)
            yield _Staged(self, manifest, path)

    def open(self, location: str) -> RecordDirectory | RecordFiles:
        """Give the directory at a location, or what reads the archive there."""
        path = self.path(location)
        if path.suffix == ".nc":
            return ArchivedFiles(lambda: path, lambda: self._entry(location))
        return RecordDirectory(path)

    @contextmanager
    def pin(self, location: str) -> Iterator[RecordDirectory | RecordFiles]:
        """Give the files at a location, and hold the record beside them, with other readers."""
        with reading(location):
            descriptor = lock_together(self._path_beside(location))
        try:
            yield self.open(location)
        finally:
            os.close(descriptor)

    def is_pinned(self, location: str) -> bool:
        """Tell whether a reader holds the record beside the files."""
        beside = self._path_beside(location)
        with held_alone(beside) as is_alone:
            return not is_alone and beside.exists()

    def remove(self, location: str) -> bool:
        """Remove the files at a location and the record beside them, unless a reader pins them."""
        beside = self._path_beside(location)
        doomed = self._staging / f"removed-{uuid.uuid4().hex}"
        with _storing(location), held_alone(beside) as is_alone:
            if not is_alone and beside.exists():
                return False
            make_directories(doomed.parent)
            # First the sidecar: once the files are gone, the place may be another writer's.
            beside.unlink(missing_ok=True)
            if self.path(location).exists():
                # Renamed first, so that it is there whole or not at all.
                replace_durably(self.path(location), doomed)
            discard(doomed)
        with suppress(OSError):  # a directory with others' files in it stays
            beside.parent.rmdir()
        return True

    def receive(self, location: str, source: FileArea) -> bool:
        """Copy the files at a location of another directory, unless they are here already."""
        if not isinstance(source, LocalFileArea):
            raise TypeError(f"{source!r} is no LocalFileArea")
        beside, path = source.sidecar(location), source.path(location)
        if self.path(location).exists() and self._has_same(location, beside):
            return False
        with self._staging_path(path.suffix) as copy:
            _copy_checked(path, copy, beside.manifest)
            with _storing(location):
                make_directories(self.path(location).parent)
                self._storage.store_bytes(sidecar_location(location), beside.to_bytes())
                discard(self.path(location))
                replace_durably(copy, self.path(location))
        return True

    def _has_same(self, location: str, sidecar: Sidecar) -> bool:
        try:
            return self.sidecar(location) == sidecar
        except (AncillaryDataError, MissingExternalResourceError):
            return False

    def describe(self, location: str, key: str, generation: int, document: str) -> None:
        """Write the record beside the files at a location anew, with their digests of now."""
        path = self.path(location)
        with _storing(location):
            if path.suffix == ".nc":
                from propstore.ancillary.netcdf import NetCDFArchive

                manifest = manifest_of_archive(path, NetCDFArchive(path).files(), ())
            else:
                manifest = digested(SourceDirectory.scan(path))
            sidecar = Sidecar(key, generation, json.loads(document), manifest)
            self._storage.store_bytes(sidecar_location(location), sidecar.to_bytes())

    def set_aside(self, location: str, directory: Path) -> None:
        """Move the files at a location, and the record beside them, to another directory."""
        with _storing(location):
            make_directories(directory)
            # First the files: those without a record beside them are taken for half removed.
            for path in (self.path(location), self._path_beside(location)):
                if path.exists():
                    replace_durably(path, unused_name(directory / path.name))

    def locations(self) -> Iterator[str]:
        """Give every location where files stand, or a record without them."""
        for directory in sorted((self._root / ANCILLARY).glob("*/")):
            names = {path.name for path in directory.iterdir()}
            for name in sorted(names):
                stem, dot, ending = name.partition(".")
                is_alone = ending == "json" and not names & {stem, f"{stem}.nc"}
                if _NAME.fullmatch(stem) and (not dot or ending == "nc" or is_alone):
                    yield f"{ANCILLARY}/{directory.name}/{stem if is_alone else name}"

    def changed(self, location: str) -> datetime:
        """Give when the files were put at a location, or the record beside them."""
        times = []
        for path in (self.path(location), self._path_beside(location)):
            with suppress(FileNotFoundError):
                times.append(path.stat().st_ctime)
        if not times:
            raise MissingExternalResourceError(f"nothing is stored at {location!r}.")
        return datetime.fromtimestamp(max(times), UTC)

    def staged_before(self, before: datetime) -> Iterator[Path]:
        """Give what was staged and not written to since a time: its writer was killed."""
        for path in sorted(self._staging.glob("*")):
            with suppress(FileNotFoundError):
                if latest_change(path) < before.timestamp():
                    yield path

    def size(self, location: str) -> int:
        """Give the number of bytes at a location, the record beside the files included."""
        return size_of(self.path(location)) + size_of(self._path_beside(location))

    def first_free_generation(self, key: str, generation: int) -> int:
        """Give the first generation, from the given one on, whose place is not taken.

        A writer that was killed after it placed its files and before it committed has left some.
        They may have been moved there, and be the only copy: so they stay.
        """
        while any(
            self.path(_location(key, generation) + suffix).exists() for suffix in ("", ".nc")
        ):
            generation += 1
        return generation

    def faults(self, location: str) -> Iterator[str]:
        """Say what is wrong with the files at a location, against their manifest."""
        manifest, path = self.sidecar(location).manifest, self.path(location)
        if not path.exists():
            yield f"{location} is missing."
        elif manifest.archive is not None:
            if digest_path(path).digest != manifest.archive.sha256:
                yield f"the archive {location} has changed since it was stored."
        else:
            yield from _differences(path, manifest)

    @contextmanager
    def _staging_path(self, suffix: str) -> Iterator[Path]:
        """Give a path inside the store for files on their way in; what is left there is removed."""
        staging = self._staging
        with _storing(STAGING):
            make_directories(staging)
        path = staging / f"{uuid.uuid4().hex}{suffix}"
        try:
            yield path
        finally:
            with suppress(OSError):  # what can't be removed now is left to be collected
                discard(path)

    def _place(self, staged: _Staged, location: str, sidecar: Sidecar) -> None:
        target = self.path(location)
        with _storing(location):
            make_directories(target.parent)
            self._storage.store_bytes(sidecar_location(location), sidecar.to_bytes())
            replace_durably(staged.path, target)
            if staged.is_source:
                fsync_directory(staged.path.parent)

    def _path_beside(self, location: str) -> Path:
        return self.path(sidecar_location(location))

    def _entry(self, location: str) -> CacheEntry:
        sidecar = self.sidecar(location)
        return default_cache().entry(f"{sidecar.key} {sidecar.generation} {sidecar.manifest}")


def _location(key: str, generation: int) -> str:
    return f"{ANCILLARY}/{key[:2]}/{key}-{generation}"


def _copy_checked(source: Path, target: Path, manifest: Manifest) -> None:
    """Copy a directory of files, or an archive, and see that they are those of a manifest."""
    if manifest.archive is None:
        same = _digests(copied(SourceDirectory.scan(source), target)) == _digests(manifest)
    else:
        same = copy_durably(source, target) == manifest.archive.sha256
    if not same:
        raise AncillaryDataError(
            f"the files in {str(source)!r} have changed since they were stored."
        )


def _digests(manifest: Manifest) -> dict[str, str]:
    return {entry.name: entry.sha256 for entry in manifest.files}


@contextmanager
def _storing(location: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, PropstoreError):
            raise
        raise AncillaryDataError(f"{location!r} can't be written: {error}") from error


def _differences(path: Path, manifest: Manifest) -> Iterator[str]:
    known = {entry.name: entry for entry in manifest.files}
    try:
        present = {file.name: file.path for file in SourceDirectory.scan(path).files}
    except AncillaryDataError as error:
        yield str(error)
        return
    for name in sorted(known.keys() - present.keys()):
        yield f"the file {name!r} is missing."
    for name in sorted(present.keys() - known.keys()):
        yield f"the file {name!r} is not one that was stored."
    for name in sorted(known.keys() & present.keys()):
        if present[name].stat().st_size != known[name].size:
            yield f"the file {name!r} has another size than when it was stored."
        elif digest_path(present[name]).digest != known[name].sha256:
            yield f"the file {name!r} has changed since it was stored."


def _can_be_renamed(directory: SourceDirectory, staging: Path) -> bool:
    is_whole = directory.added is None and not directory.has_links
    return is_whole and directory.path.stat().st_dev == staging.stat().st_dev
