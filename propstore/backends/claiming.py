"""What a backend can do for those who share its results: claims, and changes that are undone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from propstore.sharing.claim import ClaimTable
from propstore.sharing.process_claims import ProcessClaims

__all__ = ["Claiming"]

Made = TypeVar("Made")


class Claiming:
    """Knows who computes what, and makes changes that leave nothing if they fail."""

    _lock: threading.RLock
    _claims_made: ClaimTable | None = None

    def _attempt(self, change: Callable[[], Made]) -> Made:
        """Make a change that is undone if it fails, again where that may help: a capability."""
        return change()

    @property
    def _is_in_transaction(self) -> bool:
        """Whether this thread is inside of a transaction: a capability of who has them."""
        return False

    def _make_claims(self) -> ClaimTable:
        """Make the table of who computes what: a capability.

        By default it is one in memory, which the threads that use this store object share.
        """
        return ProcessClaims()

    @property
    def _claims(self) -> ClaimTable:
        with self._lock:
            if self._claims_made is None:
                self._claims_made = self._make_claims()
            return self._claims_made
