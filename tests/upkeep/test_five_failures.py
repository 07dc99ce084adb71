"""Five failures that were seen in other tools; benchmarks/loss.py shows them there."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

import propstore as ps
from propstore.upkeep import verify_store
from tests.samples import density
from tests.upkeep.crowd import gather


def test_eight_cold_callers_compute_the_same_result_once_and_not_eight_times(tmp_path):
    values = gather("ask_for_one_result", tmp_path, 8)
    assert len(values) == 8
    assert len(set(values)) == 1
    assert (tmp_path / "calculations").read_text().splitlines() == ["computed"]


@pytest.mark.parametrize("processes", [4, 8])
def test_processes_that_each_store_fifty_records_leave_all_of_them_visible(tmp_path, processes):
    keys = [key for told in gather("store_fifty", tmp_path, processes) for key in told]
    with ps.open(tmp_path / "store") as store:
        assert len(set(keys)) == len(store) == 50 * processes
        assert set(store.keys()) == set(keys)


@pytest.mark.parametrize("objects", ["one store object", "one each"])
def test_eight_threads_that_store_the_same_hundred_objects_leave_a_hundred_keys(tmp_path, objects):
    with ps.open(tmp_path / "store") as store:
        begin = Barrier(8)

        def store_all(number: int) -> list[str]:
            own = store if objects == "one store object" else ps.open(tmp_path / "store")
            begin.wait(60)
            return [own.store_object(density(f"{300 + i / 10} K")) for i in range(100)]

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(store_all, range(8)))
        assert all(keys == answers[0] for keys in answers)
        assert len(store) == len(set(answers[0])) == 100
        assert list(verify_store(store)) == []


def test_eight_processes_that_store_the_same_hundred_records_leave_a_hundred(tmp_path):
    answers = gather("store_the_same_hundred", tmp_path, 8)
    with ps.open(tmp_path / "store") as store:
        assert all(keys == answers[0] for keys in answers)
        assert set(store.keys()) == set(answers[0])
        assert len(store) == 100


def test_of_four_hundred_acknowledged_writes_to_one_record_none_is_lost(tmp_path):
    acknowledged = [
        value for told in gather("improve_one_record", tmp_path, 8, 8) for value in told
    ]
    assert len(acknowledged) == 400
    with ps.open(tmp_path / "store") as store:
        (key,) = store.keys()
        values = [one.record.statistical_inefficiency for one in store.history(key)]
    # Each generation has more information than the one before; what was not kept had less.
    assert values == sorted(set(values), reverse=True)
    assert set(values) <= set(acknowledged)
    assert values[-1] == min(acknowledged)


HOLDER = """
import os, signal, sys
import propstore as ps
from filelock import FileLock
from tests.samples import density

store = ps.open(sys.argv[1])
with FileLock(sys.argv[1] + "/catalog.sqlite.lock"), store.batch():
    store.store_object(density("310 K"))
    print(flush=True)
    signal.pause()
"""


def test_a_writer_that_is_killed_leaves_no_lock_that_blocks_the_next(tmp_path):
    root = tmp_path / "store"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as holder:
        holder.stdout.readline()
        holder.send_signal(signal.SIGKILL)
    started = time.monotonic()
    with ps.open(root) as store:
        store.store_object(density("300 K"))
        assert len(store) == 1
    assert time.monotonic() - started < 5
