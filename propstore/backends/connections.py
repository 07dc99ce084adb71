"""Connections to a SQLite catalog: one that writes, and as many that read as are in use."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

from propstore.backends.catalog_place import Journal, prepare, reading
from propstore.backends.channel import CHUNK, READING_ERRORS, Channel
from propstore.backends.earlier_formats import read_as_current
from propstore.backends.schema import check_format, create_tables
from propstore.backends.sqlite_failures import BUSY_TIMEOUT, ERRORS, Reported, reporting, translated
from propstore.backends.temporary import TemporaryFolder
from propstore.errors import NotAStoreError, StoreError

__all__ = ["Connections", "Durability"]

Durability: TypeAlias = Literal["full", "normal"]
"""``"full"``: what is acknowledged survives a power cut. ``"normal"``: it survives a kill of the
process, and a power cut leaves the store whole but perhaps without the latest records."""

LONG_LOG = 4_000_000  # bytes, beyond which what is in the log is copied to the catalog
FOLDING_INTERVAL = 1.0  # seconds between two times that one store does so, at least


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
        self._log = None if path is None else path.with_name(f"{path.name}-wal")
        self._copy: TemporaryFolder | None = None
        self._is_streamable = False
        self._gate = threading.RLock()
        self._channels: list[Channel] = []
        self._idle: list[Channel] = []
        self._writer: sqlite3.Connection | None = None
        self._writing_thread: int | None = None
        self._folded_at = -FOLDING_INTERVAL
        self._is_closed = False

    @property
    def is_writing(self) -> bool:
        """Whether this thread is inside a transaction."""
        return self._writing_thread == threading.get_ident()

    @property
    def can_stream(self) -> bool:
        """Whether this thread may read on while others write.

        Without a log, a writer would have to wait for the reader, which may be the same thread.
        """
        return self._is_streamable and self._writing_thread != threading.get_ident()

    def before_fork(self, *, is_alone: bool) -> None:
        """Close the connections, so that the child gets none.

        SQLite takes what it knows of locks as true for the process. With a connection of the
        parent's, a child would take locks for its own that only the parent holds, and even closing
        it could remove the log that others write to by then. A catalog in memory stays as it is:
        the child has a copy of its own.

        Parameters
        ----------
        is_alone
            Whether the store's lock is held, so that no other thread uses what writes.
        """
        self._is_clean = is_alone and (self._path is None or self._writing_thread is None)
        self._halted: list[Channel] = []
        while True:
            for channel in self._channels[len(self._halted) :]:
                channel.halt()
                self._halted.append(channel)
            self._gate.acquire()
            if len(self._halted) == len(self._channels):
                break
            self._gate.release()  # another thread has just made one
        if self._is_clean and self._path is not None:
            self._close_writer()

    def after_fork(self) -> None:
        """Let the threads go on, which open connections again when they need them."""
        self._gate.release()
        for channel in self._halted:
            channel.resume()

    def after_fork_in_child(self, lock: AbstractContextManager[object]) -> None:
        """Go on in the child, with connections of its own.

        Raises
        ------
        StoreError
            If the fork was made inside a transaction, whose connection can't be closed here
            without harm to the parent's.
        """
        self._lock = lock
        self.after_fork()
        if not self._is_clean:
            raise StoreError(
                "this process was forked inside a transaction of the store, and can't use it: "
                "make child processes outside of batch()."
            )

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
            try:
                with channel.using() as connection:
                    is_made = check_format(connection, str(path))
                    # Only now: of one that was made meanwhile, it would be that of before.
                    (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
                    self._is_streamable |= journal.upper() == Journal.LOG
                    return is_made
            finally:
                self._give_back(channel)

    def close(self) -> None:
        """Close all connections; those that are in use, as soon as they are not any more."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()
        self._close_writer()
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
        try:
            if not self.can_stream:
                with self._lock:
                    return self._writing_connection().execute(text, parameters).fetchall()
            channel = self._borrow()
            try:
                return channel.fetch(text, parameters)
            finally:
                self._give_back(channel)
        except READING_ERRORS as error:
            raise translated(error, self._path) from error

    def stream(self, text: str, parameters: tuple[object, ...] = ()) -> Iterable[tuple[Any, ...]]:
        """Read the rows of a statement; if they are many, as they are asked for.

        They are those of one moment, whatever is written meanwhile. A catalog in memory, and one
        inside a transaction, has one connection for all, so that there all rows are read at once.
        """
        if not self.can_stream:
            return self.fetch(text, parameters)
        channel = self._borrow()
        rows: list[tuple[Any, ...]] = []
        try:
            rows = channel.begin(text, parameters)
        except READING_ERRORS as error:
            raise translated(error, self._path) from error
        finally:
            if len(rows) < CHUNK:
                self._give_back(channel)
        return rows if len(rows) < CHUNK else self._going_on(channel, rows)

    def _going_on(self, channel: Channel, rows: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        try:
            while rows:
                yield from rows
                rows = channel.more()
        except READING_ERRORS as error:
            raise translated(error, self._path) from error
        finally:
            channel.end()
            self._give_back(channel)

    def copy_to(self, path: Path) -> None:
        """Write the catalog as it is at one moment to a new file, while others go on writing.

        The copy has no log, so that it can be read where nothing can be written.
        """
        if self.is_writing:
            raise StoreError("a catalog can't be copied inside of a batch.")
        channel = self._borrow()
        try:
            with (
                reporting(self._path),
                channel.using() as connection,
                reporting(path),
                closing(sqlite3.connect(path)) as target,
            ):
                self._back_up(connection, target, path)
                target.execute(f"PRAGMA journal_mode = {Journal.ROLLBACK}")
        finally:
            self._give_back(channel)

    def _back_up(
        self, connection: sqlite3.Connection, target: sqlite3.Connection, path: Path
    ) -> None:
        try:
            connection.backup(target)
        except sqlite3.OperationalError as error:  # of a copy, it doesn't tell on which side
            raise StoreError(
                f"{str(self._path)!r} can't be copied to {str(path)!r}: {error}. See whether there "
                "is room where the copy is to be, and whether both disks are in order."
            ) from error

    def _borrow(self) -> Channel:
        try:
            return self._idle.pop()  # one step, so that no two threads get the same
        except IndexError:
            channel = Channel(self._connect, self._gate)
            self._channels.append(channel)
            return channel

    def _give_back(self, channel: Channel) -> None:
        self._idle.append(channel)
        if self._is_closed:
            channel.close()

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Write in a transaction, which is the outermost one if they are nested.

        The caller holds the store's lock. The transaction is committed at the end of the outermost
        block, or rolled back if that raises.
        """
        return Reported(self._unbroken(), self._path) if self.is_writing else self._outermost()

    def one_statement(self) -> AbstractContextManager[sqlite3.Connection]:
        """Write by one statement, in a transaction or as one of its own.

        The caller holds the store's lock.
        """
        return self.writing() if self.is_writing else self._committed_at_once()

    @contextmanager
    def _committed_at_once(self) -> Iterator[sqlite3.Connection]:
        with reporting(self._path):
            yield self._writing_connection()
        self._fold_log()

    @contextmanager
    def _outermost(self) -> Iterator[sqlite3.Connection]:
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
        self._fold_log()

    def _fold_log(self) -> None:
        """Copy what is in the log to the catalog, if the log is long.

        SQLite would do so by itself, while others write. Up to version 3.51.2 it can then take what
        they write for what it has copied already, and lose it (sqlite.org/wal.html#walresetbug).
        So it is done while this thread keeps the others from writing.
        """
        if self._log is None or not self._is_streamable:
            return
        now = time.monotonic()
        if now - self._folded_at < FOLDING_INTERVAL or _size_of(self._log) < LONG_LOG:
            return
        self._folded_at = now
        connection = self._writing_connection()
        # What fails here is done after a later transaction; this one is committed.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("BEGIN IMMEDIATE")
            try:
                self.fetch("PRAGMA wal_checkpoint(PASSIVE)")
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what a block does inside a transaction, and no more of it, if the block raises."""
        connection = self._unbroken()
        try:
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
        except ERRORS as error:
            raise translated(error, self._path) from error

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
            # A savepoint keeps the pages that it may have to restore, which is as many as a record
            # touches: in a temporary file they would cost half of the time of an insertion.
            self._writer.execute("PRAGMA temp_store = MEMORY")
        return self._writer

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._uri,
            uri=self._path is not None,
            timeout=BUSY_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            factory=_Connection,
        )
        try:
            if self._read_only:
                read_as_current(connection)
            else:
                connection.execute(f"PRAGMA synchronous = {self._durability}")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA wal_autocheckpoint = 0")  # see _fold_log
        except BaseException:
            connection.close()
            raise
        return connection

    def _create(self, journal: Journal) -> None:
        with reporting(self._path):
            connection = self._writing_connection()
            if check_format(connection, str(self._path)):
                return
            connection.execute(f"PRAGMA journal_mode = {journal}")
            with self.writing():
                create_tables(connection)


class _Connection(sqlite3.Connection):
    """A connection that need not be closed, as one need not close a dictionary."""

    def __del__(self) -> None:
        with contextlib.suppress(sqlite3.OperationalError):  # the log is left to the next
            self.close()


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
