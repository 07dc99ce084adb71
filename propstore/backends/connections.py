"""Connections to a SQLite catalog: one that writes, and as many that read as are in use."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

from propstore.backends.catalog_place import Journal, prepare, reading
from propstore.backends.schema import check_format, create_tables
from propstore.backends.temporary import TemporaryFolder
from propstore.errors import (
    NotAStoreError,
    StoreBusyError,
    StoreError,
    StoreFormatError,
    StoreReadOnlyError,
)

__all__ = ["Connections", "Durability", "reporting"]

Durability: TypeAlias = Literal["full", "normal"]
"""``"full"``: what is acknowledged survives a power cut. ``"normal"``: it survives a kill of the
process, and a power cut leaves the store whole but perhaps without the latest records."""

BUSY_TIMEOUT = 120.0  # seconds that a writer waits for others

ERRORS = (sqlite3.DatabaseError,)
READING_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What a damaged catalog can cause while it is read; the names in it are decoded by Python."""

CHUNK = 1000
"""How many rows of a long answer are fetched at once; most answers are shorter."""


class _Channel:
    """A connection, with a guard that is held while SQLite works for it."""

    __slots__ = ("connection", "guard")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.guard = threading.Lock()


class Connections:
    """The connections of one store object to its catalog.

    Parameters
    ----------
    path
        The catalog's file; None for one in memory.
    read_only
        Whether it is opened for reading only.
    durability
        What is acknowledged survives a power cut, or only a kill.
    lock
        The store's lock; a catalog in memory has one connection, which is used under it.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        read_only: bool,
        durability: Durability,
        lock: AbstractContextManager[object],
    ) -> None:
        self._path = path
        self._read_only = read_only
        self._durability = durability
        self._lock = lock
        self._uri = ":memory:" if path is None else path.absolute().as_uri()
        self._copy: TemporaryFolder | None = None
        self._is_streamable = False
        self._forget()

    def _forget(self) -> None:
        self._channels: list[_Channel] = []
        self._idle: list[_Channel] = []
        self._writer: sqlite3.Connection | None = None
        self._writing_thread: int | None = None

    @property
    def is_writing(self) -> bool:
        """Whether this thread is inside a transaction."""
        return self._writing_thread == threading.get_ident()

    @property
    def can_stream(self) -> bool:
        """Whether this thread may read on while others write.

        Without a log, a writer would have to wait for the reader, which may be the same thread.
        """
        return self._is_streamable and not self.is_writing

    def before_fork(self) -> None:
        """Wait until no thread is inside SQLite, so that the child gets its state whole."""
        self._halted = list(self._channels)
        for channel in self._halted:
            channel.guard.acquire()

    def after_fork_in_parent(self) -> None:
        """Let the threads go on."""
        for channel in self._halted:
            channel.guard.release()

    def after_fork_in_child(self, lock: AbstractContextManager[object]) -> None:
        """Close the parent's connections, and open others when they are needed.

        SQLite takes what it knows of locks as true for the process. While it knows a connection
        of the parent's, those of the child would share locks that only the parent holds. Closing
        one that is in no transaction touches nothing of the parent's. A catalog in memory stays:
        the child has a copy of its own.

        Raises
        ------
        StoreError
            If the fork was made inside a transaction, whose connection can't be closed here
            without harm to the parent's.
        """
        self._lock = lock
        if self._path is None:
            return
        if self._writing_thread is not None:
            raise StoreError(
                "this process was forked inside a transaction of the store, and can't use it: "
                "make child processes outside of batch()."
            )
        for channel in self._channels:
            channel.connection.close()
        if self._writer is not None:
            self._writer.close()
        self._forget()

    def open(self) -> None:
        """Open the catalog, and make it if it is not there and may be written.

        Raises
        ------
        NotAStoreError
            If there is no catalog, and it can't be made, or it is another program's database.
        StoreFormatError
            If it is damaged, or of a later format.
        """
        if self._path is None:
            self._create(Journal.LOG)
            return
        if self._read_only:
            self._uri, self._is_streamable, self._copy = reading(self._path)
            if not self._is_made(self._path):
                raise NotAStoreError(f"{str(self._path)!r} is empty; there is no store in it.")
            return
        journal = prepare(self._path)
        if not self._path.exists() or not self._is_made(self._path):
            with self._making(self._path):
                self._create(journal)
            self._is_streamable = journal is Journal.LOG

    @contextmanager
    def _making(self, path: Path) -> Iterator[None]:
        """Keep other processes from making the catalog at the same time."""
        from filelock import FileLock  # imported late: it takes longer than opening

        lock = FileLock(f"{path}.lock")
        try:
            lock.acquire()
        except OSError as error:
            raise StoreError(f"{str(path)!r} can't be made: {error.strerror}.") from error
        try:
            yield
        finally:
            lock.release()

    def _is_made(self, path: Path) -> bool:
        """Tell whether the catalog has its tables: not if another process is just making it."""
        with reporting(path, READING_ERRORS):
            channel = self._borrow()
            self._idle.append(channel)
            (journal,) = channel.connection.execute("PRAGMA journal_mode").fetchone()
            self._is_streamable |= journal.upper() == Journal.LOG
            return check_format(channel.connection, str(path))

    def close(self) -> None:
        """Close all connections that are not in use."""
        for channel in self._idle:
            channel.connection.close()
        if self._writer is not None:
            self._writer.close()
        self._forget()
        if self._copy is not None:
            self._copy.remove()

    def fetch_one(self, text: str, parameters: tuple[object, ...] = ()) -> tuple[Any, ...] | None:
        """Read the first row of a statement, or None."""
        rows = self.fetch(text, parameters)
        return rows[0] if rows else None

    def fetch(self, text: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Read all rows of a statement.

        This is what every look-up goes through, so it does without context managers of its own.
        Inside a transaction of the same thread, it sees what the transaction did so far.
        """
        if not self.can_stream:
            with self._lock, reporting(self._path, READING_ERRORS):
                return self._writing_connection().execute(text, parameters).fetchall()
        channel = self._borrow()
        try:
            with channel.guard:
                return channel.connection.execute(text, parameters).fetchall()
        except READING_ERRORS as error:
            raise _translated(error, self._path) from error
        finally:
            self._idle.append(channel)

    def stream(self, text: str, parameters: tuple[object, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Read the rows of a statement as they are asked for.

        They are those of one moment, whatever is written meanwhile. A catalog in memory, and one
        inside a transaction, has one connection for all, so that there all rows are read at once.
        """
        if not self.can_stream:
            yield from self.fetch(text, parameters)
            return
        channel = self._borrow()
        with reporting(self._path, READING_ERRORS):
            try:
                with channel.guard:
                    cursor = channel.connection.execute(text, parameters)
                    rows = cursor.fetchmany(CHUNK)
                is_long = len(rows) == CHUNK
                if is_long:
                    with closing(cursor):
                        while rows:
                            yield from rows
                            with channel.guard:
                                rows = cursor.fetchmany(CHUNK)
            finally:
                self._idle.append(channel)
        yield from rows

    def copy_to(self, path: Path) -> None:
        """Write the catalog as it is at one moment to a new file, while others go on writing.

        The copy has no log, so that it can be read where nothing can be written.
        """
        if self.is_writing:
            raise StoreError("a catalog can't be copied inside of a batch.")
        channel = self._borrow()
        try:
            with reporting(self._path), closing(sqlite3.connect(path)) as target:
                channel.connection.backup(target)
                target.execute(f"PRAGMA journal_mode = {Journal.ROLLBACK}")
        finally:
            self._idle.append(channel)

    def _borrow(self) -> _Channel:
        try:
            return self._idle.pop()  # one step, so that no two threads get the same
        except IndexError:
            channel = _Channel(self._connect())
            self._channels.append(channel)
            return channel

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write in a transaction, which is the outermost one if they are nested.

        The caller holds the store's lock. The transaction is committed at the end of the outermost
        block, or rolled back if that raises.
        """
        if self.is_writing:
            yield self._unbroken()
            return
        with reporting(self._path):
            connection = self._writing_connection()
            connection.execute("BEGIN IMMEDIATE")
            self._writing_thread = threading.get_ident()
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                self._writing_thread = None
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what a block does inside a transaction, and no more of it, if the block raises."""
        with reporting(self._path):
            connection = self._unbroken()
            connection.execute("SAVEPOINT step")
            try:
                yield
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK TO step")
                raise
            finally:
                if connection.in_transaction:
                    connection.execute("RELEASE step")

    def _unbroken(self) -> sqlite3.Connection:
        """Give the writing connection inside a transaction that goes on."""
        connection = self._writing_connection()
        if not connection.in_transaction:
            raise StoreError(
                "an error has undone the whole batch, as a full disk does: leave it, and store its "
                "records again."
            )
        return connection

    def _writing_connection(self) -> sqlite3.Connection:
        if self._writer is None:
            self._writer = self._connect()
        return self._writer

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._uri,
            uri=self._path is not None,
            timeout=BUSY_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        if not self._read_only:
            connection.execute(f"PRAGMA synchronous = {self._durability}")
            connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _create(self, journal: Journal) -> None:
        with reporting(self._path):
            connection = self._writing_connection()
            if check_format(connection, str(self._path)):
                return
            connection.execute(f"PRAGMA journal_mode = {journal}")
            with self.writing():
                create_tables(connection)


@contextlib.contextmanager
def reporting(path: Path | None, errors: tuple[type[Exception], ...] = ERRORS) -> Iterator[None]:
    """Turn SQLite's errors into propstore's."""
    try:
        yield
    except errors as error:
        raise _translated(error, path) from error


def _translated(error: Exception, path: Path | None) -> StoreError:
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
        return StoreReadOnlyError(f"{str(path)!r} can't be written: {error}.")
    if code == sqlite3.SQLITE_FULL:
        return StoreError(f"{str(path)!r} can't be written: the disk is full. Nothing was stored.")
    return StoreError(f"{str(path)!r} can't be used: {error}.")
