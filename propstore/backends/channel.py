"""A connection that reads a SQLite catalog, for one thread at a time."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

__all__ = ["READING_ERRORS", "Channel"]

Row = tuple[Any, ...]

READING_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What a damaged catalog can cause while it is read; the names in it are decoded by Python."""

CHUNK = 1000
"""How many rows of a long answer are fetched at once; most answers are shorter."""


class Channel:
    """A connection that is opened when it is needed, and closed while its process forks.

    Parameters
    ----------
    connect
        Opens a connection.
    gate
        Held while one is opened.
    """

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], gate: AbstractContextManager[object]
    ) -> None:
        self._connect = connect
        self._gate = gate
        # Reentrant: while it is held, an answer that nobody wants any more may be finalised.
        self._guard = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._cursor: sqlite3.Cursor | None = None
        self._rest: list[Row] = []
        self._failure: Exception | None = None

    def fetch(self, text: str, parameters: tuple[object, ...] = ()) -> list[Row]:
        """Read all rows of a statement."""
        with self._guard:
            return self._opened().execute(text, parameters).fetchall()

    def begin(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        """Read the first rows of a statement; `CHUNK` of them if there may be more."""
        with self._guard:
            cursor = self._opened().execute(text, parameters)
            rows = cursor.fetchmany(CHUNK)
            if len(rows) == CHUNK:
                self._cursor = cursor
            return rows

    def more(self) -> list[Row]:
        """Read some more rows of the statement that was begun; none if that were all."""
        with self._guard:
            if self._cursor is not None:
                return self._cursor.fetchmany(CHUNK)
            if self._failure is not None:
                raise self._failure
            rest, self._rest = self._rest, []
            return rest

    def end(self) -> None:
        """Let go of the statement that was begun."""
        with self._guard:
            if self._cursor is not None:
                self._cursor.close()
            self._cursor, self._rest, self._failure = None, [], None

    @contextmanager
    def using(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for a block, which a fork waits for."""
        with self._guard:
            yield self._opened()

    def close(self) -> None:
        """Close the connection, if it is open; it is opened again if it is needed again."""
        with self._guard:
            self.end()
            self._close()

    def halt(self) -> None:
        """Wait until SQLite does nothing for this channel, and close its connection until then.

        What is left of a long answer is read before.
        """
        self._guard.acquire()
        if self._cursor is not None:
            try:
                self._rest = self._cursor.fetchall()
            except READING_ERRORS as error:
                self._failure = error
            # While a statement is open, closing the connection would not let go of the file.
            self._cursor.close()
            self._cursor = None
        self._close()

    def resume(self) -> None:
        """Let the channel be used again, in the parent of a fork or in its child."""
        self._guard.release()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            with self._gate:
                self._connection = self._connect()
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.OperationalError):  # the log is left to the next
                self._connection.close()
            self._connection = None
