"""What serializers keep of results: any objects, and dask arrays chunk by chunk."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from propstore.errors import (
    CorruptResultError,
    MissingExternalResourceError,
    SerializationError,
    UnregisteredError,
)
from propstore.external import FileStorage, MemoryStorage
from propstore.workers.tasks import FILE_PROTOCOL, S3_PROTOCOL, TaskStorage, storage_factory
from tests.s3_server import S3
from tests.workers.task_samples import (
    ArrayOnlySerializer,
    Box,
    BoxSerializer,
    FailingSerializer,
    ObjectSerializer,
)

da = pytest.importorskip("dask.array", reason="dask arrays are kept with dask")
pytest.importorskip("zarr", reason="dask arrays are kept with zarr")

from propstore.objects import DaskArraySerializer  # noqa: E402


def s3_storage(s3: S3) -> TaskStorage:
    path = f"s3://{s3.bucket}/{uuid4().hex}"
    return storage_factory({"kind": "s3", "options": {"path": path, "s3": s3.options}})


@pytest.fixture(params=["memory", "file", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> TaskStorage:
    """A storage of each kind, with a serializer of boxes and that of dask arrays."""
    if request.param == "s3":
        storage = s3_storage(request.getfixturevalue("s3"))
    else:
        options = {"path": tmp_path / "storage"} if request.param == "file" else {}
        storage = storage_factory({"kind": request.param, "options": options})
    storage.register_persistent_serializers(BoxSerializer, DaskArraySerializer)
    return storage


@pytest.fixture
def arrays() -> ArrayOnlySerializer:
    return ArrayOnlySerializer()


def kept(storage: TaskStorage) -> list[str]:
    """Give the locations of what serializers have written."""
    return [one for one in storage._storage if "/kept/" in one]


def test_an_object_is_kept_wherever_it_is_in_a_value(storage: TaskStorage) -> None:
    box = Box(b"large" * 1000)
    storage.save("w", "t", {"nested": [(box, 1), {"again": box}], "other": Box(b"small")})
    assert len(kept(storage)) == 2
    found = storage.read_task("w", "t")
    assert found["nested"][0][0].data == b"large" * 1000
    assert found["nested"][1]["again"].data == b"large" * 1000
    assert found["other"].data == b"small"


def test_a_result_may_be_such_an_object(storage: TaskStorage) -> None:
    storage.save("w", "t", Box(b"large"))
    assert storage.read_task("w", "t").data == b"large"


def test_a_pickle_may_hold_such_objects(tmp_path: Path) -> None:
    storage = TaskStorage(FileStorage(tmp_path), allow_pickle=True)
    storage.register_persistent_serializers(BoxSerializer)
    storage.save("w", "t", {"function": open, "box": Box(b"large")})
    assert len(kept(storage)) == 1
    assert storage.read_task("w", "t")["box"].data == b"large"
    storage.remove_task("w", "t")
    assert kept(storage) == []


def test_overwriting_removes_what_was_kept(storage: TaskStorage) -> None:
    storage.save("w", "t", [Box(b"1"), da.arange(10, chunks=5)])
    before = kept(storage)
    storage.save("w", "t", [Box(b"2"), da.arange(10, chunks=5)])
    assert len(kept(storage)) == len(before)
    assert not set(before) & set(kept(storage))
    storage.save("w", "t", 3)
    assert kept(storage) == []


def test_removing_removes_what_was_kept(storage: TaskStorage) -> None:
    for name in ("a", "b", "c"):
        storage.save("w", name, [Box(b"1"), da.arange(10, chunks=5)])
    storage.remove_task("w", "a")
    storage.remove_task("w", pattern="b")
    assert len(kept(storage)) == 4
    storage.remove_workflow("w")
    assert list(storage._storage) == []


def test_serializers_may_be_for_what_propstore_keeps_itself(arrays: ArrayOnlySerializer) -> None:
    storage = storage_factory({"kind": "memory"})
    storage.register_persistent_serializers(arrays)
    storage.save("w", "plain", np.arange(5))
    # A number that JSON hasn't lets the value be packed twice.
    storage.save("w", "nested", {"inf": float("inf"), "array": np.arange(5)})
    assert arrays.written == 2
    assert np.array_equal(storage.read_task("w", "plain"), np.arange(5))
    assert np.array_equal(storage.read_task("w", "nested")["array"], np.arange(5))
    storage.remove_task("w", "plain")
    assert len(arrays.removed) == 1
    assert len(kept(storage)) == 1  # what a serializer leaves behind is removed as well


def test_a_failing_serializer_leaves_the_previous_result_and_nothing_else(
    storage: TaskStorage,
) -> None:
    storage.save("w", "t", Box(b"before"))
    there = sorted(storage._storage)
    failing = TaskStorage(storage._storage)
    failing.register_persistent_serializers(FailingSerializer)
    with pytest.raises(OSError, match="the disk is full"):
        failing.save("w", "t", [1, Box(b"after")])
    assert sorted(storage._storage) == there
    assert storage.read_task("w", "t").data == b"before"


def test_an_array_that_fails_while_it_is_computed_leaves_the_previous_result(
    storage: TaskStorage,
) -> None:
    def fail(block: Any, block_info: Any = None) -> Any:
        if block_info[0]["chunk-location"] == (3,):
            raise ArithmeticError("no convergence")
        return block

    storage.save("w", "t", da.arange(10, chunks=2))
    there = sorted(storage._storage)
    with pytest.raises(ArithmeticError, match="no convergence"):
        storage.save("w", "t", da.arange(10, chunks=2).map_blocks(fail, dtype="i8"))
    assert sorted(storage._storage) == there
    assert storage.read_task("w", "t").sum().compute() == 45


def test_reading_without_the_serializer_is_an_error_that_names_it(storage: TaskStorage) -> None:
    storage.save("w", "t", Box(b"large"))
    other = TaskStorage(storage._storage)
    with pytest.raises(UnregisteredError, match="the serializer 'box' keeps, and registered are n"):
        other.read_task("w", "t")
    other.remove_task("w", "t")
    assert kept(storage) == []


def test_a_kept_object_that_is_gone_is_reported(storage: TaskStorage) -> None:
    storage.save("w", "t", Box(b"large"))
    storage._storage.delete(*kept(storage))
    with pytest.raises(CorruptResultError, match="a part is gone"):
        storage.read_task("w", "t")


def test_a_result_whose_kept_object_is_gone_can_be_replaced_and_removed(
    storage: TaskStorage,
) -> None:
    for replace in (True, False):
        storage.save("w", "t", Box(b"large"))
        storage._storage.delete(*kept(storage))
        if replace:
            storage.save("w", "t", 5)
            assert storage.read_task("w", "t") == 5
        storage.remove_task("w", "t")
        assert [one for one in storage._storage if "data/" in one] == []


@pytest.mark.parametrize("undo", ["save", "remove_task", "remove_workflow"])
def test_a_serializer_that_fails_to_remove_stops_nothing(storage: TaskStorage, undo: str) -> None:
    class Clinging(BoxSerializer):
        @classmethod
        def remove(cls, pid: tuple[str, str], protocols: dict[str, Any]) -> None:
            raise RuntimeError("it is in use")

    storage.register_persistent_serializers(Clinging)
    storage.save("w", "t", Box(b"old"))
    arguments = {"save": ("t", "new"), "remove_task": ("t",)}.get(undo, ())
    with pytest.warns(RuntimeWarning, match="'box' could not remove .* 't' .*it is in use"):
        getattr(storage, undo)("w", *arguments)
    assert kept(storage) == []
    assert storage.file_exists("w", "t") == (undo == "save")


def test_a_save_outlives_the_removal_of_its_workflow_meanwhile(storage: TaskStorage) -> None:
    class Late(BoxSerializer):
        @classmethod
        def pickle(cls, obj: Box, protocols: dict[str, Any]) -> tuple[str, tuple[str, str]]:
            given = super().pickle(obj, protocols)
            storage.remove_workflow("w")
            return given

    storage.register_persistent_serializers(Late)
    storage.save("w", "t", Box(b"data"))
    assert storage.list_workflows() == ["w"]
    assert storage.read_task("w", "t").data == b"data"


@pytest.mark.parametrize("given", ["box", ("other", "x"), ("box", b"bytes"), ("box", open)])
def test_what_is_no_persistent_identifier_is_refused(given: Any) -> None:
    class Mistaken(BoxSerializer):
        @classmethod
        def pickle(cls, obj: Box, protocols: dict[str, Any]) -> Any:
            return given

    storage = storage_factory({"kind": "memory"})
    storage.register_persistent_serializers(Mistaken)
    with pytest.raises(SerializationError):
        storage.save("w", "t", Box(b""))


def test_a_failed_block_stores_no_file() -> None:
    external = MemoryStorage()
    storage = TaskStorage(external)
    seen: list[str] = []

    class Failing(BoxSerializer):
        @classmethod
        def pickle(cls, obj: Box, protocols: dict[str, Any]) -> Any:
            with pytest.raises(OSError, match="full"), protocols[FILE_PROTOCOL].open("f", "wb"):
                raise OSError("full")
            seen.extend(external)
            with pytest.raises(ValueError, match="has to be 'rb' or 'wb'"):
                protocols[FILE_PROTOCOL].open("f", "r")
            return cls.name, "f"

    storage.register_persistent_serializers(Failing)
    storage.save("w", "t", Box(b""))
    assert seen == []


def test_in_an_object_store_a_serializer_may_use_the_store_itself(s3: S3) -> None:
    storage = s3_storage(s3)
    storage.register_persistent_serializers(ObjectSerializer)
    storage.save("w", "t", Box(b"large"))
    assert len(kept(storage)) == 1
    assert storage.read_task("w", "t").data == b"large"
    storage.save("w", "t", 1)
    assert kept(storage) == []


def test_only_an_object_store_has_the_protocol_of_one(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []

    class Noting(BoxSerializer):
        @classmethod
        def pickle(cls, obj: Box, protocols: dict[str, Any]) -> Any:
            seen.append(protocols)
            return super().pickle(obj, protocols)

    storage = TaskStorage(FileStorage(tmp_path))
    storage.register_persistent_serializers(Noting)
    storage.save("w", "t", Box(b""))
    assert FILE_PROTOCOL in seen[0]
    assert S3_PROTOCOL not in seen[0]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(4, 6),
        np.array(3 + 1j),
        np.zeros((0, 3)),
        np.array(["2020-01-01", "NaT"], "M8[D]"),
        np.arange(5, dtype=">f4"),
        np.zeros((3, 4), bool),
    ],
)
def test_a_dask_array_is_given_as_one(storage: TaskStorage, array: Any) -> None:
    chunks = tuple(max(1, size // 2) for size in array.shape)
    storage.save("w", "t", {"array": da.from_array(array, chunks=chunks)})
    found = storage.read_task("w", "t")["array"]
    assert isinstance(found, da.Array)
    assert found.dtype == array.dtype
    assert np.array_equal(found.compute(), array, equal_nan=array.dtype.kind in "fM")


def test_chunks_are_written_one_by_one(storage: TaskStorage) -> None:
    storage.save("w", "t", da.arange(100, chunks=10))
    assert len([one for one in kept(storage) if "/c/" in one]) == 10


def test_chunks_of_differing_size_become_regular(storage: TaskStorage) -> None:
    array = da.from_array(np.arange(10), chunks=((2, 5, 3),))
    storage.save("w", "t", array)
    found = storage.read_task("w", "t")
    assert found.chunks == ((5, 5),)
    assert found.compute().tolist() == list(range(10))


def test_a_slice_reads_its_chunks_only(storage: TaskStorage) -> None:
    storage.save("w", "t", da.arange(100, chunks=10))
    found = storage.read_task("w", "t")
    for location in kept(storage):
        if "/c/" in location and not location.endswith("/c/2"):
            storage._storage.delete(location)
    assert found[20:30].compute().tolist() == list(range(20, 30))
    with pytest.raises(MissingExternalResourceError):  # and not zeros
        found[30:40].compute()


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1] + b"x", lambda data: data[:9], bytes.upper]
)
def test_a_damaged_chunk_is_reported_as_such(
    storage: TaskStorage, damage: Callable[[bytes], bytes]
) -> None:
    storage.save("w", "t", da.arange(1000, chunks=1000))
    (chunk,) = [one for one in kept(storage) if "/c/" in one]
    with storage._storage.load_stream(chunk) as stream:
        data = stream.read()
    storage._storage.store_bytes(chunk, damage(data))
    with pytest.raises(CorruptResultError, match="a chunk of a dask array is damaged"):
        storage.read_task("w", "t").compute()


def test_an_array_that_was_removed_says_so(storage: TaskStorage) -> None:
    storage.save("w", "t", da.arange(10, chunks=5))
    found = storage.read_task("w", "t")
    storage.remove_task("w", "t")
    with pytest.raises(MissingExternalResourceError):
        found.compute()


def test_a_result_may_be_made_of_itself(storage: TaskStorage) -> None:
    storage.save("w", "t", da.arange(10, chunks=5))
    storage.save("w", "t", storage.read_task("w", "t") + 1)
    assert storage.read_task("w", "t").sum().compute() == 55


def test_an_array_of_unknown_shape_is_refused(storage: TaskStorage) -> None:
    array = da.arange(10, chunks=5)
    with pytest.raises(SerializationError, match=r"value\['a'\].*compute_chunk_sizes"):
        storage.save("w", "t", {"a": array[array > 3]})


@pytest.mark.parametrize("array", [np.array([b"text"]), np.array([None])])
def test_elements_without_a_lasting_form_are_refused(storage: TaskStorage, array: Any) -> None:
    with pytest.raises(SerializationError, match="zarr has no lasting form"):
        storage.save("w", "t", da.from_array(array, chunks=1))
    assert storage.remove_leftovers(timedelta(0)) == 0


def test_an_array_of_other_arrays_is_refused(storage: TaskStorage) -> None:
    with pytest.raises(SerializationError, match="made of MaskedArray"):
        storage.save("w", "t", da.ma.masked_equal(da.arange(10, chunks=5), 3))


def test_the_files_are_those_of_zarr(tmp_path: Path) -> None:
    import zarr

    storage = TaskStorage(FileStorage(tmp_path))
    storage.register_persistent_serializers(DaskArraySerializer)
    storage.save("w", "t", da.arange(10, chunks=5))
    (metadata,) = tmp_path.rglob("zarr.json")
    assert zarr.open_array(metadata.parent, mode="r")[:].tolist() == list(range(10))


def test_damaged_metadata_of_an_array_are_reported(tmp_path: Path) -> None:
    storage = TaskStorage(FileStorage(tmp_path))
    storage.register_persistent_serializers(DaskArraySerializer)
    storage.save("w", "t", [da.arange(10, chunks=5)])
    (metadata,) = tmp_path.rglob("zarr.json")
    metadata.write_bytes(metadata.read_bytes()[:50])
    with pytest.raises(SerializationError, match="damaged"):
        storage.read_task("w", "t")


def test_an_array_can_go_to_another_process(tmp_path: Path) -> None:
    storage = TaskStorage(FileStorage(tmp_path))
    storage.register_persistent_serializers(DaskArraySerializer)
    storage.save("w", "t", da.arange(10, chunks=5))
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).sum().compute())"
    found = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(storage.read_task("w", "t")),
        capture_output=True,
        check=True,
    )
    assert found.stdout == b"45\n"


def test_a_serializer_may_write_hdf5(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason="HDF5 is written with h5py")

    class HDFSerializer(BoxSerializer):
        @classmethod
        def pickle(cls, obj: Box, protocols: dict[str, Any]) -> Any:
            with protocols[FILE_PROTOCOL].open("box.h5", "wb") as file, h5py.File(file, "w") as hdf:
                hdf.create_dataset("box", data=np.frombuffer(obj.data, "u1"))
            return cls.name, "box.h5"

        @classmethod
        def unpickle(cls, pid: Any, protocols: dict[str, Any]) -> Box:
            with protocols[FILE_PROTOCOL].open(pid, "rb") as file, h5py.File(file, "r") as hdf:
                return Box(hdf["box"][:].tobytes())

    storage = TaskStorage(FileStorage(tmp_path))
    storage.register_persistent_serializers(HDFSerializer)
    storage.save("w", "t", Box(b"large" * 1000))
    assert storage.read_task("w", "t").data == b"large" * 1000
