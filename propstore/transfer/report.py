"""What a transfer did, and in what two stores differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

__all__ = ["Conflict", "StoreDifference", "TransferReport"]

CONFLICTS_SHOWN = 20
"""How many conflicts a summary lists before it only counts them."""


class Conflict(NamedTuple):
    """A record that is not in the other store as it is, since that has another in its place.

    Attributes
    ----------
    key
        The key of the record in the store that it comes from.
    other_key
        The key of the record in the store that it goes to, which stays.
    reason
        In what the two differ.
    """

    key: str
    other_key: str
    reason: str

    def __str__(self) -> str:
        under = "" if self.key == self.other_key else f" (there {self.other_key})"
        return f"{self.key}{under}: {self.reason}"


class StoreDifference(NamedTuple):
    """A record in which two stores differ.

    Attributes
    ----------
    kind
        Whether only the first store has it, only the second, or both with another content.
    key
        Its key: that in the first store if both have it.
    reason
        In what the two differ; empty if only one has it.
    """

    kind: Literal["only in the first", "only in the second", "different"]
    key: str
    reason: str = ""


@dataclass(frozen=True)
class TransferReport:
    """What became of the records of one store in another; each is counted once.

    Attributes
    ----------
    added
        How many were not there, and are now.
    present
        How many were there already, just as they are.
    replaced
        How many took the place of one that had less information; that is kept in the history.
    outdone
        How many were left, since the one that was there has more information.
    removed
        How many were removed from where they come from while they were copied.
    conflicts
        Those that differ from what is there without it being told which has more information.
        What was there stays; nothing of the record is there.
    renamed
        The keys of records that stand under another key there, as their identity was there before
        them, with that key. Records that name the one are made to name the other.
    """

    added: int = 0
    present: int = 0
    replaced: int = 0
    outdone: int = 0
    removed: int = 0
    conflicts: tuple[Conflict, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def total(self) -> int:
        """How many records the transfer was about."""
        counted = self.added + self.present + self.replaced + self.outdone + self.removed
        return counted + len(self.conflicts)

    def summary(self) -> str:
        """Say it in words: the numbers in one line, then the conflicts, line by line."""
        counts = [
            f"{self.added:,} added",
            f"{self.present:,} present already",
            f"{self.replaced:,} replaced",
            f"{len(self.conflicts):,} in conflict",
        ]
        if self.outdone:
            counts.insert(3, f"{self.outdone:,} outdone by what is there")
        if self.removed:
            counts.append(f"{self.removed:,} removed meanwhile")
        lines = [", ".join(counts)]
        if self.renamed:
            lines.append(f"{len(self.renamed):,} under another key, which they had there before")
        lines += [f"  {conflict}" for conflict in self.conflicts[:CONFLICTS_SHOWN]]
        if len(self.conflicts) > CONFLICTS_SHOWN:
            lines.append(f"  and {len(self.conflicts) - CONFLICTS_SHOWN:,} more")
        return "\n".join(lines)
