"""Results of tasks, on every kind of storage but Ray's."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

import propstore as ps
from propstore.errors import (
    CorruptResultError,
    InvalidDataError,
    MissingResultError,
    PickleRefusedError,
    SerializationError,
    UnregisteredError,
)
from propstore.external import ExternalStorage
from propstore.workers.tasks import FILE_PROTOCOL, TaskStorage, storage_factory
from tests.s3_server import S3
from tests.workers.task_samples import Run, Unregistered

NAMES = ["node2", "x[1]", "a/b", "../a", ".", "..", "a%2Fb", "日本語", "é", "e\u0301", " ", "\n\0"]
LONG_NAMES = ["x" * 5000 + "1", "x" * 5000 + "2", "日" * 300]


@pytest.fixture(params=["memory", "file", "s3"])
def description(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """A storage of each kind, as a configuration describes it."""
    if request.param == "memory":
        return {"kind": "memory"}
    if request.param == "file":
        return {"kind": "file", "options": {"path": str(tmp_path / "storage")}}
    s3: S3 = request.getfixturevalue("s3")
    path = f"s3://{s3.bucket}/{uuid4().hex}"
    return {"kind": "s3", "options": {"path": path, "s3": s3.options}}


@pytest.fixture
def storage(description: dict[str, Any]) -> TaskStorage:
    """An empty storage of each kind."""
    return storage_factory(description)


def external(storage: TaskStorage) -> ExternalStorage:
    """Give what is behind a storage."""
    return storage._storage


def locations(storage: TaskStorage, part: str = "") -> list[str]:
    return [one for one in external(storage) if part in one]


def damage(storage: TaskStorage, part: str, change: Callable[[bytes], bytes]) -> None:
    """Change the bytes of the one location that has a part in it."""
    (location,) = locations(storage, part)
    with external(storage).load_stream(location) as stream:
        data = stream.read()
    external(storage).store_bytes(location, change(data))


def test_what_is_saved_is_read(storage: TaskStorage) -> None:
    storage.new_workflow("operations")
    storage.save("operations", "node2", {"energy": -1.5})
    assert storage.read_task(workflow_name="operations", task_name="node2") == {"energy": -1.5}


def test_a_storage_with_identical_options_reads_it(tmp_path: Path) -> None:
    opt = {"kind": "file", "options": {"path": str(tmp_path / "storage")}}
    storage_factory(opt).save("operations", "node2", 5)
    assert storage_factory(opt).read_task("operations", "node2") == 5


def test_the_value_is_read_as_the_type_that_it_was(storage: TaskStorage) -> None:
    value = {
        "quantity": ps.Quantity("25 degC"),
        "tuple": (1, 2.5, None, b"bytes", {3}),
        "large": np.arange(100_000.0).reshape(100, 1000),
        "run": Run("first", np.ones((2, 3), dtype="f4")),
    }
    storage.save("w", "t", value)
    found = storage.read_task("w", "t")
    assert found["quantity"] == ps.Quantity("25 degC")
    assert found["tuple"] == value["tuple"]
    assert np.array_equal(found["large"], np.arange(100_000.0).reshape(100, 1000))
    assert isinstance(found["run"], Run)
    assert found["run"].forces.dtype == np.dtype("f4")


@pytest.mark.parametrize("value", [None, 5, "text", b"", [], np.float32(2), np.zeros((0, 3))])
def test_a_value_of_any_kind_is_read(storage: TaskStorage, value: Any) -> None:
    storage.save("w", "t", value)
    found = storage.read_task("w", "t")
    assert type(found) is type(value)
    assert np.array_equal(found, value)


def test_saving_again_takes_the_place_and_leaves_nothing(storage: TaskStorage) -> None:
    storage.save("w", "t", np.arange(10))
    before = len(locations(storage))
    storage.save("w", "t", "other")
    assert storage.read_task("w", "t") == "other"
    assert len(locations(storage)) == before


def test_names_are_any_text(storage: TaskStorage) -> None:
    for number, name in enumerate([*NAMES, *LONG_NAMES]):
        storage.save("w", name, number)
    assert storage.list_tasks("w") == sorted([*NAMES, *LONG_NAMES])
    for number, name in enumerate([*NAMES, *LONG_NAMES]):
        assert storage.read_task("w", name) == number


def test_workflows_have_names_of_any_text(storage: TaskStorage) -> None:
    for name in [*NAMES, *LONG_NAMES]:
        storage.save(name, "t", name)
    assert storage.list_workflows() == sorted([*NAMES, *LONG_NAMES])
    assert all(storage.read_task(name, "t") == name for name in [*NAMES, *LONG_NAMES])


def test_names_don_t_lead_out_of_the_storage(tmp_path: Path) -> None:
    storage = storage_factory({"kind": "file", "options": {"path": tmp_path / "storage"}})
    storage.save("../..", "../../outside", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["storage"]


@pytest.mark.parametrize("name", ["", None, 3, b"t"])
def test_a_name_that_is_no_text_is_refused(name: Any) -> None:
    storage = storage_factory({"kind": "memory"})
    with pytest.raises(InvalidDataError, match="has to be text"):
        storage.save("w", name, 1)
    with pytest.raises(InvalidDataError, match="has to be text"):
        storage.save(name, "t", 1)
    assert locations(storage) == []


def test_tasks_are_listed_by_pattern(storage: TaskStorage) -> None:
    for name in ("node1", "node2", "other", "node[3]"):
        storage.save("w", name, 0)
    storage.save("elsewhere", "node9", 0)
    assert storage.list_tasks(workflow_name="w", pattern="*") == storage.list_tasks("w")
    assert storage.list_tasks("w", "node?") == ["node1", "node2"]
    assert storage.list_tasks("w", "node[[]3]") == ["node[3]"]
    assert storage.list_tasks("unknown") == []


def test_a_new_workflow_is_listed_before_it_has_tasks(storage: TaskStorage) -> None:
    storage.new_workflow("operations")
    storage.new_workflow("operations")
    assert storage.list_workflows() == ["operations"]
    assert storage.list_tasks("operations") == []


def test_a_result_is_found_by_its_inputs_and_version(storage: TaskStorage) -> None:
    storage.save("w", "t", "one", inputs={"x": 1, "y": [2]}, version="1")
    storage.save("w", "t", "two", inputs={"x": 2, "y": [2]}, version="1")
    assert storage.read_task("w", "t", inputs={"y": [2], "x": 1}, version="1") == "one"
    assert storage.read_task("w", "t", inputs={"x": 2, "y": [2]}, version="1") == "two"
    for inputs, version in (({"x": 3, "y": [2]}, "1"), ({"x": 1, "y": [2]}, "2"), ({}, "1")):
        assert not storage.file_exists("w", "t", inputs=inputs, version=version)
        with pytest.raises(MissingResultError, match="of these inputs and this version"):
            storage.read_task("w", "t", inputs=inputs, version=version)


def test_a_name_alone_gives_what_was_saved_last(storage: TaskStorage) -> None:
    storage.save("w", "t", "one", inputs={"x": 1})
    storage.save("w", "t", "two", inputs={"x": 2})
    assert storage.read_task("w", "t") == "two"
    storage.save("w", "t", "one again", inputs={"x": 1})
    assert storage.read_task("w", "t") == "one again"
    assert storage.list_tasks("w") == ["t"]


def test_a_missing_result_is_an_error_that_lists_what_there_is(storage: TaskStorage) -> None:
    storage.save("w", "node1", 0)
    with pytest.raises(FileNotFoundError, match="'node2' of the workflow 'w'.*are 'node1'"):
        storage.read_task("w", "node2")
    with pytest.raises(MissingResultError, match="are none"):
        storage.read_task("unknown", "node1")


def test_file_exists_tells_whether_there_is_a_result(storage: TaskStorage) -> None:
    storage.new_workflow("w")
    assert not storage.file_exists("w", "t")
    storage.save("w", "t", 1, inputs={"x": 1})
    assert storage.file_exists("w", "t")
    assert not storage.file_exists("w", "t", inputs={})
    assert not storage.file_exists("w", "t2")


def test_removing_a_task_removes_all_of_it(storage: TaskStorage) -> None:
    storage.save("w", "t", 1)
    storage.save("w", "t", 2, inputs={"x": 1})
    storage.save("w", "other", 3)
    storage.remove_task("w", "t")
    assert storage.list_tasks("w") == ["other"]
    assert len(locations(storage, "data/")) == 1
    with pytest.raises(MissingResultError):
        storage.remove_task("w", "t")


def test_tasks_are_removed_by_pattern(storage: TaskStorage) -> None:
    for name in ("node1", "node2", "other"):
        storage.save("w", name, 0)
    storage.remove_task("w", pattern="node*")
    storage.remove_task("w", pattern="nothing*")
    assert storage.list_tasks("w") == ["other"]


def test_removing_needs_a_name_or_a_pattern() -> None:
    storage = storage_factory({"kind": "memory"})
    for names in ((), ("t",)):
        with pytest.raises(InvalidDataError, match="task_name or a pattern"):
            storage.remove_task("w", *names, **({"pattern": "*"} if names else {}))


def test_removing_a_workflow_removes_all_of_it(storage: TaskStorage) -> None:
    storage.save("w", "t", 1)
    storage.save("other", "t", 1)
    storage.remove_workflow("w")
    storage.remove_workflow("w")
    assert storage.list_workflows() == ["other"]
    assert locations(storage, "/w") == []


def test_a_failed_save_keeps_the_previous_result(storage: TaskStorage) -> None:
    storage.save("w", "t", "before")
    there = sorted(locations(storage))
    with pytest.raises(SerializationError, match=r"value\['f'\] can't be stored"):
        storage.save("w", "t", {"f": open})
    assert storage.read_task("w", "t") == "before"
    assert sorted(locations(storage)) == there


def test_a_damaged_value_is_reported_as_such(storage: TaskStorage) -> None:
    storage.save("w", "bad", "a text")
    damage(storage, "/value", lambda data: data.replace(b"text", b"tent"))
    storage.save("w", "good", 1)
    with pytest.raises(CorruptResultError, match="'bad' of the workflow 'w' was damaged"):
        storage.read_task("w", "bad")
    assert storage.list_tasks("w") == ["bad", "good"]
    assert storage.read_task("w", "good") == 1


def test_a_value_that_is_gone_is_reported_as_such(storage: TaskStorage) -> None:
    storage.save("w", "bad", "a text")
    external(storage).delete(*locations(storage, "/value"))
    with pytest.raises(CorruptResultError, match="a part is gone"):
        storage.read_task("w", "bad")


@pytest.mark.parametrize("name", ["bad", "b" * 300])
def test_a_damaged_entry_is_reported_and_does_not_stop_the_listing(
    storage: TaskStorage, name: str
) -> None:
    storage.save("w", name, "a text")
    damage(storage, "tasks/", lambda data: data[:20])
    storage.save("w", "good", 1)
    with pytest.raises(CorruptResultError):
        storage.read_task("w", name)
    assert len(storage.list_tasks("w")) == 2
    assert storage.read_task("w", "good") == 1
    assert storage.remove_leftovers(timedelta(0)) == 0  # what is whole may be of use
    storage.save("w", name, "another")
    assert storage.read_task("w", name) == "another"


def test_a_damaged_result_can_be_removed(storage: TaskStorage) -> None:
    storage.save("w", "bad", "a text")
    damage(storage, "tasks/", lambda data: b"{}")
    storage.remove_task("w", "bad")
    assert storage.list_tasks("w") == []
    assert storage.remove_leftovers(timedelta(0)) == 1
    assert locations(storage, "data/") == []


def test_files_that_others_have_put_there_are_no_results(storage: TaskStorage) -> None:
    storage.save("w", "t", 1)
    for directory in ("tasks", "tasks/w", "tasks/w/t", "workflows"):
        external(storage).store_bytes(f"{directory}/.DS_Store", b"Finder")
        external(storage).store_bytes(f"{directory}/._x.json", b"Finder")
    assert storage.list_workflows() == ["w"]
    assert storage.list_tasks("w") == ["t"]
    storage.remove_task("w", "t")
    assert storage.list_tasks("w") == []
    assert not storage.file_exists("w", "t")


def test_an_entry_in_the_place_of_another_is_reported(storage: TaskStorage) -> None:
    storage.save("w", "a", 1)
    (entry,) = locations(storage, "tasks/")
    with external(storage).load_stream(entry) as stream:
        external(storage).store_bytes(entry.replace("/a/", "/b/"), stream.read())
    with pytest.raises(CorruptResultError, match="is the result of the task 'a'"):
        storage.read_task("w", "b")


@pytest.mark.parametrize("method", ["save", "remove_task"])
def test_a_copied_entry_does_not_take_the_data_of_the_original_with_it(
    storage: TaskStorage, method: str
) -> None:
    storage.save("w", "a", 1)
    (entry,) = locations(storage, "tasks/")
    with external(storage).load_stream(entry) as stream:
        data = stream.read()
    external(storage).store_bytes(entry.replace("/a/", "/b/"), data)
    getattr(storage, method)("w", "b", *([2] if method == "save" else []))
    assert storage.read_task("w", "a") == 1


def test_a_pattern_is_text() -> None:
    with pytest.raises(InvalidDataError, match="the pattern is None"):
        storage_factory({"kind": "memory"}).list_tasks("w", None)  # type: ignore[arg-type]


def test_nothing_is_pickled_unless_it_is_allowed(storage: TaskStorage) -> None:
    with pytest.raises(SerializationError, match="'allow_pickle': True"):
        storage.save("w", "t", open)


def test_with_allow_pickle_anything_is_kept(description: dict[str, Any]) -> None:
    options = {**description.get("options", {}), "allow_pickle": True}
    storage = storage_factory({**description, "options": options})
    storage.save("w", "function", {"f": open})
    storage.save("w", "plain", 5)
    assert storage.read_task("w", "function") == {"f": open}
    with pytest.raises(SerializationError, match="can't be pickled"):
        storage.save("w", "lambda", lambda: 0)
    other = TaskStorage(external(storage))
    assert other.read_task("w", "plain") == 5
    with pytest.raises(PickleRefusedError, match="run whatever code it names"):
        other.read_task("w", "function")


def test_instances_of_unknown_classes_need_leave(tmp_path: Path) -> None:
    options = {"path": tmp_path}
    storage = storage_factory({"kind": "file", "options": options})
    storage.save("w", "t", Unregistered(3))
    with pytest.raises(UnregisteredError, match="Unregistered"):
        storage.read_task("w", "t")
    options["classes"] = [Unregistered]  # type: ignore[assignment]
    storage = storage_factory({"kind": "file", "options": options})
    assert storage.read_task("w", "t") == Unregistered(3)


def test_a_storage_in_files_can_be_pickled(tmp_path: Path) -> None:
    storage = storage_factory({"kind": "file", "options": {"path": tmp_path}})
    storage.always_read = True
    copy = pickle.loads(pickle.dumps(storage))
    copy.save("w", "t", 1)
    assert storage.read_task("w", "t") == 1
    assert copy.always_read


def test_a_storage_in_memory_says_that_it_can_t_be_pickled() -> None:
    with pytest.raises(TypeError, match="use FileStorage"):
        pickle.dumps(storage_factory({"kind": "memory"}))


def test_any_damage_to_an_entry_is_reported_or_without_effect() -> None:
    storage = storage_factory({"kind": "memory"})
    storage.save("w", "t", "a text")
    (entry,) = locations(storage, "tasks/")
    with external(storage).load_stream(entry) as stream:
        data = stream.read()
    for position in range(len(data)):
        for bad in (b"", b"0", b"/", b'"', b"."):
            external(storage).store_bytes(entry, data[:position] + bad + data[position + 1 :])
            try:
                assert storage.read_task("w", "t") == "a text"
            except CorruptResultError:
                assert storage.list_tasks("w") == ["t"]


def test_many_tasks_are_not_all_listed_in_an_error() -> None:
    storage = storage_factory({"kind": "memory"})
    for number in range(25):
        storage.save("w", f"node{number}", 0)
    with pytest.raises(MissingResultError, match=r", \.\.\.$"):
        storage.read_task("w", "missing")


def test_others_may_keep_things_beside_the_results(storage: TaskStorage) -> None:
    with storage.protocols[FILE_PROTOCOL].open("plots/a.txt", "wb") as file:
        file.write(b"plot")
    storage.remove_leftovers(timedelta(0))
    with storage.protocols[FILE_PROTOCOL].open("plots/a.txt", "rb") as file:
        assert file.read() == b"plot"
    storage.protocols[FILE_PROTOCOL].remove("plots/a.txt")
    assert locations(storage) == []


def test_unfinished_files_of_killed_writers_are_collected(tmp_path: Path) -> None:
    storage = storage_factory({"kind": "file", "options": {"path": tmp_path}})
    storage.save("w", "t", 1)
    unfinished = tmp_path / ".propstore-tmp" / ".unfinished.tmp"
    unfinished.write_bytes(b"half")
    storage.remove_leftovers()
    assert unfinished.exists()
    storage.remove_leftovers(timedelta(0))
    assert not unfinished.exists()
    assert storage.read_task("w", "t") == 1


def test_threads_that_overwrite_one_another_leave_one_result(storage: TaskStorage) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: storage.save("w", "t", [number] * 100), range(12)))
    assert len(set(storage.read_task("w", "t"))) == 1
    assert len(locations(storage, "data/")) == 1
    assert storage.remove_leftovers(timedelta(0)) == 0


def test_an_engine_that_knows_names_only_resumes_a_workflow(storage: TaskStorage) -> None:
    runs: list[str] = []

    def run(name: str, value: int) -> Any:
        storage.new_workflow("operations")
        try:
            return storage.read_task("operations", name)
        except FileNotFoundError:
            runs.append(name)
        storage.save("operations", name, value)
        return storage.read_task("operations", name) if storage.always_read else value

    assert [run("node1", 1), run("node2", 2), run("node1", 3)] == [1, 2, 1]
    assert runs == ["node1", "node2"]
