"""Copying and digesting the files of a directory, so that they survive a power cut."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from propstore.ancillary.manifest import FileEntry, Manifest
from propstore.ancillary.netcdf import write_archive
from propstore.ancillary.source import SourceDirectory, SourceFile
from propstore.ancillary.submission import Submission
from propstore.errors import AncillaryDataError
from propstore.external.digest import ContentDigest, copy_digested, digest_path
from propstore.external.durable import fsync_directory

__all__ = ["archived", "copied", "digested", "discard"]


def digested(directory: SourceDirectory) -> Manifest:
    """Digest and sync files where they are."""
    with _reporting(directory):
        entries = tuple(_entry(file, digest_path(file.path)) for file in directory.files)
        _sync([file.path for file in directory.files], directory.path, directory.directories)
    return Manifest(entries, directory.directories)


def copied(directory: SourceDirectory, target: Path) -> Manifest:
    """Copy files, with their modes and times, and digest and sync the copies."""
    with _reporting(directory):
        target.mkdir()
        for name in directory.directories:
            (target / name).mkdir()
        entries = tuple(_copy(file, target / file.name) for file in directory.files)
        # All are written before the first is synced: the file system then syncs them together.
        _sync([target / file.name for file in directory.files], target, directory.directories)
    return Manifest(entries, directory.directories)


def archived(submission: Submission, directory: SourceDirectory | None, target: Path) -> Manifest:
    """Write files and arrays to a netCDF archive, and digest it."""
    files = write_archive(
        None if directory is None else directory.path,
        target,
        arrays=submission.arrays,
        units=submission.units,
    )
    content, status = digest_path(target), target.stat()
    directories = () if directory is None else directory.directories
    mode, modified = status.st_mode & 0o7777, status.st_mtime_ns
    archive = FileEntry(target.name, content.size, content.digest, mode, modified)
    return Manifest(tuple(files), directories, archive)


def discard(path: Path) -> None:
    """Remove a file or a directory, if it is there, whatever the modes of its directories."""
    if path.is_dir() and not path.is_symlink():
        for directory in (path, *(entry for entry in path.rglob("*") if entry.is_dir())):
            directory.chmod(0o700)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _copy(file: SourceFile, target: Path) -> FileEntry:
    with file.path.open("rb", buffering=0) as source, target.open("xb") as copy:
        content = copy_digested(source, copy)
    shutil.copystat(file.path, target)
    return _entry(file, content)


def _entry(file: SourceFile, content: ContentDigest) -> FileEntry:
    status = file.path.stat()
    return FileEntry(
        file.name, content.size, content.digest, status.st_mode & 0o7777, status.st_mtime_ns
    )


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
