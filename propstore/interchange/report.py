"""What an import did: how many records it added, and what it could not take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["ImportReport", "Rejection"]

ENTRIES_SHOWN = 20
"""How many rejections, or missing keys, a summary lists before it only counts them."""


@dataclass(frozen=True)
class Rejection:
    """A row or a record that was not imported.

    Attributes
    ----------
    where
        Where it stands: ``"line 17"`` of a table, or the key of a stored object.
    reason
        What is wrong with it, with the value.
    """

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {' '.join(self.reason.split())}"


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes
    ----------
    added
        How many records are in the store now and were not before.
    present
        How many the store had already, or had with as much information.
    rejected
        The rows or records that are not valid; nothing of them was stored.
    missing
        The keys that the source names and of which it has no files.
    ignored_columns
        The columns of a table that have no meaning here.
    """

    added: int = 0
    present: int = 0
    rejected: tuple[Rejection, ...] = ()
    missing: tuple[str, ...] = ()
    ignored_columns: tuple[str, ...] = ()

    def summary(self) -> str:
        """Say it in words: the numbers in one line, then what was not imported, line by line."""
        counts = f"{self.added:,} added, {self.present:,} present already"
        lines = [f"{counts}, {len(self.rejected):,} rejected, {len(self.missing):,} missing"]
        lines += _listed("rejected", self.rejected)
        lines += _listed("missing", self.missing)
        lines += _listed("columns not read", self.ignored_columns)
        return "\n".join(lines)


def _listed(title: str, entries: Iterable[object]) -> list[str]:
    shown = [f"  {entry}" for entry in entries]
    if not shown:
        return []
    if len(shown) > ENTRIES_SHOWN:
        shown[ENTRIES_SHOWN:] = [f"  and {len(shown) - ENTRIES_SHOWN:,} more"]
    return [f"{title}:", *shown]
