"""Claims among the threads of one process, for a backend that has no table of its own."""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from datetime import UTC, datetime

from propstore.sharing.bell import Bell
from propstore.sharing.claim import Claim, Holding
from propstore.sharing.owner import Owner

__all__ = ["ProcessClaims"]

_TABLES: weakref.WeakSet[ProcessClaims] = weakref.WeakSet()


class ProcessClaims:
    """A table of claims in memory.

    The threads that share one store object compute a thing once. Those that have another store
    object, in this process or elsewhere, know nothing of it, and may compute the same. A thread
    of the process can't end without letting go of its claims, so none is ever taken over.
    """

    def __init__(self) -> None:
        self.bell = Bell()
        self._tokens = itertools.count(1)
        self._renew()
        _TABLES.add(self)

    def _renew(self) -> None:
        self._lock = threading.Lock()
        self._holdings: dict[str, Holding] = {}

    def acquire(self, name: str, expiry: float, instead_of: Holding | None = None) -> Claim | None:
        """Take a claim that is free; None if another thread holds it."""
        with self._lock:
            if name in self._holdings:
                return None
            claim = Claim(name, next(self._tokens), expiry, datetime.now(UTC))
            self._holdings[name] = Holding(claim, Owner.here())
            return claim

    def inspect(self, name: str) -> Holding | None:
        """Tell who holds a claim; None if it is free."""
        with self._lock:
            return self._holdings.get(name)

    def renew(self, claim: Claim) -> bool:
        """Tell that the claim is still held; nothing need be written for that."""
        return self.is_current(claim)

    def doubt(self, holding: Holding) -> None:
        """Do nothing: a thread of this process is there for certain."""

    def is_current(self, claim: Claim) -> bool:
        """Tell whether the claim is still held."""
        holding = self.inspect(claim.name)
        return holding is not None and holding.claim == claim

    def release(self, claim: Claim) -> None:
        """Let go of a claim."""
        if self.is_current(claim):
            with self._lock:
                del self._holdings[claim.name]


def _renew_all() -> None:
    """Forget in a forked child what threads hold that only the parent has."""
    for table in list(_TABLES):
        table._renew()


os.register_at_fork(after_in_child=_renew_all)
