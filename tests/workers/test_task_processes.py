"""Results of tasks while processes are killed, meet, or have little memory."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from propstore.errors import MissingResultError
from propstore.external import FileStorage
from propstore.workers.tasks import TaskStorage
from tests.workers.task_samples import Box, BoxSerializer

ROOT = Path(__file__).parents[2]


def worker(job: str, directory: Path, argument: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.workers.task_worker", job, str(directory), argument]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE)


@pytest.fixture
def storage(tmp_path: Path) -> TaskStorage:
    storage = TaskStorage(FileStorage(tmp_path))
    storage.register_persistent_serializers(BoxSerializer)
    return storage


def test_a_killed_save_keeps_the_previous_result_and_is_collected_later(
    storage: TaskStorage, tmp_path: Path
) -> None:
    storage.save("w", "t", Box(b"before"))
    with worker("once", tmp_path, "after") as killed:
        assert killed.wait(60) == -signal.SIGKILL
    assert storage.read_task("w", "t").data == b"before"
    assert storage.remove_leftovers() == 0  # it may be written still
    assert storage.remove_leftovers(timedelta(0)) == 1
    assert len([one for one in FileStorage(tmp_path) if "data/" in one]) == 2
    assert storage.read_task("w", "t").data == b"before"


def test_what_a_process_did_not_live_to_remove_is_collected_later(
    storage: TaskStorage, tmp_path: Path
) -> None:
    storage.save("w", "t", Box(b"before"))
    with worker("once", tmp_path, "removal") as killed:
        assert killed.wait(60) == -signal.SIGKILL
    assert storage.read_task("w", "t").data == b"removal"
    assert storage.remove_leftovers(timedelta(0)) == 1
    assert len([one for one in FileStorage(tmp_path) if "data/" in one]) == 2


def test_a_reader_sees_the_old_or_the_new_while_others_overwrite(
    storage: TaskStorage, tmp_path: Path
) -> None:
    with worker("often", tmp_path, "60") as one, worker("often", tmp_path, "60") as other:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
        seen = set()
        while one.poll() is None or other.poll() is None:
            try:
                found = storage.read_task("w", "t")
            except MissingResultError:
                assert not seen
                continue
            assert len(set(found["list"])) == 1
            assert found["box"].data == b"%d" % found["list"][0]
            seen.add(found["list"][0])
        assert one.returncode == other.returncode == 0
    assert len(seen) > 1
    # Of two who overwrite one another, each removes what it replaces.
    assert len([one for one in FileStorage(tmp_path) if "data/" in one]) == 2


def test_a_dask_array_larger_than_memory_is_saved_and_sliced(tmp_path: Path) -> None:
    pytest.importorskip("dask.array", reason="dask arrays are kept with dask")
    pytest.importorskip("zarr", reason="dask arrays are kept with zarr")
    with worker("large", tmp_path, "600") as process:
        output, _ = process.communicate(timeout=240)
    rows = 600 * 2**20 // 8000
    middle = rows // 2 * 1000.0
    assert output.splitlines() == [
        "the array does not fit into memory",
        f"{rows * 8000 // 2**20} {[middle, middle + 1, middle + 2]} {rows * 1000 - 1.0}",
    ]
