"""Locks on files that many can share, and that end with the process that holds them."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from propstore.errors import AncillaryDataError

__all__ = ["held_alone", "held_together", "lock_together"]

_HELD_BY_OTHERS = (errno.EAGAIN, errno.EACCES)


def lock_together(path: Path, *, create: bool = False) -> int:
    """Lock a file together with others, and wait for one that holds it alone.

    Parameters
    ----------
    path
        The file.
    create
        Whether it is made if it is not there.

    Returns
    -------
    int
        A descriptor; closing it ends the lock, and so does the end of the process.

    Raises
    ------
    FileNotFoundError
        If the file is not there, or was removed by the one that held it alone.
    AncillaryDataError
        If it can't be opened, or the file system has no locks.
    """
    while True:
        descriptor = _open(path, os.O_RDWR | os.O_CREAT if create else os.O_RDONLY)
        try:
            _lock(descriptor, fcntl.LOCK_SH, path)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # another file has the name now, or none


@contextmanager
def held_together(path: Path) -> Iterator[bool]:
    """Hold a file together with others, unless someone holds it alone.

    Parameters
    ----------
    path
        The file, which is made if it is not there.

    Yields
    ------
    bool
        Whether it is held.
    """
    descriptor = _open(path, os.O_RDWR | os.O_CREAT)
    try:
        yield _lock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, path)
    finally:
        os.close(descriptor)


@contextmanager
def held_alone(path: Path, *, wait: bool = False, create: bool = False) -> Iterator[bool]:
    """Hold a file alone, unless others hold it.

    Parameters
    ----------
    path
        The file.
    wait
        Whether the others are waited for.
    create
        Whether the file is made if it is not there.

    Yields
    ------
    bool
        Whether it is held: not if others hold it, nor if it is not there.
    """
    try:
        descriptor = _open(path, os.O_RDWR | os.O_CREAT if create else os.O_RDWR)
    except FileNotFoundError:
        yield False
        return
    try:
        yield _lock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), path)
    finally:
        os.close(descriptor)


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC, 0o666)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise AncillaryDataError(f"{str(path)!r} can't be opened: {error.strerror}.") from error


def _lock(descriptor: int, operation: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, operation)
    except OSError as error:
        if error.errno in _HELD_BY_OTHERS:
            return False
        raise AncillaryDataError(
            f"{str(path)!r} can't be locked ({error.strerror}): does its file system have locks?"
        ) from error
    return True
