"""Processes that are killed leave content without a manifest, and never the other way round."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import propstore as ps
from propstore.objects import Contents, FileContentStorage
from propstore.workers import (
    ContentManifest,
    Loader,
    list_orphans,
    load_one,
    remove_orphans,
    save_one,
)
from tests.external.interpreter import start_python

WORKER = Path(__file__).with_name("content_worker.py")
KILLS = 5
LONGEST_LIFE = 0.2  # seconds after the first save; some ten saves
CHURNING = 2  # seconds


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ps.StorageBackend]:
    with ps.open(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def contents(tmp_path: Path) -> Contents:
    return Contents(FileContentStorage(tmp_path / "contents"))


def run(*arguments: object) -> int:
    with start_python(WORKER, *arguments) as process:
        return process.wait()


def kept(tmp_path: Path) -> set[str]:
    files = (tmp_path / "contents" / "sha256").rglob("*")
    return {path.name for path in files if path.is_file()}


def test_a_saver_that_is_killed_before_it_records_leaves_orphans_only(
    tmp_path: Path, store: ps.StorageBackend, contents: Contents
) -> None:
    assert run("save", tmp_path, 3) == -signal.SIGKILL
    assert len(store) == 0
    orphans = asyncio.run(list_orphans(store, contents))
    locations = {json.loads(orphan.storage_data)["location"] for orphan in orphans}
    assert {location.split("/")[-1] for location in locations} == kept(tmp_path) != set()
    assert asyncio.run(remove_orphans(orphans, store, contents)) == len(orphans)
    assert kept(tmp_path) == set()


def test_a_removal_that_is_killed_before_it_frees_the_content_leaves_an_orphan(
    tmp_path: Path, store: ps.StorageBackend, contents: Contents
) -> None:
    asyncio.run(save_one("text", store, contents))
    assert run("remove", tmp_path) == -signal.SIGKILL
    assert len(store) == 0
    assert len(asyncio.run(list_orphans(store, contents))) == 1


def test_what_was_acknowledged_can_be_loaded_whenever_the_saver_is_killed(
    tmp_path: Path, store: ps.StorageBackend, contents: Contents
) -> None:
    chance = random.Random(0)
    acknowledged = []
    for _ in range(KILLS):
        with start_python(WORKER, "save_forever", tmp_path) as process:
            assert process.stdout is not None
            acknowledged.append(process.stdout.readline().strip())
            time.sleep(chance.uniform(0, LONGEST_LIFE))
            process.kill()
            lines = process.stdout.read().split("\n")
        acknowledged += lines[:-1]  # what follows the last newline may be cut
    assert set(acknowledged) <= set(store.keys(ContentManifest))

    async def load_all() -> list[int]:
        async with Loader(store, contents) as loader:
            for key in store.keys(ContentManifest):
                loader.load_soon(key)
        return loader.values

    assert set(asyncio.run(load_all())) >= {0}


def test_processes_that_save_and_remove_the_same_content_never_lose_what_is_recorded(
    tmp_path: Path, store: ps.StorageBackend, contents: Contents
) -> None:
    processes = [start_python(WORKER, "churn", tmp_path, CHURNING) for _ in range(2)]
    rounds = []
    for process in processes:
        with process:
            output = process.communicate()[0]
        assert process.returncode == 0
        rounds.append(int(output))
    assert min(rounds) > 3
    assert kept(tmp_path) == set()
    key = asyncio.run(save_one("a", store, contents))
    assert asyncio.run(load_one(key, store, contents)) == "a"
