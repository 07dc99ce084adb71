"""Many processes that ask for the same results at the same time."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import BrokenBarrierError

from benchmarks.asking import Asking
from benchmarks.progress import progress
from benchmarks.scale import Scale
from benchmarks.tables import Remark, Table

__all__ = ["WrongResultError", "run"]

PEERS = {
    "propstore_results": ("ComputeOnce", "CachedFunction", "Ensure"),
    "joblib_results": ("JoblibResults",),
    "diskcache_results": ("DiskcacheMemoize", "DiskcacheLock"),
    "signac_results": ("SignacResults",),
}
WARM = 20
"""How many times as long as one calculation the results are asked for that are there."""

ROUNDS = 3
START = 100.0
"""Seconds after which a process that does not come is not waited for."""


_barrier: Barrier


class WrongResultError(AssertionError):
    """A contender gives another result than the one that was calculated."""


class ContenderFailedError(Exception):
    """A contender raised an error in one of the processes."""


@dataclass(frozen=True)
class Task:
    """What a process has to do.

    Attributes
    ----------
    module, contender
        Where the contender is, and its name.
    directory
        The directory that all processes share.
    results, calculation
        How many results there are, and how many seconds one takes.
    warm
        For how many seconds results are asked for that are there.
    """

    module: str
    contender: str
    directory: Path
    results: int
    calculation: float
    warm: float


@dataclass(frozen=True)
class Report:
    """What a process has done: when it began and ended, and how many hits it had a second."""

    start: float
    end: float
    hits: float


def run(scale: Scale) -> Iterator[Table]:
    """Measure each contender."""
    title = (
        f"Workers: {scale.processes} processes ask for the same {scale.results} results, "
        f"{scale.calculation * 1e3:.0f} ms each"
    )
    table = Table(
        "workers", title, "ideal", {"calculations": "", "wall time": "s", "warm hits": "/s"}
    )
    table.add("ideal", "calculations", [scale.results])
    ideal = scale.results * scale.calculation / scale.processes
    table.add("ideal", "wall time", [ideal])
    table.add("ideal", "warm hits", Remark(""))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.peers.propstore_results"])
    for module, names in PEERS.items():
        for name in names:
            _measure(table, context, module, name, scale)
    yield table


def _measure(
    table: Table, context: ForkServerContext, module: str, name: str, scale: Scale
) -> None:
    try:
        contender = _contender(module, name)
    except ImportError as error:
        progress(f"{module}: {error}")
        return
    progress(contender.name)
    rounds = []
    for _ in range(min(ROUNDS, scale.repeats)):
        try:
            rounds.append(_round(context, module, name, scale))
        except ContenderFailedError as error:
            for column in table.units:
                table.add(contender.name, column, Remark(f"failed: {error}"))
            return
    for column, values in zip(table.units, zip(*rounds, strict=True), strict=True):
        table.add(contender.name, column, values)


def _round(
    context: ForkServerContext, module: str, name: str, scale: Scale
) -> tuple[float, float, float]:
    """Give the number of calculations, the wall time, and the hits a second."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        warm = WARM * scale.calculation
        task = Task(module, name, directory / "kept", scale.results, scale.calculation, warm)
        task.directory.mkdir()
        _contender(module, name).prepare(task.directory)
        barrier = context.Barrier(scale.processes)
        with ProcessPoolExecutor(
            scale.processes, context, initializer=share, initargs=(barrier,)
        ) as pool:
            reports = _gathered([pool.submit(work, task, n) for n in range(scale.processes)])
        calculations = (directory / "calculations").stat().st_size
    wall = max(one.end for one in reports) - min(one.start for one in reports)
    return calculations, wall, sum(one.hits for one in reports)


def _gathered(futures: list[Future[Report]]) -> list[Report]:
    """Give the reports, or tell what ended one of the processes."""
    errors = [error for future in futures if (error := future.exception()) is not None]
    first = next((error for error in errors if not isinstance(error, BrokenBarrierError)), None)
    if isinstance(first, WrongResultError):
        raise first
    if errors:
        raise ContenderFailedError(repr(first)) from first
    return [future.result() for future in futures]


def _contender(module: str, name: str) -> type[Asking]:
    contender: type[Asking] = getattr(importlib.import_module(f"benchmarks.peers.{module}"), name)
    return contender


def density(number: int) -> float:
    """Give the result that is right."""
    return 900.0 + number / 8


def share(barrier: Barrier) -> None:
    """Tell a process of the barrier that all of them wait at."""
    global _barrier
    _barrier = barrier


def work(task: Task, number: int) -> Report:
    """Ask for all results in an order of one's own, and then again for as long as is told."""

    def calculate(one: int) -> float:
        log = os.open(
            task.directory.parent / "calculations", os.O_CREAT | os.O_APPEND | os.O_WRONLY
        )
        os.write(log, b".")
        os.close(log)
        time.sleep(task.calculation)
        return density(one)

    with ExitStack() as others:
        others.callback(_barrier.abort)  # who waits for this process is told that it failed
        asking = _contender(task.module, task.contender)(task.directory, calculate)
        order = list(range(task.results))
        random.Random(number).shuffle(order)
        _barrier.wait(START)
        start = time.monotonic()
        found = asking.ask_all(order)
        end = time.monotonic()
        if found != [density(one) for one in order]:
            raise WrongResultError(f"{asking.name} gave {found} for {order}.")
        _barrier.wait(START)
        others.pop_all()
    return Report(start, end, _hits(asking, order, task.warm))


def _hits(asking: Asking, order: list[int], duration: float) -> float:
    """Give how many results a second one process has that are there."""
    start, count = time.monotonic(), 0
    while (now := time.monotonic()) < start + duration:
        asking.ask(order[count % len(order)])
        count += 1
    return count / (now - start)
