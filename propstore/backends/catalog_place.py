"""How a catalog can be opened where it is: on a disk, on read-only media, on a network."""

from __future__ import annotations

import os
import shutil
import sqlite3
import warnings
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from propstore.backends.file_system import file_system_of
from propstore.backends.temporary import TemporaryFolder
from propstore.errors import NotAStoreError, StoreBusyError, UnreliableLocksError

__all__ = ["Journal", "NetworkFileSystemWarning", "ReadingPlace", "prepare", "reading"]

PATIENCE = 5.0  # seconds that others have to let go of a catalog whose journal is to change
ATTEMPTS = 5  # to copy a catalog while nobody writes to it

_WRITE_AHEAD = b"\x02\x02"  # at _VERSIONS in the header of a file of SQLite
_VERSIONS = slice(18, 20)

_DESCRIPTORS: dict[tuple[int, int], int] = {}
"""The catalogs on networks that were looked at, by device and inode. They are never closed: that
would end all locks of this process on the file, those of its other stores included."""


class Journal(StrEnum):
    """How SQLite keeps a catalog whole."""

    LOG = "WAL"
    """A log that is shared in memory: readers and a writer at once, on one machine."""

    ROLLBACK = "DELETE"
    """A journal that needs no more than file locks; a writer waits for readers."""


class NetworkFileSystemWarning(UserWarning):
    """A store is on a network file system, where it is slower and shared less well."""


class ReadingPlace(NamedTuple):
    """From where a catalog is read.

    Attributes
    ----------
    uri
        What SQLite opens.
    is_fixed
        Whether nobody writes there.
    copy
        The directory of a copy, if it is one.
    """

    uri: str
    is_fixed: bool = False
    copy: TemporaryFolder | None = None


def prepare(path: Path) -> Journal:
    """Say with which journal a catalog is written to, and change it if it has to be.

    Raises
    ------
    UnreliableLocksError
        If no journal keeps it whole where it is.
    StoreBusyError
        If the journal has to be changed, and others have the catalog open.
    """
    place = file_system_of(path.parent)
    if not place.is_network:
        return Journal.LOG
    if not place.has_locks:
        raise UnreliableLocksError(
            f"{str(path.parent)!r} is on a network file system ({place}) where locks do not keep "
            "several machines apart, and a store could be damaged. Keep the store on a disk of "
            "the machine that writes to it; or mount the file system with locks (NFS: version 4; "
            "Lustre: the option 'flock'). For reading, it can be opened with read_only=True."
        )
    if _has_log(path):
        _change_journal(path)
    warnings.warn(
        f"{str(path.parent)!r} is on a network file system ({place}): the store is kept without a "
        "write-ahead log there, so that readers and writers wait for one another.",
        NetworkFileSystemWarning,
        stacklevel=2,
    )
    return Journal.ROLLBACK


def reading(path: Path) -> ReadingPlace:
    """Say how a catalog is opened for reading only.

    Raises
    ------
    NotAStoreError
        If it is not there.
    StoreBusyError
        If it had to be copied, and was written to all the time.
    """
    if not path.is_file():
        raise NotAStoreError(f"there is no store at {str(path.parent)!r}: no {path.name} in it.")
    place = file_system_of(path.parent)
    if place.is_network and (_has_log(path) or not place.has_locks):
        return _copied(path)  # its log is known only to the machine that writes it
    if _is_writable(path.parent):
        return ReadingPlace(f"{path.absolute().as_uri()}?mode=ro")
    log = _log(path)
    if log.exists() and log.stat().st_size > 0:
        # What the last writer left in its log is only seen where the log can be replayed.
        return _copied(path)
    # SQLite would make files beside the catalog. On media that can't change it need not.
    return ReadingPlace(f"{path.absolute().as_uri()}?immutable=1", is_fixed=True)


def _has_log(path: Path) -> bool:
    """Tell whether a catalog is one with a write-ahead log, without SQLite, which would use it."""
    if not path.exists():
        return False
    status = path.stat()
    place = (status.st_dev, status.st_ino)
    if place not in _DESCRIPTORS:
        _DESCRIPTORS[place] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return os.pread(_DESCRIPTORS[place], _VERSIONS.stop, 0)[_VERSIONS] == _WRITE_AHEAD


def _change_journal(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as connection:
        # Held alone, a log needs no memory that is shared, which a network does not have.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            raise StoreBusyError(
                f"{str(path.parent)!r} is in use on the machine whose disk it is: close it there, "
                "and it is opened for sharing over the network."
            ) from error


def _copied(path: Path) -> ReadingPlace:
    for _ in range(ATTEMPTS):
        copy = TemporaryFolder()
        before = _versions(path)
        for file in (path, _log(path)):
            if file.exists():
                shutil.copyfile(file, copy.path / file.name)
        if _versions(path) == before:
            uri = (copy.path / path.name).as_uri()
            return ReadingPlace(uri, is_fixed=True, copy=copy)
        copy.remove()
    raise StoreBusyError(f"{str(path)!r} is written to all the time; it can't be copied and read.")


def _versions(path: Path) -> list[tuple[int, int] | None]:
    files = (file.stat() if file.exists() else None for file in (path, _log(path)))
    return [None if file is None else (file.st_size, file.st_mtime_ns) for file in files]


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _is_writable(directory: Path) -> bool:
    """Tell whether SQLite can make its files in a directory; root counts as everyone else."""
    read_only_media = bool(os.statvfs(directory).f_flag & os.ST_RDONLY)
    write_bits = directory.stat().st_mode & 0o222
    return not read_only_media and write_bits != 0 and os.access(directory, os.W_OK)
