"""Filling the stores of all contenders with the same records, by turns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.contender import Contender
from benchmarks.measuring import without_garbage_collection
from benchmarks.progress import progress
from benchmarks.records import Entry, entries

__all__ = ["BATCH", "Filled", "fill"]

BATCH = 500


@dataclass
class Filled:
    """A contender, and the records that it was filled with.

    Attributes
    ----------
    contender
        The contender, which is open.
    keys
        The key of each record, by its number.
    times
        Seconds a record, of each batch.
    seconds
        Seconds of all batches.
    is_complete
        Whether all records are stored.
    """

    contender: Contender
    keys: list[Any] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    is_complete: bool = False

    def store(self, batch: Sequence[Entry]) -> None:
        """Store a batch."""
        prepared = self.contender.prepare(batch)
        start = time.perf_counter()
        keys = self.contender.store_batch(prepared)
        taken = time.perf_counter() - start
        self.keys.extend(keys)
        self.times.append(taken / len(batch))
        self.seconds += taken

    def is_hopeless(self, count: int, patience: float) -> bool:
        """Tell whether all records would take longer than one is willing to wait."""
        predicted = self.seconds / len(self.keys) * count
        return predicted > patience and self.seconds > patience / 4


def fill(
    contenders: Sequence[type[Contender]], count: int, patience: float, root: Path
) -> list[Filled]:
    """Fill the store of each contender with so many records.

    Parameters
    ----------
    contenders
        Whose stores are filled.
    count
        How many records there are to be.
    patience
        Seconds that one may take; who would take longer is stopped after a quarter of them.
    root
        Where the directories of the contenders are made.
    """
    filled = [_begin(contender, root) for contender in contenders]
    waiting = filled
    with without_garbage_collection():  # once: of those in memory, it takes a second by then
        for start in range(0, count, BATCH):
            batch = list(entries(start, min(start + BATCH, count)))
            for one in waiting:
                one.store(batch)
            waiting = [one for one in waiting if not one.is_hopeless(count, patience)]
            if (start // BATCH + 1) % 20 == 0:
                progress(f"{count:,}: {start + BATCH:,} stored by {len(waiting)} contenders")
    for one in waiting:
        one.is_complete = True
    return filled


def _begin(contender: type[Contender], root: Path) -> Filled:
    directory = root / contender.__name__
    directory.mkdir()
    made = contender(directory)
    made.open()
    return Filled(made)
