"""Killed at any moment, a store holds exactly what was acknowledged, whole."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import propstore as ps
from propstore.upkeep import collect_leftovers, repair_store, verify_store
from tests.upkeep.operations import NO_TIME, OPERATIONS, contents, files_in, make_folder
from tests.upkeep.operations import slot_contents as slots
from tests.upkeep.victims import Victims

KILLS = int(os.environ.get("PROPSTORE_KILLS", "40"))
"""How many steps are killed at, at most, and how often at random; 600 makes over 1,000 in all."""

LONGEST_LIFE = 0.1  # seconds; on an idle machine, a few operations are done in that

IN_STEPS = [name for name in OPERATIONS if name not in ("change_slots", "repair")]


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    """Count the kills of all tests, and print how many they were."""
    counted: Counter[str] = Counter()
    yield counted
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sys.stdout.write(f"\n{counted.total()} kills in all, nothing acknowledged was lost.\n")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that each victim gets a copy of."""
    folder = tmp_path_factory.mktemp("base") / "folder"
    make_folder(folder)
    return folder


def state(folder: Path) -> list:
    """Give what the stores of a folder hold, which has to be sound."""
    found = []
    for name in ("store", "new", "backup"):
        if not (folder / name / "catalog.sqlite").exists():
            found.append([])  # as good as an empty one
            continue
        with ps.open(folder / name, read_only=name == "backup") as store:
            assert list(verify_store(store)) == []
            found.append(contents(store))
    return found


def assert_tidy(folder: Path) -> None:
    """Collect what the victim has left, and see that nothing else is lost or left."""
    with ps.open(folder / "store") as store:
        before = contents(store)
        list(collect_leftovers(store, litter_older_than=NO_TIME))
        assert contents(store) == before
        assert list(verify_store(store)) == []
        assert set(store.area.locations()) == store._catalog.locations()
        assert list((folder / "store" / "staging").iterdir()) == []
        assert [path.name for path in (folder / "store" / ".propstore-tmp").rglob("*.tmp")] == []


def assert_moved_files_are_kept(folder: Path) -> None:
    """See that the files are still somewhere that were moved, by the victim or an earlier one."""
    assert {b"MOVED", b"MOVED EARLIER"} <= {path.read_bytes() for path in files_in(folder)}


def test_a_kill_at_every_step_leaves_all_of_what_was_acknowledged_and_nothing_half(
    base: Path,
    tmp_path: Path,
    victims: Victims,
    tally: Counter[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = state(base)
    steps, after = [], {}
    for operation in IN_STEPS:
        folder = tmp_path / operation
        shutil.copytree(base, folder)
        steps += [(operation, step + 1) for step in range(victims.run(operation, folder).steps)]
        after[operation] = state(folder)
    chosen = steps[:: -(-len(steps) // KILLS)]
    for operation, step in chosen:
        folder = tmp_path / f"{operation}-{step}"
        shutil.copytree(base, folder)
        outcome = victims.run(operation, folder, step)
        assert outcome.signal == signal.SIGKILL
        tally[operation] += 1
        left = state(folder)
        assert left in (before, after[operation]), (operation, step)
        assert_tidy(folder)
        assert_moved_files_are_kept(folder)
        if left == before and (folder / "to-move").exists():
            assert victims.run(operation, folder).told == ["done"]
            assert state(folder) == after[operation], (operation, step)
        shutil.rmtree(folder)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(chosen)} kills, at {len(chosen)} of the {len(steps)} steps of "
            f"{len(IN_STEPS)} operations: nothing acknowledged was lost, nothing was there half.\n"
        )


def wait_for(path: Path) -> None:
    """Wait until there is a file, and remove it."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_repair_that_is_killed_at_any_step_is_completed_by_the_next(
    base: Path,
    tmp_path: Path,
    victims: Victims,
    tally: Counter[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(base, damaged)
    before = state(damaged)
    with closing(sqlite3.connect(damaged / "store" / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE records SET temperature = 1, identity = NULL")
    shutil.copytree(damaged, tmp_path / "counted")
    steps = victims.run("repair", tmp_path / "counted").steps
    assert state(tmp_path / "counted") == before
    chosen = range(1, steps + 1, -(-steps // KILLS))
    for step in chosen:
        folder = tmp_path / str(step)
        shutil.copytree(damaged, folder)
        assert victims.run("repair", folder, step).signal == signal.SIGKILL
        tally["repair"] += 1
        repair_store(folder / "store")
        assert state(folder) == before, step
        shutil.rmtree(folder)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(chosen)} kills of a repair, each completed by the next.\n")


def test_a_kill_at_any_time_leaves_exactly_what_was_acknowledged(
    base: Path,
    tmp_path: Path,
    victims: Victims,
    tally: Counter[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, chance = tmp_path / "folder", random.Random(0)
    shutil.copytree(base, folder)
    standing: dict[str, int] = {}
    acknowledged = 0
    for number in range(KILLS):
        (folder / "acknowledged").unlink(missing_ok=True)
        process = victims.start("change_slots", folder)
        if number % 2:
            wait_for(folder / "acknowledged")
        time.sleep(chance.uniform(0, LONGEST_LIFE))
        os.kill(process, signal.SIGKILL)
        tally["change_slots"] += 1
        unsure = [standing]
        for line in victims.wait().told:
            if line == "acknowledged":
                standing, acknowledged = unsure[-1], acknowledged + 1
                unsure = [standing]
            else:
                slot, number = json.loads(line.removeprefix("begin "))
                changed = {**standing, slot: number}
                unsure.append({name: n for name, n in changed.items() if n is not None})
        with ps.open(folder / "store") as store:
            standing = slots(store)
            assert standing in unsure
            assert list(verify_store(store)) == []
    assert_tidy(folder)
    assert acknowledged >= KILLS // 2
    with capsys.disabled():
        sys.stdout.write(
            f"\n{KILLS} kills at random, {acknowledged} operations acknowledged: nothing "
            "acknowledged was lost, nothing was there half.\n"
        )
