"""Records' files on the local file system: staged, digested, and committed by a rename.

A record's files lie in ``ancillary/1f/<key>-<n>/``, or in the archive ``<key>-<n>.nc``, and beside
them stands ``<key>-<n>.json`` with the record and the digests of the files: what is published can
be read without propstore. ``<n>`` is the generation; what has its name never changes.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from propstore.ancillary.archived_files import ArchivedFiles
from propstore.ancillary.area import ANCILLARY, FileArea, Placed, Staged, sidecar_location
from propstore.ancillary.cache import CacheEntry, default_cache
from propstore.ancillary.copying import archived, copied, digested, discard
from propstore.ancillary.manifest import Manifest
from propstore.ancillary.record_directory import RecordDirectory
from propstore.ancillary.record_files import RecordFiles
from propstore.ancillary.sidecar import Sidecar
from propstore.ancillary.source import SourceDirectory
from propstore.ancillary.submission import Submission
from propstore.errors import AncillaryDataError
from propstore.external import FileStorage
from propstore.external.digest import digest_path
from propstore.external.durable import fsync_directory, make_directories, replace_durably

__all__ = ["LocalFileArea"]

STAGING = "staging"


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
        sidecar = Sidecar(key, generation, json.loads(document), self.manifest)
        self.area._place(self, location, sidecar)
        return _Placed(location, self)


@dataclass(frozen=True)
class _Placed(Placed):
    location: str
    staged: _Staged

    def undo(self) -> None:
        if self.staged.is_source:
            replace_durably(self.staged.area.path(self.location), self.staged.path)
        self.staged.area.remove(self.location)

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

    def path(self, location: str) -> Path:
        """Give the path of a location.

        Raises
        ------
        InvalidLocationError
            If it leads out of the store.
        """
        return Path(self._storage.get_filename(location))

    @contextmanager
    def stage(self, submission: Submission) -> Iterator[Staged]:
        """Copy, archive or digest a user's files beside their destination."""
        directory = None if submission.path is None else SourceDirectory.scan(submission.path)
        if directory is not None and self._root.resolve().is_relative_to(directory.path):
            raise AncillaryDataError(f"{str(directory.path)!r} contains the store itself.")
        staging = self._root / STAGING
        make_directories(staging)
        leftover = directory.path if directory is not None and submission.move else None
        path = staging / uuid.uuid4().hex
        try:
            if submission.form == "netcdf":
                path = path.with_suffix(".nc")
                yield _Staged(self, archived(submission, directory, path), path, leftover=leftover)
            elif directory is None:
                raise AncillaryDataError("a directory of files is needed, and none was given.")
            elif submission.move and _can_be_renamed(directory, staging):
                yield _Staged(self, digested(directory), directory.path, is_source=True)
            else:
                yield _Staged(self, copied(directory, path), path, leftover=leftover)
        finally:
            discard(path)

    def open(self, location: str) -> RecordDirectory | RecordFiles:
        """Give the directory at a location, or what reads the archive there."""
        path = self.path(location)
        if path.suffix == ".nc":
            return ArchivedFiles(lambda: path, lambda: self._entry(location))
        return RecordDirectory(path)

    def remove(self, location: str) -> None:
        """Remove the files at a location and the record beside them."""
        doomed = self._root / STAGING / f"removed-{uuid.uuid4().hex}"
        make_directories(doomed.parent)
        if self.path(location).exists():
            # Renamed first, so that it is there whole or not at all.
            replace_durably(self.path(location), doomed)
            discard(doomed)
        beside = sidecar_location(location)
        if self._storage.exists(beside):
            self._storage.delete(beside)

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

    def _place(self, staged: _Staged, location: str, sidecar: Sidecar) -> None:
        target = self.path(location)
        make_directories(target.parent)
        self._storage.store_bytes(sidecar_location(location), sidecar.to_bytes())
        replace_durably(staged.path, target)
        if staged.is_source:
            fsync_directory(staged.path.parent)

    def _entry(self, location: str) -> CacheEntry:
        sidecar = self.sidecar(location)
        return default_cache().entry(f"{sidecar.key} {sidecar.generation} {sidecar.manifest}")


def _location(key: str, generation: int) -> str:
    return f"{ANCILLARY}/{key[:2]}/{key}-{generation}"


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
    return not directory.has_links and directory.path.stat().st_dev == staging.stat().st_dev
