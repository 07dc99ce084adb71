"""A bounded number of connections to a database, which are used again."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any, TypeAlias

import psycopg
from psycopg.pq import TransactionStatus

from propstore.errors import StoreBusyError

__all__ = ["Connection", "Pool"]

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

MOST_CONNECTIONS = 10
WAITING_TIME = 60.0  # seconds that one waits for a connection that others use

_INHERITED: list[object] = []
"""The connections of the process that this one was forked from: to close them would end those."""


class Pool:
    """Lends connections, and opens no more than a few.

    psycopg's own pool opens them from threads, which no forked process has, and tells who waits
    for one nothing of why there is none.

    Parameters
    ----------
    connect
        Opens a connection.

    Attributes
    ----------
    losses
        How many connections have come back that were lost.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self.losses = 0
        self._renew()

    def _renew(self) -> None:
        self._idle: list[Connection] = []
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._is_closed = False
        # Who opens a store need not close it, as one need not close a dictionary.
        self._close_idle = weakref.finalize(self, _close_all, self._idle)

    def take(self) -> Connection:
        """Give a connection, which the caller gives back.

        Raises
        ------
        StoreBusyError
            If all are in use for long.
        """
        if not self._places.acquire(timeout=WAITING_TIME):
            raise StoreBusyError(
                f"all {MOST_CONNECTIONS} connections of this store object have been in use for "
                f"{WAITING_TIME:g} s, by long answers that were not read to their end, perhaps."
            )
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._connect()
        except BaseException:
            self._places.release()
            raise

    def give_back(self, connection: Connection) -> None:
        """Take a connection back; one in which something is left undone is closed."""
        is_idle = connection.info.transaction_status is TransactionStatus.IDLE
        self.losses += connection.broken
        if connection.closed or self._is_closed or not is_idle:
            connection.close()
        else:
            self._idle.append(connection)
        self._places.release()

    def close_idle(self) -> None:
        """Close what nobody uses: of a server that was restarted, it is of no use."""
        _close_all(self._idle)

    def close(self) -> None:
        """Close what nobody uses, and the others when they are given back."""
        self._is_closed = True
        self.close_idle()

    def after_fork_in_child(self) -> None:
        """Leave the connections to the parent."""
        self._close_idle.detach()
        _INHERITED.append(self._idle)
        self._renew()


def _close_all(connections: list[Connection]) -> None:
    while connections:
        connections.pop().close()
