"""On which terms a result is computed once: how long to wait, and when to take over."""

from __future__ import annotations

import math
from dataclasses import dataclass

from propstore.errors import InvalidDataError
from propstore.model.validation import as_number

__all__ = ["EXPIRY", "LONGEST_PAUSE", "Terms"]

EXPIRY = 60.0  # seconds; a calculation that blocks all threads of its process for less is safe
LONGEST_PAUSE = 0.5  # seconds


@dataclass(frozen=True)
class Terms:
    """How long to wait for others, and how a claim of one's own is held.

    Attributes
    ----------
    timeout
        For how many seconds to wait for the result of others; None for as long as it takes.
    poll
        How many seconds may pass between two looks at whether it is there; None for 0.5 s. The
        first looks come faster: after a tenth of the time that was waited so far.
    expiry
        For how many seconds a holder may show no sign of life before it is taken over.
    move
        Whether the files of a result leave where they are, instead of being copied.
    """

    timeout: float | None = None
    poll: float | None = None
    expiry: float = EXPIRY
    move: bool = False

    def __post_init__(self) -> None:
        if self.timeout is not None and not _is_number(self.timeout, least=0.0):
            raise InvalidDataError(f"timeout is {self.timeout!r}; give seconds, 0 or more.")
        if self.poll is not None and not _is_number(self.poll, above=0.0):
            raise InvalidDataError(f"poll is {self.poll!r}; give seconds, more than 0.")
        if not _is_number(self.expiry, above=0.0):
            raise InvalidDataError(f"expiry is {self.expiry!r}; give seconds, more than 0.")

    def pause(self, waited: float) -> float:
        """Give how long to pause after having waited for some seconds."""
        longest = LONGEST_PAUSE if self.poll is None else self.poll
        pause = min(max(0.1 * waited, 0.002), longest)
        return pause if self.timeout is None else min(pause, max(self.timeout - waited, 0.0))


def _is_number(value: object, *, least: float = -math.inf, above: float = -math.inf) -> bool:
    number = as_number(value)
    return number is not None and least <= number < math.inf and number > above
