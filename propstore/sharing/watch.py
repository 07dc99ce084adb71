"""Judging from outside whether the holder of a claim is still alive."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum, auto

from propstore.sharing.claim import Holding

__all__ = ["Sign", "Watch"]


class Sign(Enum):
    """What a holder looks like to one who waits."""

    ALIVE = auto()
    DOUBTFUL = auto()
    DEAD = auto()


class Watch:
    """What one waiting caller has seen of the holder of a claim.

    No time that one process has written is compared with the clock of another: what counts is for
    how long, by the caller's own monotonic clock, the caller has seen nothing change. So clocks
    that differ between hosts, or are set while processes wait, neither cause nor prevent that a
    claim is taken over.

    A sign of life is a write, and while a long transaction is under way nobody can write. So a
    silent holder is first doubted, which is a write as well: from then on signs of life could be
    written, and only one who stays silent for as long again is dead. A process that has certainly
    ended is dead at once.

    Parameters
    ----------
    clock
        Gives the seconds that have passed since some moment, and never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: tuple[int, int, bool] | None = None
        self._unchanged_since = 0.0

    def look(self, holding: Holding) -> Sign:
        """Judge a holder by what the table says now and said before."""
        seen = (holding.claim.token, holding.beats, holding.is_doubted)
        if seen != self._seen:
            self._seen, self._unchanged_since = seen, self._clock()
        if holding.owner.is_gone():
            return Sign.DEAD
        if self._clock() - self._unchanged_since < holding.claim.expiry / 2:
            return Sign.ALIVE
        return Sign.DEAD if holding.is_doubted else Sign.DOUBTFUL
