"""The worker processes of the demonstration."""

from __future__ import annotations

import multiprocessing
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

from propstore.backends import open_store
from propstore.demo.calculation import all_calculations
from propstore.errors import PropstoreError

__all__ = ["WORKERS", "Tally", "run_workers"]

WORKERS = 4


class Tally(NamedTuple):
    """How many answers a worker found in the store, and how many it computed."""

    found: int = 0
    computed: int = 0

    @property
    def asked(self) -> int:
        """How many there were in all."""
        return self.found + self.computed


def run_workers(place: str, progress: Callable[[list[Tally]], None]) -> list[Tally]:
    """Let all workers go through all calculations at the same time.

    Parameters
    ----------
    place
        The folder of the store that they share.
    progress
        Called with the tallies of all workers so far, now and then.

    Returns
    -------
    list of Tally
        One for each worker.

    Raises
    ------
    PropstoreError, OSError
        If a worker could not go on.
    ChildProcessError
        If a worker was killed.
    """
    with _started_workers(place) as workers:
        tallies = dict.fromkeys(workers, Tally())
        running = list(workers)
        while running:
            ready = wait(running)
            for connection in [one for one in running if one in ready]:
                tally = _next_tally(connection, workers[connection])
                if tally is None:
                    running.remove(connection)
                else:
                    tallies[connection] = tally
            progress(list(tallies.values()))
    return list(tallies.values())


def _next_tally(connection: Connection, worker: BaseProcess) -> Tally | None:
    """Receive a tally; None if the worker is done."""
    try:
        message = connection.recv()
    except (EOFError, OSError):  # the latter if it was killed while it sent
        worker.join()
        if worker.exitcode:
            raise ChildProcessError(f"{worker.name} ended with code {worker.exitcode}.") from None
        return None
    if isinstance(message, Exception):
        raise message
    assert isinstance(message, Tally)
    return message


@contextmanager
def _started_workers(place: str) -> Iterator[dict[Connection, BaseProcess]]:
    """Start the workers, and end those that are still at work when the block ends."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(WORKERS)
    workers: dict[Connection, BaseProcess] = {}
    try:
        with _interrupts_held_back():
            for number in range(1, WORKERS + 1):
                receiving, sending = context.Pipe(duplex=False)
                worker: BaseProcess = context.Process(
                    target=_work,
                    args=(place, number, barrier, sending),
                    name=f"worker {number}",
                    daemon=True,
                )
                worker.start()
                sending.close()
                workers[receiving] = worker
        yield workers
    finally:
        for connection, worker in workers.items():
            worker.terminate()
            worker.join()
            connection.close()


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let Ctrl-C wait.

    A process inherits this when it is started, and keeps it: Ctrl-C is for the parent, which then
    ends its workers.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _work(place: str, number: int, barrier: Barrier, connection: Connection) -> None:
    """Go through all calculations in an order of one's own; compute what the store does not have.

    Begins when all workers are there. Sends the tally after each calculation, and the error if one
    ends the work.
    """
    calculations = all_calculations()
    random.Random(number).shuffle(calculations)
    tally = Tally()
    try:
        with open_store(place) as store:
            barrier.wait()
            for calculation in calculations:
                if store.query(calculation.query):
                    tally = tally._replace(found=tally.found + 1)
                else:
                    store.store_object(calculation.compute(), tags={"worker": str(number)})
                    tally = tally._replace(computed=tally.computed + 1)
                connection.send(tally)
    except (PropstoreError, OSError) as error:
        connection.send(error)
