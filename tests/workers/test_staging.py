"""What a StorageManager promises; that of gufe is its model."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propstore.errors import (
    ExternalPermissionError,
    InvalidLocationError,
    MissingExternalResourceError,
)
from propstore.external import ExternalStorage, FileStorage, MemoryStorage
from propstore.workers import StorageManager
from propstore.workers.namespace import Namespace

AWKWARD_LABELS = {
    "parent": "..",
    "dot": ".",
    "above the root": "../../outside",
    "absolute": "/etc",
    "with a slash": "a/b",
    "hidden": ".propstore-tmp",
    "NUL": "nul\0byte",
    "newline": "new\nline",
    "unicode": "Lösung Nº 7 🧪",
    "not UTF-8": "surrogate\udcff",
    "percent": "100%25",
    "very long": "n" * 5000,
    "very long and not ASCII": "ß" * 5000,
}
ESCAPES: dict[str, Any] = {
    "empty": "",
    "dot": ".",
    "parent": "..",
    "above the scratch directory": "../outside",
    "out by a detour": "inside/../../outside",
    "absolute": "/etc/passwd",
    "NUL": "nul\0byte",
    "not UTF-8": "surrogate\udcff",
    "long name": "n" * 256,
    "long path": "/".join(["segment"] * 200),
    "bytes": b"name",
    "no text": 7,
}
escapes = pytest.mark.parametrize("name", ESCAPES.values(), ids=ESCAPES)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    directory = tmp_path / "scratch"
    directory.mkdir()
    return directory


@pytest.fixture(params=["file", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> ExternalStorage:
    return FileStorage(tmp_path / "storage") if request.param == "file" else MemoryStorage()


def manager_of(
    scratch: Path, storage: ExternalStorage, dag: str = "dag", unit: str = "unit"
) -> StorageManager:
    return StorageManager(scratch, storage, dag_label=dag, unit_label=unit)


def test_what_is_registered_can_be_loaded_once_it_is_transferred(
    scratch: Path, storage: ExternalStorage
) -> None:
    manager = manager_of(scratch, storage)
    (scratch / "trajectory.dcd").write_bytes(b"frames")
    out = manager.register("trajectory.dcd")
    manager._transfer()
    assert manager.load(out) == b"frames"


def test_a_name_may_be_registered_before_its_file_is_written(
    scratch: Path, storage: ExternalStorage
) -> None:
    manager = manager_of(scratch, storage)
    out = manager.register("trajectory.dcd")
    (scratch / "trajectory.dcd").write_bytes(b"frames")
    manager._transfer()
    assert manager.load(out) == b"frames"


def test_what_is_not_registered_stays_where_it_is(scratch: Path, storage: ExternalStorage) -> None:
    manager = manager_of(scratch, storage)
    (scratch / "core.dump").write_bytes(b"large")
    manager._transfer()
    assert list(storage) == []


def test_a_file_in_a_directory_keeps_its_path(scratch: Path, storage: ExternalStorage) -> None:
    manager = manager_of(scratch, storage)
    (scratch / "window").mkdir()
    (scratch / "window" / "3.json").write_bytes(b"{}")
    out = manager.register("window/3.json")
    manager._transfer()
    assert out == f"{manager.namespace}/window/3.json"
    assert list(storage) == [out]


def test_a_path_inside_the_scratch_directory_is_registered_as_its_name(
    scratch: Path, storage: ExternalStorage
) -> None:
    manager = manager_of(scratch, storage)
    path = manager.scratch_dir / "trajectory.dcd"
    assert manager.register(path) == manager.register("trajectory.dcd")
    assert manager.register(str(path)) == manager.register("trajectory.dcd")


def test_a_name_that_is_registered_twice_is_one(scratch: Path, storage: ExternalStorage) -> None:
    manager = manager_of(scratch, storage)
    (scratch / "a").write_bytes(b"content")
    assert manager.register("a") == manager.register("./a")
    manager._transfer()
    assert list(storage) == [manager.register("a")]


def test_a_second_transfer_stores_what_the_file_is_by_now(
    scratch: Path, storage: ExternalStorage
) -> None:
    manager = manager_of(scratch, storage)
    (scratch / "a").write_bytes(b"early")
    out = manager.register("a")
    manager._transfer()
    (scratch / "a").write_bytes(b"late")
    manager._transfer()
    assert manager.load(out) == b"late"


def test_what_register_gives_can_be_passed_to_another_unit_as_json(
    tmp_path: Path, storage: ExternalStorage
) -> None:
    first = manager_of(tmp_path / "first", storage, unit="first")
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "a").write_bytes(b"content")
    message = json.dumps(first.register("a"))
    first._transfer()
    second = manager_of(tmp_path / "second", storage, unit="second")
    assert second.load(json.loads(message)) == b"content"


def test_what_was_never_stored_is_missing_and_the_error_says_what_to_give(
    scratch: Path, storage: ExternalStorage
) -> None:
    manager = manager_of(scratch, storage)
    with pytest.raises(MissingExternalResourceError, match="trajectory") as caught:
        manager.load("trajectory.dcd")
    assert manager.namespace in caught.value.__notes__[0]


def test_files_that_were_never_written_are_reported_together_after_all_others(
    scratch: Path, storage: ExternalStorage
) -> None:
    manager = manager_of(scratch, storage)
    for name in ("missing-1", "written-1", "missing-2", "written-2"):
        manager.register(name)
    (scratch / "written-1").write_bytes(b"1")
    (scratch / "written-2").write_bytes(b"2")
    with pytest.raises(FileNotFoundError) as caught:
        manager._transfer()
    assert "'missing-1', 'missing-2'" in str(caught.value)
    assert "written-" not in str(caught.value)
    assert sorted(storage) == [f"{manager.namespace}/written-{number}" for number in (1, 2)]


class Refusing(MemoryStorage):
    """Refuses some files, each for another reason."""

    def _store_path(self, location: str, path: Path) -> str:
        if path.name == "forbidden":
            raise ExternalPermissionError("not for you")
        if path.name == "broken":
            raise RuntimeError("a fault in the storage")
        return super()._store_path(location, path)


def test_failures_of_several_kinds_come_as_a_group_and_others_are_stored(scratch: Path) -> None:
    storage = Refusing()
    manager = manager_of(scratch, storage)
    for name in ("forbidden", "broken", "fine", "missing"):
        manager.register(name)
        if name != "missing":
            (scratch / name).write_bytes(b"content")
    with pytest.raises(ExceptionGroup) as caught:
        manager._transfer()
    assert [type(error) for error in caught.value.exceptions] == [
        ExternalPermissionError,
        RuntimeError,
        MissingExternalResourceError,
    ]
    assert "'broken'" in caught.value.exceptions[1].__notes__[0]
    assert list(storage) == [f"{manager.namespace}/fine"]


def test_a_single_failure_is_raised_as_it_is(scratch: Path) -> None:
    manager = manager_of(scratch, Refusing())
    (scratch / "forbidden").write_bytes(b"content")
    manager.register("forbidden")
    with pytest.raises(ExternalPermissionError):
        manager._transfer()


def test_a_directory_is_not_a_file_that_can_be_stored(
    scratch: Path, storage: ExternalStorage
) -> None:
    manager = manager_of(scratch, storage)
    (scratch / "directory").mkdir()
    manager.register("directory")
    with pytest.raises(IsADirectoryError):
        manager._transfer()


class Meeting(MemoryStorage):
    """Stores a file only when another is being stored too."""

    def __init__(self) -> None:
        super().__init__()
        self._both = threading.Barrier(2, timeout=60)

    def _exclusive(self, location: str) -> Any:
        self._both.wait()
        return super()._exclusive(location)


def test_files_are_transferred_at_the_same_time(scratch: Path) -> None:
    manager = manager_of(scratch, Meeting())
    for name in ("a", "b"):
        (scratch / name).write_bytes(b"content")
        manager.register(name)
    manager._transfer()


def test_attempts_of_one_unit_do_not_overwrite_each_other(
    tmp_path: Path, storage: ExternalStorage
) -> None:
    outs = []
    for attempt in ("first", "second"):
        directory = tmp_path / attempt
        directory.mkdir()
        (directory / "a").write_text(attempt)
        manager = manager_of(directory, storage)
        outs.append(manager.register("a"))
        manager._transfer()
    assert [manager.load(out) for out in outs] == [b"first", b"second"]


def test_an_attempt_can_be_named(scratch: Path, storage: ExternalStorage) -> None:
    manager = StorageManager(scratch, storage, "dag", "unit", attempt="2")
    assert manager.register("a") == "dag/unit/2/a"


@pytest.mark.parametrize(
    "labels", [("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("a", "b", "c")], ids=str
)
def test_labels_with_slashes_have_namespaces_of_their_own(labels: tuple[str, ...]) -> None:
    others = {("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("a", "b", "c")} - {labels}
    mine = Namespace(*(*labels, "1")[:3])
    assert str(mine) not in {str(Namespace(*(*other, "1")[:3])) for other in others}


label = st.text(min_size=1, max_size=300)


@given(st.tuples(label, label, label), st.tuples(label, label, label))
def test_namespaces_are_the_same_only_if_all_labels_are(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (str(Namespace(*one)) == str(Namespace(*other))) == (one == other)


@given(st.tuples(label, label, label), st.sampled_from(["a", "window/3.json", "ü.dcd"]))
def test_a_namespace_is_three_directories_whatever_the_labels_are(
    labels: tuple[str, str, str], name: str
) -> None:
    location = Namespace(*labels).location(name)
    assert location.split("/")[3:] == name.split("/")
    assert all(part not in ("", ".", "..") for part in location.split("/"))


@pytest.mark.parametrize("which", ["dag_label", "unit_label", "attempt"])
@pytest.mark.parametrize("awkward", AWKWARD_LABELS.values(), ids=AWKWARD_LABELS)
def test_an_awkward_label_stays_inside_the_storage(
    tmp_path: Path, scratch: Path, which: str, awkward: str
) -> None:
    labels = {"dag_label": "dag", "unit_label": "unit", "attempt": "1"} | {which: awkward}
    storage = FileStorage(tmp_path / "deep" / "storage")
    manager = StorageManager(scratch, storage, **labels)
    (scratch / "a").write_bytes(b"content")
    out = manager.register("a")
    manager._transfer()
    assert manager.load(out) == b"content"
    assert list(storage) == [out]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "scratch"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["storage"]


@pytest.mark.parametrize("which", ["dag_label", "unit_label", "attempt"])
@pytest.mark.parametrize("useless", ["", 7, b"bytes"], ids=repr)
def test_a_label_is_text_and_not_empty(scratch: Path, which: str, useless: Any) -> None:
    labels: dict[str, Any] = {"dag_label": "dag", "unit_label": "unit", "attempt": "1"}
    with pytest.raises(InvalidLocationError, match=which):
        StorageManager(scratch, MemoryStorage(), **labels | {which: useless})


@escapes
def test_a_name_that_leads_out_of_the_scratch_directory_is_not_registered(
    scratch: Path, name: Any
) -> None:
    storage = MemoryStorage()
    manager = manager_of(scratch, storage)
    with pytest.raises((InvalidLocationError, TypeError)):
        manager.register(name)
    manager._transfer()
    assert list(storage) == []


@escapes
def test_a_name_that_leads_out_of_the_storage_is_not_loaded(
    tmp_path: Path, scratch: Path, name: Any
) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    manager = manager_of(scratch, FileStorage(tmp_path / "storage"))
    with pytest.raises(InvalidLocationError):
        manager.load(name)


def leading_out(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "secret")


def in_a_directory_that_leads_out(path: Path, outside: Path) -> None:
    path.parent.rmdir()
    path.parent.symlink_to(outside)


@pytest.mark.parametrize("make", [leading_out, in_a_directory_that_leads_out])
def test_a_link_that_leads_out_of_the_scratch_directory_is_not_followed(
    tmp_path: Path, scratch: Path, make: Callable[[Path, Path], None]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (scratch / "directory").mkdir()
    make(scratch / "directory" / "secret", outside)
    storage = MemoryStorage()
    manager = manager_of(scratch, storage)
    manager.register("directory/secret")
    with pytest.raises(InvalidLocationError, match="link"):
        manager._transfer()
    assert list(storage) == []


def test_a_link_inside_the_scratch_directory_is_followed(scratch: Path) -> None:
    storage = MemoryStorage()
    (scratch / "checkpoint-9").write_bytes(b"state")
    (scratch / "checkpoint").symlink_to("checkpoint-9")
    manager = manager_of(scratch, storage)
    out = manager.register("checkpoint")
    manager._transfer()
    assert manager.load(out) == b"state"


def test_a_relative_scratch_directory_means_the_same_after_a_change_of_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manager = manager_of(Path("scratch"), MemoryStorage())
    os.mkdir("scratch")  # noqa: PTH102
    Path("scratch/a").write_bytes(b"content")
    monkeypatch.chdir("/")
    out = manager.register("a")
    manager._transfer()
    assert manager.load(out) == b"content"


def test_large_files_can_be_read_as_a_stream(scratch: Path, storage: ExternalStorage) -> None:
    manager = manager_of(scratch, storage)
    (scratch / "a").write_bytes(b"0123456789")
    out = manager.register("a")
    manager._transfer()
    stream: BinaryIO
    with manager.storage.load_stream(out) as stream:
        assert stream.read(4) == b"0123"
