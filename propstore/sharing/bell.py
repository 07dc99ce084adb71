"""A bell that wakes the threads of this process which wait for a result."""

from __future__ import annotations

import os
import threading
import weakref

__all__ = ["Bell"]

_BELLS: weakref.WeakSet[Bell] = weakref.WeakSet()


class Bell:
    """Rung when a claim is released, so that waiting threads need not wait for their next look."""

    def __init__(self) -> None:
        self._renew()
        _BELLS.add(self)

    def _renew(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How often it was rung so far."""
        return self._rings

    def ring(self) -> None:
        """Wake all who wait."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, rings: int, seconds: float) -> None:
        """Wait until it is rung, or for some seconds.

        Parameters
        ----------
        rings
            How often it had been rung when the caller looked: if it was rung since, there is
            nothing to wait for.
        seconds
            For how long.
        """
        with self._condition:
            if self._rings == rings:
                self._condition.wait(seconds)


def _renew_all() -> None:
    """Replace the locks that a thread of the parent process may have held during the fork."""
    for bell in list(_BELLS):
        bell._renew()


os.register_at_fork(after_in_child=_renew_all)
