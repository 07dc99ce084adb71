"""The file of a catalog in TinyDB: seen whole by all, whoever writes it, and read when it changed.

It is imported late, since TinyDB and filelock take a while.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from tinydb.storages import Storage

from propstore.backends.forking import ForkWatch
from propstore.backends.json_catalog import CatalogText, Tables
from propstore.errors import PropstoreError, StoreBusyError, StoreError, StoreReadOnlyError
from propstore.external import FileStorage
from propstore.external.durable import (
    fsync_file,
    make_directories,
    replace_durably,
    temporary_file,
)

__all__ = ["FORKS", "CatalogFile", "locked", "reporting"]

BUSY_TIMEOUT = 120.0  # seconds that a writer waits for others
POLL_INTERVAL = 0.005  # seconds

FORKS = ForkWatch()


class CatalogFile(Storage):
    """Reads and writes the tables of a catalog, durably and in one piece.

    Parameters
    ----------
    path
        The file.
    temporary_directory
        The directory beside it in which it is written until it is whole.
    """

    def __init__(self, path: Path, temporary_directory: str) -> None:
        self._path = path
        self._temporary_directory = temporary_directory
        self._text = CatalogText(path)
        self._seen: tuple[_OpenFile, Tables] | None = None
        self._gathered: Tables | None = None

    def tables(self) -> Tables | None:
        """Give what the file has, which is not to be changed; None if there is no file.

        It is the same object as long as the file is the same.

        Raises
        ------
        NotAStoreError
            If it is some other program's file.
        StoreFormatError
            If it is damaged, or a later propstore wrote it.
        """
        if self._seen is not None and self._seen[0].is_at(self._path):
            return self._seen[1]
        try:
            file = _OpenFile(os.open(self._path, os.O_RDONLY | os.O_CLOEXEC))
            data = file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{str(self._path)!r} can't be read: {error}.") from error
        self._seen = (file, self._text.read(data))
        return self._seen[1]

    def read(self) -> Tables | None:
        """Give the tables to TinyDB, which puts its own in the place of those that it changes."""
        if self._gathered is not None:
            return self._gathered
        tables = self.tables()
        return None if tables is None else dict(tables)

    def write(self, data: Tables) -> None:
        """Write the tables, or, inside `gathered`, keep them to be written at its end."""
        if self._gathered is not None:
            self._gathered = data
        else:
            self._save(data)

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Write what TinyDB changes in a block at its end, at once; nothing if the block raises."""
        self._gathered = self.read()
        try:
            yield
            if self._gathered is not None:
                self._save(self._gathered)
        finally:
            self._gathered = None

    def close(self) -> None:
        """Forget what was read."""
        self._seen = None

    def _save(self, tables: Tables) -> None:
        content = self._text.write(tables)
        with reporting(self._path):
            # A link that leads out of the store is refused.
            place = FileStorage(self._path.parent).get_filename(self._temporary_directory)
            make_directories(Path(place))
            with temporary_file(Path(place)) as (stream, temporary):
                stream.write(content)
                fsync_file(stream)
                replace_durably(temporary, self._path)
                self._seen = (_OpenFile(os.dup(stream.fileno())), tables)


class _OpenFile:
    """A file that stays open while it is remembered: until then no other has its inode number."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._stamp = _stamp(os.fstat(descriptor))

    def __del__(self) -> None:
        os.close(self._descriptor)

    def is_at(self, path: Path) -> bool:
        """Tell whether a path still leads to this file, and nobody has written to it."""
        try:
            # Opened, since on a network the status of a name may be an old one.
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False  # what is wrong with it is said when it is read
        try:
            return _stamp(os.fstat(descriptor)) == self._stamp
        finally:
            os.close(descriptor)

    def read(self) -> bytes:
        """Read the file from its beginning to its end."""
        with open(self._descriptor, "rb", closefd=False) as stream:
            return stream.read()


def _stamp(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a catalog alone, among all threads and processes.

    Raises
    ------
    StoreBusyError
        If others held it for too long.
    StoreReadOnlyError, StoreError
        If the lock can't be made.
    """
    lock = FileLock(f"{path}.lock", timeout=BUSY_TIMEOUT, poll_interval=POLL_INTERVAL)
    with reporting(path):
        try:
            lock.acquire()
        except Timeout as error:
            raise StoreBusyError(
                f"others wrote to {str(path)!r} for {BUSY_TIMEOUT:g} s on end; try again."
            ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def reporting(path: Path) -> Iterator[None]:
    """Turn the errors of a file system that is written to into propstore's."""
    try:
        yield
    except PropstoreError:
        raise
    except OSError as error:
        if isinstance(error, PermissionError) or error.errno == errno.EROFS:
            raise StoreReadOnlyError(f"{str(path)!r} can't be written: {error}.") from error
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreError(
                f"{str(path)!r} can't be written: the disk is full. Nothing was stored."
            ) from error
        raise StoreError(f"{str(path)!r} can't be written: {error}.") from error
