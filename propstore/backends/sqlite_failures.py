"""What goes wrong with a SQLite catalog, in propstore's own errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType

from propstore.errors import StoreBusyError, StoreError, StoreFormatError, StoreReadOnlyError

__all__ = ["BUSY_TIMEOUT", "ERRORS", "Reported", "reporting", "translated"]

BUSY_TIMEOUT = 120.0  # seconds that a writer waits for others

ERRORS = (sqlite3.DatabaseError,)


@contextmanager
def reporting(path: Path | None, errors: tuple[type[Exception], ...] = ERRORS) -> Iterator[None]:
    """Turn SQLite's errors into propstore's."""
    try:
        yield
    except errors as error:
        raise translated(error, path) from error


class Reported(AbstractContextManager[sqlite3.Connection]):
    """A connection for a block, whose errors become propstore's.

    It is a class, since such a block begins and ends with each record of a batch.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._connection = connection
        self._path = path

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, ERRORS):
            raise translated(error, self._path) from error


def translated(error: Exception, path: Path | None) -> StoreError:
    """Say in propstore's words what SQLite, or Python reading from it, says of a catalog."""
    code = getattr(error, "sqlite_errorcode", None)
    # Without a code it is Python that complains, of text in the catalog that is no Unicode.
    if code is None or not isinstance(error, sqlite3.OperationalError):
        return StoreFormatError(f"the catalog {str(path)!r} is damaged or no database: {error}")
    code &= 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusyError(
            f"other processes wrote to {str(path)!r} for {BUSY_TIMEOUT:g} s on end; try again."
        )
    if code == sqlite3.SQLITE_READONLY:
        return StoreReadOnlyError(
            f"{str(path)!r} can't be written: {error}. To read it, open it with read_only=True."
        )
    if code == sqlite3.SQLITE_FULL:
        return StoreError(f"{str(path)!r} can't be written: the disk is full. Nothing was stored.")
    if code == sqlite3.SQLITE_CANTOPEN:
        return StoreError(
            f"{str(path)!r} can't be opened, or its log beside it: see whether this user may read "
            "the catalog and write to its folder, and whether too many files are open. Where "
            "nothing can be written, open it with read_only=True."
        )
    if code == sqlite3.SQLITE_IOERR:
        return StoreError(
            f"{str(path)!r} can't be read or written: {error}. See whether a quota or a limit is "
            "reached, and what the system's log says of the disk; once that is in order, "
            "'propstore verify' checks what is there."
        )
    return StoreError(f"{str(path)!r} can't be used: {error}.")
