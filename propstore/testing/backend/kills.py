"""The part of the suite of storage backends that kills writing processes."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from propstore.backends import StorageBackend
from propstore.model import StoredData, StoredSimulationData
from propstore.testing.backend.files import files_of
from propstore.testing.backend.processes import SPAWN, Opener
from propstore.testing.backend.under_test import BackendUnderTest, needs, retrieved
from propstore.testing.samples import box, box_files, density, tree

__all__ = ["KillsSuite"]

KILLS = int(os.environ.get("PROPSTORE_KILLS", "4"))


class KillsSuite(BackendUnderTest):
    """What was acknowledged survives a kill; what was not is there whole or not at all."""

    @needs("survives_kills")
    def test_what_was_acknowledged_is_there_after_a_kill_and_nothing_half(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files", "ATOM" * 10000)
        opener = self.opener(store)
        store.close()
        acknowledged: set[str] = set()
        best = float("inf")
        for number in range(KILLS):
            for key, value in acknowledged_until_killed(opener, files, number):
                acknowledged.add(key)
                best = min(best, value)
            with opener() as opened:
                check_after_kill(opened, acknowledged, best, files)
                self.check(opened)
        assert len(acknowledged) > KILLS


def check_after_kill(
    store: StorageBackend, acknowledged: set[str], best: float, files: Path
) -> None:
    """Look at everything that is in the store, and write to it."""
    assert acknowledged <= set(store.keys())
    (kept,) = store.find(StoredSimulationData)
    assert kept.record.statistical_inefficiency <= best
    assert tree(files_of(store, kept.key)) == tree(files)
    assert all(retrieved(store, key, StoredData) for key in acknowledged)
    assert store.store_object(density("150 K")) in store


def acknowledged_until_killed(
    opener: Opener, files: Path, number: int
) -> Iterator[tuple[str, float]]:
    """Let a process store, kill it, and give what it had said was stored."""
    receiver, sender = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=store_without_end, args=(opener, files, number, sender))
    process.start()
    sender.close()
    try:
        for _ in range(2):
            yield receiver.recv()
        time.sleep(0.003 * (number % 20))
        process.kill()
        while True:
            yield receiver.recv()
    except (EOFError, OSError):
        return  # the process has ended, perhaps in the middle of a message
    finally:
        process.kill()
        process.join()
        receiver.close()


def store_without_end(opener: Opener, files: Path, number: int, sender: Connection) -> None:
    """Store records and ever better boxes, and say what was stored."""
    store = opener()
    for i in count():
        if i % 3:
            record = density(f"{200 + number + i / 1000} K")
            sender.send((store.store_object(record), float("inf")))
        else:
            value = 10.0 / (1 + i + 100 * number)
            sender.send((store.store_object(box(value), files), value))
