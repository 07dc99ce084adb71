"""Times of what is compared, taken by turns."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

__all__ = ["Spread", "by_turns", "in_rounds", "seconds", "without_garbage_collection"]

TURN = 0.01
"""Seconds that one works before it is the next one's turn: long enough for warm caches."""


@dataclass(frozen=True)
class Spread:
    """The median of some measurements, and the quartiles.

    Attributes
    ----------
    median, lower, upper
        The median, the first and the third quartile.
    samples
        How many measurements these are of.
    """

    median: float
    lower: float
    upper: float
    samples: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Give the spread of one or more values."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0], 1)
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, lower, upper, len(values))


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Collect garbage before the block and not in it, as `timeit` does."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def by_turns(
    ways: Mapping[str, Callable[[int], object]], calls: int, patience: float
) -> dict[str, Spread]:
    """Time several ways to do a thing, in turns.

    A machine that slows down then slows all of them down.

    Parameters
    ----------
    ways
        What is called with the number of the call, by the name of who does it.
    calls
        How often each is called.
    patience
        After how many seconds of its own one is called no more; but it is called once.
    """
    times: dict[str, list[float]] = {name: [] for name in ways}
    waiting = list(ways)
    with without_garbage_collection():
        while waiting:
            for name in waiting:
                _take_turn(ways[name], times[name], calls)
            waiting = [
                name for name in waiting if len(times[name]) < calls and sum(times[name]) < patience
            ]
    return {name: Spread.of(taken) for name, taken in times.items()}


def in_rounds(ways: Mapping[str, Callable[[int], object]], rounds: int) -> dict[str, list[float]]:
    """Time several ways to write, each once in a round, and first a round that does not count.

    Nothing is left to be written to the disk by what came before. Nothing is deleted between the
    rounds: ext4 is slow to make files where many have just gone.
    """
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            os.sync()
            taken = seconds(partial(way, number))
            if number:
                times[name].append(taken)
    return times


def _take_turn(way: Callable[[int], object], times: list[float], calls: int) -> None:
    end = time.perf_counter() + TURN
    while len(times) < calls:
        start = time.perf_counter()
        way(len(times))
        now = time.perf_counter()
        times.append(now - start)
        if now >= end:
            break
