"""A bell that those who share a store in PostgreSQL ring for one another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg

from propstore.backends.postgres.pool import Connection
from propstore.sharing.bell import Bell

__all__ = ["ListeningBell"]

LISTENING_TIME = 30.0  # seconds after the last wait for which one goes on listening
LOOK = 0.5  # seconds between two looks at whether to go on
PAUSE = 0.5  # seconds before a lost connection is made again
BEGINNING = 5.0  # seconds that the first who waits gives the connection


class ListeningBell(Bell):
    """Rung as well when another process notifies; listens, in a thread, while somebody waits.

    Parameters
    ----------
    connect
        Opens a connection.
    channel
        On what is listened.
    """

    def __init__(self, connect: Callable[[], Connection], channel: str) -> None:
        self._connect = connect
        self._channel = channel
        super().__init__()

    def _renew(self) -> None:
        super()._renew()
        self._guard = threading.Lock()
        self._is_listening = threading.Event()
        self._thread: threading.Thread | None = None
        self._waited_at = 0.0
        self._is_closed = False

    def wait(self, rings: int, seconds: float) -> None:
        """Wait until it is rung, or for some seconds; not at all before it is listened."""
        self._waited_at = time.monotonic() + seconds
        if self._begin():
            # What was rung before is not heard: the caller looks again first.
            self._is_listening.wait(min(seconds, BEGINNING))
        else:
            super().wait(rings, seconds)

    def close(self) -> None:
        """Listen no longer."""
        self._is_closed = True

    def _begin(self) -> bool:
        """Tell whether it had to be begun to listen."""
        with self._guard:
            if self._thread is not None or self._is_closed:
                return False
            self._is_listening.clear()
            self._thread = threading.Thread(
                target=self._listen, name=f"listens to {self._channel}", daemon=True
            )
            self._thread.start()
            return True

    def _listen(self) -> None:
        while self._goes_on():
            try:
                with self._connect() as connection:
                    connection.execute(f'LISTEN "{self._channel}"')
                    self._is_listening.set()
                    self.ring()  # while nobody listened, it may have been rung
                    while self._goes_on():
                        for _ in connection.notifies(timeout=LOOK, stop_after=1):
                            self.ring()
            except psycopg.Error:
                time.sleep(PAUSE)  # who waits looks again now and then in any case

    def _goes_on(self) -> bool:
        with self._guard:
            idle = time.monotonic() - self._waited_at
            if not self._is_closed and idle < LISTENING_TIME:
                return True
            self._thread = None
            return False
