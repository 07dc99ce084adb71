"""Writes that survive a kill and a power cut.

A file is written under another name, synced, and renamed; the directory that received it is synced
too, since until then the name itself may be lost. Whoever looks sees the old content or the new.
"""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "atomic_write",
    "create_durably",
    "delete_durably",
    "fsync_directory",
    "fsync_file",
    "make_directories",
    "replace_durably",
    "temporary_file",
]


def fsync_directory(path: str | Path) -> None:
    """Make the names in a directory durable.

    Raises
    ------
    OSError
        If the directory can't be opened or synced.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_file(stream: BinaryIO) -> None:
    """Make what was written to a file durable; its name is `fsync_directory`'s business.

    Raises
    ------
    OSError
        If it can't be written, the disk being full, say.
    """
    stream.flush()
    os.fsync(stream.fileno())


def make_directories(path: str | Path) -> None:
    """Make a directory and those above it that are missing, each durably.

    Raises
    ------
    NotADirectoryError
        If one of them is a file.
    OSError
        If one can't be made.
    """
    path = Path(path)
    if path.is_dir():
        return
    make_directories(path.parent)
    try:
        path.mkdir()
    except FileExistsError:
        # Another process made it, and may even have removed it since.
        if os.path.lexists(path) and not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "Not a directory", str(path)) from None
    fsync_directory(path.parent)


def replace_durably(source: str | Path, target: str | Path) -> None:
    """Rename a synced file or directory, in the place of what had that name.

    Parameters
    ----------
    source, target : str or Path
        The old and the new name, on one file system. A directory can take the place of an empty
        directory only.

    Raises
    ------
    OSError
        If it can't be renamed; the target is then as it was.
    """
    Path(source).replace(target)
    fsync_directory(Path(target).parent)


def create_durably(source: str | Path, target: str | Path) -> None:
    """Give a synced file a second name, if nothing has that name yet.

    Of any number of processes that try at once, one succeeds.

    Raises
    ------
    FileExistsError
        If something has that name.
    OSError
        If the file system has no hard links, or the name can't be given.
    """
    os.link(source, target)
    fsync_directory(Path(target).parent)


def delete_durably(path: str | Path) -> None:
    """Delete a file.

    Raises
    ------
    OSError
        If it isn't there, or can't be deleted.
    """
    path = Path(path)
    # The directory is opened first, since others may remove it once it is empty.
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.unlink(path.name, dir_fd=descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def temporary_file(directory: str | Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Open a new file for writing that is gone at the end, unless it was renamed.

    Parameters
    ----------
    directory : str or Path
        Where to make it; it has to exist.

    Yields
    ------
    tuple of BinaryIO and Path
        The file, open for writing, and its name. Its permissions are those of any new file.
    """
    path = Path(directory) / f".{uuid.uuid4().hex}.tmp"
    # Not tempfile: its files are private to their owner, and these become what others read.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream, path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def atomic_write(
    path: str | Path, *, temporary_directory: str | Path | None = None
) -> Iterator[BinaryIO]:
    """Write a file, new or in the place of another, wholly or not at all.

    Parameters
    ----------
    path : str or Path
        The file; its directory has to exist.
    temporary_directory : str or Path, optional
        Where to write until it is whole, on the same file system; beside the file otherwise.

    Yields
    ------
    BinaryIO
        The stream to write to. When the block ends, what was written is synced and gets its name;
        if the block raises, what was there before stays.

    Raises
    ------
    OSError
        If the file can't be written.
    """
    path = Path(path)
    with temporary_file(temporary_directory or path.parent) as (stream, temporary):
        yield stream
        fsync_file(stream)
        replace_durably(temporary, path)
