"""Many processes on one store: nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import propstore as ps
from propstore.upkeep import verify_store
from tests.samples import density
from tests.upkeep.crowd import gather
from tests.upkeep.linearizable import Operation, order_of

SECONDS = float(os.environ.get("PROPSTORE_WRITING_SECONDS", "5"))


def test_sixteen_writing_processes_never_find_the_store_locked(tmp_path, capsys):
    told = gather("write_for_a_while", tmp_path, 16, SECONDS)
    keys = [key for one in told for key in one["keys"]]
    with ps.open(tmp_path / "store", read_only=True) as store:
        assert set(keys) == set(store.keys())
        identities = Counter(match.record.identity() for match in store.find(ps.StoredData))
        assert set(identities.values()) == {1}
        assert list(verify_store(store)) == []
    with capsys.disabled():
        sys.stdout.write(
            f"\n16 processes wrote for {SECONDS:g} s: {len(keys)} acknowledged writes, none lost; "
            f"the longest round of three took {max(one['longest'] for one in told):.1f} s.\n"
        )


@pytest.mark.parametrize("processes", [4, 8])
def test_processes_that_each_store_fifty_records_leave_all_of_them(tmp_path, processes):
    keys = [key for told in gather("store_fifty", tmp_path, processes) for key in told]
    with ps.open(tmp_path / "store") as store:
        assert len(set(keys)) == len(store) == 50 * processes
        assert set(store.keys()) == set(keys)


def test_eight_processes_that_store_the_same_hundred_records_leave_a_hundred(tmp_path):
    answers = gather("store_the_same_hundred", tmp_path, 8)
    with ps.open(tmp_path / "store") as store:
        assert all(keys == answers[0] for keys in answers)
        assert set(store.keys()) == set(answers[0])
        assert len(store) == 100


def test_of_four_hundred_acknowledged_writes_to_one_record_all_are_told_or_were_beaten(tmp_path):
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


def test_a_killed_writer_leaves_no_lock_that_holds_up_the_next(tmp_path):
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


def test_reads_and_writes_of_one_record_by_eight_processes_are_linearizable(tmp_path):
    told = gather("read_and_improve", tmp_path, 8, 8)
    operations = [Operation(*one) for operations in told for one in operations]
    assert len(operations) == 400
    assert order_of(operations) is not None


def test_the_checker_finds_the_order_of_a_history_that_has_one():
    history = [
        Operation("write", 5.0, 0, 10),
        Operation("read", None, 1, 2),
        Operation("read", 5.0, 3, 4),
        Operation("write", 7.0, 5, 6),
        Operation("read", 5.0, 7, 8),
    ]
    values = [one.value for one in order_of(history)]
    assert values.index(None) < values.index(5.0) < values.index(7.0)


@pytest.mark.parametrize(
    "history",
    [
        [("write", 5.0, 0, 1), ("read", None, 2, 3)],  # an acknowledged write that is not seen
        [("write", 5.0, 0, 9), ("read", 5.0, 1, 2), ("read", None, 3, 4)],  # seen, then not
        [("write", 5.0, 0, 1), ("write", 4.0, 2, 3), ("read", 5.0, 4, 5)],  # an old value
        [("write", 5.0, 0, 1), ("read", 3.0, 2, 3)],  # a value that nobody wrote
    ],
)
def test_the_checker_refuses_a_history_that_has_none(history):
    assert order_of([Operation(*one) for one in history]) is None
