"""Copying and digesting the files of a directory, so that they survive a power cut."""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory

from propstore.ancillary.manifest import FileEntry, Manifest
from propstore.ancillary.source import SourceDirectory, SourceFile
from propstore.ancillary.submission import Submission
from propstore.errors import AncillaryDataError
from propstore.external.digest import ContentDigest, copy_digested, digest_path
from propstore.external.durable import fsync_directory, fsync_file

__all__ = [
    "archived",
    "copied",
    "copy_durably",
    "digested",
    "discard",
    "gathered",
    "latest_change",
    "manifest_of_archive",
    "size_of",
    "unused_name",
]

PERMISSIONS = 0o7777
MANY = 50  # files; fewer are synced before threads have started
SYNCED_AT_ONCE = 8


def digested(directory: SourceDirectory) -> Manifest:
    """Digest and sync files where they are."""
    with _reporting(directory):
        entries = tuple(
            _entry(file, digest_path(file.path), file.path.stat()) for file in directory.files
        )
        _sync([file.path for file in directory.files], directory.path, directory.directories)
    return Manifest(entries, directory.directories)


def copied(directory: SourceDirectory, target: Path) -> Manifest:
    """Copy files, with their modes and times, and digest and sync the copies."""
    with _reporting(directory):
        target.mkdir()
        for name in directory.directories:
            (target / name).mkdir()
        entries = tuple(_copy(file, target / file.name) for file in directory.files)
        # All are on their way before the first is synced, which then syncs most of them together.
        _sync([target / file.name for file in directory.files], target, directory.directories)
    return Manifest(entries, directory.directories)


def archived(submission: Submission, directory: SourceDirectory | None, target: Path) -> Manifest:
    """Write files and arrays to a netCDF archive, or copy one, and digest it."""
    from propstore.ancillary.netcdf import NetCDFArchive, write_archive

    if submission.archive is not None:
        copy_durably(submission.archive, target)
        return manifest_of_archive(target, NetCDFArchive(target).files(), ())
    files = write_archive(
        directory,
        target,
        arrays=submission.arrays,
        units=submission.units,
    )
    return manifest_of_archive(target, files, () if directory is None else directory.directories)


def manifest_of_archive(
    path: Path, files: Iterable[FileEntry], directories: tuple[str, ...]
) -> Manifest:
    """Digest an archive, and say which files are in it."""
    content, status = digest_path(path), path.stat()
    mode, modified = status.st_mode & PERMISSIONS, status.st_mtime_ns
    archive = FileEntry(path.name, content.size, content.digest, mode, modified)
    return Manifest(tuple(files), directories, archive)


@contextmanager
def gathered(directory: SourceDirectory) -> Iterator[Path]:
    """Give one directory that has all the files, also those that were added from another."""
    if directory.added is None:
        yield directory.path
        return
    with TemporaryDirectory(prefix="propstore-") as temporary:
        target = Path(temporary)
        with _reporting(directory):
            for name in directory.directories:
                (target / name).mkdir()
            for file in directory.files:
                shutil.copy2(file.path, target / file.name)
        yield target


def copy_durably(source: Path, target: Path) -> str:
    """Copy a file to a new name, with its mode and times, and give its digest.

    Raises
    ------
    AncillaryDataError
        If it can't be copied.
    """
    try:
        with source.open("rb", buffering=0) as stream, target.open("xb") as copy:
            content = copy_digested(stream, copy)
            fsync_file(copy)
        shutil.copystat(source, target)
    except OSError as error:
        raise AncillaryDataError(f"{str(source)!r} can't be copied: {error}") from error
    return content.digest


def latest_change(path: Path) -> float:
    """Give when a file, or anything in a directory, was changed or renamed for the last time.

    Returns
    -------
    float
        In seconds since 1970-01-01 UTC. Unlike the time of modification, it is never set back.

    Raises
    ------
    FileNotFoundError
        If there is nothing.
    """
    latest = path.lstat().st_ctime
    for directory, directories, names in os.walk(path):
        for name in (*directories, *names):
            with suppress(FileNotFoundError):
                latest = max(latest, (Path(directory) / name).lstat().st_ctime)
    return latest


def size_of(path: Path) -> int:
    """Give the number of bytes in a file, or in all files of a directory; 0 if there is none."""
    if not path.is_dir():
        return path.lstat().st_size if os.path.lexists(path) else 0
    total = 0
    for directory, _, names in os.walk(path):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(directory) / name).lstat().st_size
    return total


def unused_name(path: Path) -> Path:
    """Give a path, or one with a number added if there is something already."""
    numbered = (path.with_name(f"{path.name}.{number}") for number in count(2))
    return next(name for name in chain([path], numbered) if not os.path.lexists(name))


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
        copy.flush()
        status = os.fstat(source.fileno())
        os.fchmod(copy.fileno(), status.st_mode & PERMISSIONS)
        os.utime(copy.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
        _begin_writing(copy.fileno())
    return _entry(file, content, status)


def _entry(file: SourceFile, content: ContentDigest, status: os.stat_result) -> FileEntry:
    mode = status.st_mode & PERMISSIONS
    return FileEntry(file.name, content.size, content.digest, mode, status.st_mtime_ns)


def _begin_writing(descriptor: int) -> None:
    """Let the disk write a file while others are copied; syncing it then waits for less.

    Of the calls that begin this, Python has one that says that the pages are not needed any more;
    those that are still to be written stay in memory all the same.
    """
    if hasattr(os, "posix_fadvise"):  # macOS has none
        with suppress(OSError):  # it is a hint
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _sync(files: list[Path], root: Path, directories: tuple[str, ...]) -> None:
    if len(files) < MANY:
        _sync_files(files)
    else:
        from concurrent.futures import ThreadPoolExecutor  # imported late: few have so many files

        # Each waits for the disk, and longer if others use it; so several wait together.
        with ThreadPoolExecutor(SYNCED_AT_ONCE) as pool:
            shares = (files[first::SYNCED_AT_ONCE] for first in range(SYNCED_AT_ONCE))
            deque(pool.map(_sync_files, shares), maxlen=0)
    for path in (*(root / name for name in directories), root):
        fsync_directory(path)


def _sync_files(files: list[Path]) -> None:
    for path in files:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _reporting(directory: SourceDirectory) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AncillaryDataError(
            f"the files of {str(directory.path)!r} can't be stored: {error}"
        ) from error
