"""Connections to a catalog in PostgreSQL, and what is done if one is lost."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg

from propstore.backends.connections import Durability
from propstore.backends.postgres.address import Address
from propstore.backends.postgres.failures import (
    can_be_repeated,
    is_lost,
    is_starting,
    reporting,
)
from propstore.backends.postgres.pool import Connection, Pool
from propstore.backends.postgres.statements import Statements, execute
from propstore.errors import StoreConnectionError, StoreError

__all__ = ["PostgresConnections"]

Given = TypeVar("Given")

PATIENCE = 60.0  # seconds for which a server may be away
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds between two attempts
CHUNK = 1000  # how many rows of a long answer are fetched at once; most answers are shorter
MOST_FORMS = 1000  # of statements, of which it is known that their answers are long


class PostgresConnections:
    """The connections of one store object to its catalog.

    Parameters
    ----------
    address
        Where the catalog is.
    read_only
        Whether the server is to refuse all writing.
    durability
        What is acknowledged survives a power cut of the server, or only a kill of this process.
    """

    def __init__(self, address: Address, *, read_only: bool, durability: Durability) -> None:
        self.address = address
        self._parameters = address.parameters(read_only=read_only, durability=durability)
        self._pool = Pool(self.connect)
        self._long_forms: set[str] = set()
        self._written: Statements | None = None
        self._writing_thread: int | None = None

    @property
    def is_writing(self) -> bool:
        """Whether this thread is inside a transaction."""
        return self._writing_thread == threading.get_ident()

    @property
    def losses(self) -> int:
        """How many connections were lost."""
        return self._pool.losses

    def connect(self) -> Connection:
        """Open a connection that is not one of the pool."""
        connection = psycopg.connect(**self._parameters, autocommit=True)
        connection.adapters.register_loader("jsonb", psycopg.types.string.TextLoader)
        return connection

    def check(self) -> None:
        """Reach the server, which may just be starting.

        Raises
        ------
        StoreConnectionError
            If it can't be reached, or does not let this role in: at once, since the address may be
            wrong.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.fetch_once("SELECT 1", ())
                return
            except StoreError as error:
                if not is_starting(error.__cause__) or time.monotonic() > deadline:
                    raise
            time.sleep(FIRST_PAUSE)

    def close(self) -> None:
        """Close all connections; those that are in use, as soon as they are not any more."""
        self._pool.close()

    def after_fork_in_child(self) -> None:
        """Go on with connections of the child's own.

        Raises
        ------
        StoreError
            If the fork was made inside a transaction, which is the parent's.
        """
        self._pool.after_fork_in_child()
        was_writing, self._writing_thread, self._written = self._writing_thread, None, None
        if was_writing is not None:
            raise StoreError(
                "this process was forked inside a transaction of the store, and can't use it: "
                "make child processes outside of batch()."
            )

    def attempt(self, change: Callable[[], Given]) -> Given:
        """Do something, and do it again as long as that may help: what failed is undone then.

        Inside of a transaction it is done once, since what was done before it is undone too.
        """
        return change() if self.is_writing else self._repeated(change)

    def _repeated(self, change: Callable[[], Given]) -> Given:
        deadline, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
        while True:
            try:
                return change()
            except StoreError as error:
                if not can_be_repeated(error) or time.monotonic() > deadline:
                    raise
                if is_lost(error.__cause__):
                    self._pool.close_idle()
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def fetch_one(self, text: str, parameters: tuple[object, ...] = ()) -> tuple[Any, ...] | None:
        """Read the first row of a statement, or None."""
        rows = self.fetch(text, parameters)
        return rows[0] if rows else None

    def fetch(self, text: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Read all rows of a statement; a transaction of this thread sees what it did so far."""
        if self.is_writing and self._written is not None:
            with reporting(self.address):
                return self._written.execute(text, parameters).fetchall()
        return self.fetch_apart(text, parameters)

    def fetch_apart(self, text: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        """Carry out a statement in a transaction of its own, whatever else this thread is doing.

        It may be done twice, if the connection is lost.
        """
        return self.attempt(lambda: self.fetch_once(text, parameters))

    def fetch_once(self, text: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Carry out a statement in a transaction of its own, and not again if that fails."""
        with self._lent() as connection:
            return execute(connection, text, parameters).fetchall()

    def stream(self, text: str, parameters: tuple[object, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Read the rows of a statement as they are asked for, in bounded memory.

        They are those of one moment, whatever is written meanwhile. Inside a transaction, which
        has one connection, all rows are read at once.
        """
        if self.is_writing:
            yield from self.fetch(text, parameters)
            return
        if text not in self._long_forms:
            # All of it is planned for, as the few rows may be those that are found last.
            short = f"WITH answer AS MATERIALIZED ({text}) SELECT * FROM answer LIMIT {CHUNK}"
            rows = self.fetch(short, parameters)
            if len(rows) < CHUNK:
                yield from rows
                return
        yield from self._long_answer(text, parameters)

    def _long_answer(self, text: str, parameters: tuple[object, ...]) -> Iterator[tuple[Any, ...]]:
        """Read rows through a cursor, and note whether the next answer is likely to be as long."""
        connection, rows = self.attempt(lambda: self._begin_answer(text, parameters))
        process = os.getpid()
        self._note_length(text, is_long=len(rows) > CHUNK // 2)
        try:
            if len(rows) == CHUNK:
                with reporting(self.address):
                    while rows:
                        yield from rows
                        _check_process(process)
                        rows = connection.execute(f"FETCH {CHUNK} FROM answer").fetchall()
        finally:
            if os.getpid() == process:
                with suppress(psycopg.Error):  # nothing was written
                    connection.execute("ROLLBACK")
                self._pool.give_back(connection)
        yield from rows

    def _note_length(self, text: str, *, is_long: bool) -> None:
        if not is_long:
            self._long_forms.discard(text)
        elif len(self._long_forms) < MOST_FORMS:
            self._long_forms.add(text)

    def _begin_answer(
        self, text: str, parameters: tuple[object, ...]
    ) -> tuple[Connection, list[tuple[Any, ...]]]:
        """Open a cursor on the server, and read the first rows, in one trip."""
        with reporting(self.address):
            connection = self._pool.take()
            try:
                with connection.pipeline():
                    connection.execute("BEGIN READ ONLY")
                    execute(connection, f"DECLARE answer NO SCROLL CURSOR FOR {text}", parameters)
                    answer = connection.execute(f"FETCH {CHUNK} FROM answer")
                return connection, answer.fetchall()
            except BaseException:
                self._pool.give_back(connection)
                raise

    @contextmanager
    def writing(self) -> Iterator[Statements]:
        """Write in a transaction, which is the outermost one if they are nested.

        The caller holds the store's lock. The transaction is committed at the end of the outermost
        block, or rolled back if that raises.
        """
        if self.is_writing and self._written is not None:
            yield self._written
            return
        with self.apart() as statements:
            self._written, self._writing_thread = statements, threading.get_ident()
            try:
                yield statements
            finally:
                self._written, self._writing_thread = None, None

    @contextmanager
    def apart(self) -> Iterator[Statements]:
        """Write in a transaction of its own, whatever else this thread is doing."""
        with reporting(self.address):
            connection = self.attempt(self._begin)
            statements = Statements(connection)
            try:
                yield statements
                self._commit(statements)
            except BaseException:
                with suppress(psycopg.Error):  # one that is lost is rolled back by the server
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._pool.give_back(connection)

    def _begin(self) -> Connection:
        with reporting(self.address):
            connection = self._pool.take()
            try:
                connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            except BaseException:
                self._pool.give_back(connection)
                raise
            return connection

    def _commit(self, statements: Statements) -> None:
        ((transaction,),) = statements.execute(
            "SELECT pg_current_xact_id_if_assigned()::text"
        ).fetchall()
        try:
            statements.connection.execute("COMMIT")
        except psycopg.Error as error:
            if not is_lost(error) or transaction is None:
                raise
            if not self._was_committed(transaction, statements.witness):
                raise

    def _was_committed(
        self, transaction: str, witness: tuple[str, tuple[object, ...]] | None
    ) -> bool:
        """Ask the server, once it is there again, what became of a transaction."""
        deadline = time.monotonic() + PATIENCE
        status = "in progress"
        try:
            while status == "in progress" and time.monotonic() < deadline:
                ((status,),) = self._repeated(
                    lambda: self.fetch_once(_STATUS, (transaction, transaction))
                )
                time.sleep(FIRST_PAUSE if status == "in progress" else 0)
            if witness is not None and status in ("committed", "aborted"):
                # After a crash of the server, another transaction may have been given the number.
                return bool(self._repeated(lambda: self.fetch_once(*witness)))
        except StoreError:
            # Without its cause: it is not to be taken for one that may be made again.
            raise self._doubtful() from None
        if status == "in progress":
            raise self._doubtful()
        return bool(status == "committed")

    def _doubtful(self) -> StoreConnectionError:
        return StoreConnectionError(
            f"the connection to {str(self.address)!r} was lost while a change was committed, and "
            "the server can't be asked whether it was; look, or do it again: what is the same is "
            "stored once."
        )

    def add(self, text: str, parameters: Sequence[Any]) -> bool:
        """Add a row in a transaction unless it is there, and tell whether it was added.

        If it fails, it alone is undone, as if it were done in a `savepoint`.
        """
        assert self._written is not None
        with reporting(self.address):
            return self._written.add(text, parameters)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what a block does inside a transaction, and no more of it, if the block raises."""
        assert self._written is not None
        statements = self._written
        witness = statements.witness
        with reporting(self.address):
            statements.begin_step()
            try:
                yield
            except BaseException:
                statements.witness = witness  # what it looks for now is undone
                statements.undo_step()
                raise
            statements.end_step()

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        with reporting(self.address):
            connection = self._pool.take()
            try:
                yield connection
            finally:
                self._pool.give_back(connection)


_STATUS = """
SELECT CASE WHEN ?::xid8 < pg_snapshot_xmax(pg_current_snapshot())
    THEN pg_xact_status(?::xid8) ELSE 'aborted' END
"""


def _check_process(process: int) -> None:
    if os.getpid() != process:
        raise StoreError("an answer can't be read on in a forked process; search again there.")
