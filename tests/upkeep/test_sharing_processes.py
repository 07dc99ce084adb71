"""Many processes on one store: nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import os
import sys
from collections import Counter

import pytest

import propstore as ps
from propstore.upkeep import verify_store
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
