"""The statements of a transaction in PostgreSQL, in as few trips to the server as can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from propstore.backends.catalog_connections import Answer
from propstore.backends.postgres.pool import Connection
from propstore.errors import StoreBusyError

__all__ = ["Statements", "execute"]

MOST_ADDITIONS = 100  # that share a savepoint, and are made again if the next one fails

_BEGIN_STEP, _END_STEP = b"SAVEPOINT step", b"RELEASE step"
_BEGIN_ADDING, _END_ADDING = b"SAVEPOINT adding", b"RELEASE adding"


class Statements:
    """Carries out statements in a transaction, with ``?`` for each parameter.

    Attributes
    ----------
    witness
        A statement that gives a row if the transaction was committed, and none if it was not:
        asked if the connection is lost while it is committed.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.witness: tuple[str, tuple[object, ...]] | None = None
        self._deferred: list[bytes] = []
        self._additions: list[tuple[str, Sequence[Any]]] | None = None

    def execute(self, text: str, parameters: Sequence[Any] = (), /) -> Answer:
        """Carry out a statement."""
        self._end_adding()
        return self._execute(text, parameters)

    def executemany(self, text: str, parameters: Iterable[Sequence[Any]], /) -> None:
        """Carry out a statement for each of many parameters."""
        self._end_adding()
        with self.connection.pipeline(), self.connection.cursor() as cursor:
            self._send_deferred()
            cursor.executemany(_marked(text), parameters)

    def add(self, text: str, parameters: Sequence[Any]) -> bool:
        """Add a row unless it is there, and tell whether it was added; a failure undoes no more.

        Many additions have one savepoint. If one fails, those before it are made again: to give
        each a savepoint would take twice as long.

        Raises
        ------
        StoreBusyError
            If one before it can't be made again, as another has stored the same meanwhile.
        """
        if self._additions is None:
            self._deferred.append(_BEGIN_ADDING)
            self._additions = []
        try:
            is_added = self._execute(text, parameters).rowcount == 1
        except BaseException:
            self._add_again(self._additions)
            raise
        if is_added:
            self._additions.append((text, parameters))
        if len(self._additions) == MOST_ADDITIONS:
            self._end_adding()
        return is_added

    def defer(self, text: bytes) -> None:
        """Carry out a statement in one trip with the next one, as it gives nothing to wait for."""
        self._deferred.append(text)

    def begin_step(self) -> None:
        """Begin what can be undone by itself."""
        self._end_adding()
        self.defer(_BEGIN_STEP)

    def end_step(self) -> None:
        """Let what was done since the step began stand."""
        self._additions = None  # their savepoint ends with the step
        if not self._forget_step():
            self.defer(_END_STEP)

    def undo_step(self) -> None:
        """Undo what was done since the step began."""
        self._additions = None
        if not self._forget_step() and not self.connection.closed:
            self.defer(b"ROLLBACK TO step")
            self.execute("RELEASE step")

    def _forget_step(self) -> bool:
        """Tell whether nothing was done since the step began, which then need not begin."""
        is_unused = self._deferred[-1:] == [_BEGIN_STEP]
        if is_unused:
            self._deferred.pop()
        return is_unused

    def _end_adding(self) -> None:
        """Let additions stand, whatever fails after them."""
        if self._additions is not None:
            self._additions = None
            self.defer(_END_ADDING)

    def _add_again(self, additions: Sequence[tuple[str, Sequence[Any]]]) -> None:
        """Undo an addition that failed, and with it its savepoint's, and make these again."""
        if self.connection.closed:
            return
        self.connection.execute(b"ROLLBACK TO adding")
        for text, parameters in additions:
            if execute(self.connection, text, parameters).rowcount != 1:
                self.connection.close()  # so that nothing of the transaction is committed
                raise StoreBusyError(
                    "another has just stored a record that this batch was about to store; do the "
                    "batch again: nothing of it was stored."
                )

    def _execute(self, text: str, parameters: Sequence[Any]) -> Answer:
        if not self._deferred:
            return execute(self.connection, text, parameters)
        with self.connection.pipeline():
            self._send_deferred()
            return execute(self.connection, text, parameters)

    def _send_deferred(self) -> None:
        deferred, self._deferred = self._deferred, []
        for text in deferred:
            self.connection.execute(text)


def execute(connection: Connection, text: str, parameters: Sequence[Any]) -> Answer:
    """Carry out a statement, with ``?`` for each parameter."""
    if not parameters:
        return connection.execute(text)
    return connection.execute(_marked(text), parameters)


@lru_cache(maxsize=1024)
def _marked(text: str) -> bytes:
    """Write the marks of parameters as psycopg has them; there are no texts with % or ? in them."""
    return text.replace("?", "%s").encode()
