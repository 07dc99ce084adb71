"""``propstore history`` and ``propstore revert``."""

from __future__ import annotations

from pathlib import Path

import pytest

import propstore as ps
from tests.cli.sample_store import Run
from tests.samples import box, box_files


@pytest.fixture
def key(folder: Path) -> str:
    """Give the key of a record that took the place of another."""
    with ps.open(folder / "propstore-data") as store:
        store.store_object(box(2.0), box_files(folder / "old", "OLD"))
        return store.store_object(box(1.0), box_files(folder / "new", "NEW"))


def test_the_history_tells_each_generation_when_it_was_replaced_and_why(run: Run, key: str) -> None:
    title, first, last = run("history", key[:8]).stdout.splitlines()
    assert title.split() == ["Generation", "Value", "Files", "Replaced", "Why"]
    assert first.split()[0] == "0"
    assert "statistical_inefficiency 2.0 → 1.0" in first
    assert last.split() == ["1", "2", "stands"]


def test_a_replacement_is_undone_and_done_again(run: Run, key: str, folder: Path) -> None:
    assert run("revert", key[:8]).stdout == (
        f"Generation 0 of {key} stands again, as generation 2.\n"
    )
    with ps.open(folder / "propstore-data") as store:
        assert store.retrieve_object(key)[0] == box(2.0)
    run("revert", key, "--generation", "1")
    with ps.open(folder / "propstore-data") as store:
        assert store.retrieve_object(key)[0] == box(1.0)


def test_a_record_without_a_past_is_not_reverted(run: Run, store: Path) -> None:
    with ps.open(store) as opened:
        key = opened.keys()[0]
    result = run("revert", key)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"propstore: {key} has no earlier generation.\n"


def test_a_generation_that_is_not_there_is_an_error_that_names_those_that_are(
    run: Run, key: str
) -> None:
    result = run("revert", key, "-g", "7")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no generation 7; there are: 0, 1" in result.stderr
