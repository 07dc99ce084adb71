"""Results of tasks on a Ray cluster that these tests start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from propstore.errors import InvalidDataError, MissingExternalResourceError, MissingResultError
from propstore.workers.tasks import RayFileStorage, TaskStorage, storage_factory
from tests.workers.task_samples import Box, BoxSerializer

ray: Any = pytest.importorskip("ray", reason="Ray is not installed: pip install 'propstore[ray]'")

ROOT = Path(__file__).parents[2]

# Ray leaves the files of the processes that it starts to the interpreter, which closes them.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning",
    "ignore:unclosed file:ResourceWarning",
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A cluster of this machine, with one processor and a disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.fspath(ROOT))  # where workers find the tests' serializers
        ray.init(
            address="local",
            num_cpus=1,
            resources={"_disk": 1},
            include_dashboard=False,
            log_to_driver=False,
            configure_logging=False,
        )
        yield
        ray.shutdown()


@pytest.fixture(params=["ray", "file"])
def storage(request: pytest.FixtureRequest, cluster: None, tmp_path: Path) -> TaskStorage:
    """A storage whose files are on the node with the disk, and one in files that all share."""
    options: dict[str, Any] = {"path": tmp_path / "storage"}
    if request.param == "ray":
        options["remoteArgs"] = {"resources": {"_disk": 0.001}}
    storage = storage_factory({"kind": request.param, "options": options})
    storage.register_persistent_serializers(BoxSerializer)
    return storage


def test_tasks_save_and_read_from_remote_workers(storage: TaskStorage) -> None:
    @ray.remote
    def double(storage: TaskStorage, name: str) -> int:
        value = storage.read_task("w", name)
        storage.save("w", f"double {name}", {"sum": value["array"].sum() * 2})
        return os.getpid()

    storage.save("w", "a", {"array": np.arange(5)})
    storage.save("w", "b", {"array": np.arange(6)})
    processes = ray.get([double.remote(storage, name) for name in ("a", "b")])
    assert os.getpid() not in processes
    assert storage.list_tasks("w", "double*") == ["double a", "double b"]
    assert storage.read_task("w", "double a") == {"sum": np.int64(20)}
    assert storage.read_task("w", "double b") == {"sum": np.int64(30)}


def test_actors_save_with_serializers(storage: TaskStorage) -> None:
    @ray.remote
    class Worker:
        def __init__(self, storage: TaskStorage) -> None:
            self.storage = storage

        def save(self, data: bytes) -> None:
            self.storage.save("w", "box", [Box(data)])

    worker = Worker.remote(storage)
    ray.get([worker.save.remote(b"one"), worker.save.remote(b"two")])
    assert storage.read_task("w", "box")[0].data == b"two"
    assert len([one for one in storage._storage if "/kept/" in one]) == 1


def test_remote_workers_see_the_same_errors(storage: TaskStorage) -> None:
    @ray.remote
    def read(storage: TaskStorage) -> str:
        try:
            storage.read_task("w", "missing")
        except MissingResultError as error:
            return str(error)
        return "found"

    storage.new_workflow("w")
    assert "the task 'missing' of the workflow 'w' has no result" in ray.get(read.remote(storage))


def test_a_dask_array_is_kept_on_the_node(storage: TaskStorage) -> None:
    da = pytest.importorskip("dask.array", reason="dask arrays are kept with dask")
    pytest.importorskip("zarr", reason="dask arrays are kept with zarr")
    from propstore.objects import DaskArraySerializer

    @ray.remote
    def total(storage: TaskStorage) -> int:
        return int(storage.read_task("w", "array").sum().compute())

    storage.register_persistent_serializers(DaskArraySerializer)
    storage.save("w", "array", da.arange(100, chunks=25))
    assert ray.get(total.remote(storage)) == 4950
    storage.remove_workflow("w")
    assert list(storage._storage) == []
    assert storage.remove_leftovers() == 0


@pytest.mark.usefixtures("cluster")
def test_only_the_node_with_the_disk_touches_the_files(tmp_path: Path) -> None:
    storage = RayFileStorage(tmp_path, {"resources": {"_disk": 0.001}})

    def fail(*arguments: Any) -> None:
        raise AssertionError("this process wrote")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("propstore.external.file.FileStorage._store_stream", fail)
        storage.store_bytes("a/b", b"bytes")
    assert (tmp_path / "a/b").read_bytes() == b"bytes"
    assert storage.load_range("a/b", 1, 2) == b"yt"
    assert storage.get_metadata("a/b").size == 5
    assert storage.get_filename("a/b") == str(tmp_path / "a/b")
    storage.store_path("a/c", tmp_path / "a/b")
    assert sorted(storage) == ["a/b", "a/c"]
    storage.delete("a/b")
    with pytest.raises(MissingExternalResourceError, match="'a/b'"):
        storage.delete("a/b")


@pytest.mark.usefixtures("cluster")
def test_an_unknown_option_is_an_error_that_lists_what_there_is() -> None:
    with pytest.raises(InvalidDataError, match="'path', 'rayInitArgs', 'remoteArgs', 'allow_pick"):
        storage_factory({"kind": "ray", "options": {"path": "x", "node": 1}})


@pytest.mark.usefixtures("cluster")
def test_a_running_cluster_is_not_started_anew(tmp_path: Path) -> None:
    options = {"path": tmp_path, "rayInitArgs": {"num_cpus": 7}}
    storage = storage_factory({"kind": "ray", "options": options})
    storage.save("w", "t", 1)
    assert ray.cluster_resources()["CPU"] == 1
