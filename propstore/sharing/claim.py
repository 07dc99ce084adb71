"""Claims: who may compute a result, told by a number that only grows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from propstore.sharing.bell import Bell
from propstore.sharing.owner import Owner

__all__ = ["Claim", "ClaimTable", "Holding"]


@dataclass(frozen=True)
class Claim:
    """The right to compute one result and to store it.

    Attributes
    ----------
    name
        What is computed, as a digest.
    token
        The fencing token: it is larger than that of every earlier claim of the table. Who has an
        older one than the table was overtaken, and can't store.
    expiry
        For how many seconds the holder may show no sign of life before another takes over.
    since
        When it was taken, by the holder's clock: for people only, nothing is decided by it.
    """

    name: str
    token: int
    expiry: float
    since: datetime


@dataclass(frozen=True)
class Holding:
    """What a table says of a claim that someone holds.

    Attributes
    ----------
    claim
        The claim.
    owner
        Who holds it.
    beats
        How many signs of life the holder has given.
    is_doubted
        Whether someone has missed them for half of the expiry, and written so; the next sign of
        life clears it.
    """

    claim: Claim
    owner: Owner
    beats: int = 0
    is_doubted: bool = False

    def __str__(self) -> str:
        return f"{self.owner} since {self.claim.since:%Y-%m-%d %H:%M:%S} UTC"


class ClaimTable(Protocol):
    """Where the claims of a store are; each method is one step that nothing comes between."""

    @property
    def bell(self) -> Bell:
        """What is rung when a claim was released by this process."""

    def acquire(self, name: str, expiry: float, instead_of: Holding | None = None) -> Claim | None:
        """Take a claim that is free, or that is held just as it was seen to be.

        Parameters
        ----------
        name
            What is to be computed.
        expiry
            For how many seconds there may be no sign of life.
        instead_of
            What is taken over, if it is still like this: the same token, with no beat since.

        Returns
        -------
        Claim or None
            None if another holds it.
        """

    def inspect(self, name: str) -> Holding | None:
        """Tell who holds a claim; None if it is free. Takes no lock that others would wait for."""

    def renew(self, claim: Claim) -> bool:
        """Give a sign of life; False if another has taken over."""

    def doubt(self, holding: Holding) -> None:
        """Write that there was no sign of life for long, unless there is one by now."""

    def is_current(self, claim: Claim) -> bool:
        """Tell whether nobody has taken over.

        Asked within the transaction that stores the result, it holds until that is committed.
        """

    def release(self, claim: Claim) -> None:
        """Let go of a claim; nothing happens if another has taken over."""
