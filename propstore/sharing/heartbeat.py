"""The signs of life that the holder of a claim gives while it computes."""

from __future__ import annotations

import threading
from types import TracebackType

from propstore.errors import StoreClosedError, StoreError
from propstore.sharing.claim import Claim, ClaimTable

__all__ = ["BEATS_PER_EXPIRY", "Heartbeat"]

BEATS_PER_EXPIRY = 6
"""How many signs of life there are within the expiry: several may be late or lost."""


class Heartbeat:
    """Renews a claim from a thread of its own, for as long as a ``with`` block lasts.

    The thread needs Python's global lock for a moment. A calculation that holds the lock in one
    call for longer than the expiry looks dead from outside, and is taken over.
    """

    def __init__(self, claims: ClaimTable, claim: Claim) -> None:
        self._claims = claims
        self._claim = claim
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._beat, name=f"claim {claim.token} of propstore", daemon=True
        )

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(self._claim.expiry / BEATS_PER_EXPIRY):
            try:
                if not self._claims.renew(self._claim):
                    return  # overtaken, which the holder is told when it wants to store
            except StoreClosedError:
                return
            except StoreError:
                continue  # a full disk, a database that is busy: the next beat may be written
