"""What a unit may rely on while it runs, and others when it has ended."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from propstore.errors import InvalidLocationError, MissingExternalResourceError
from propstore.external import MemoryStorage
from propstore.workers import Context

T = TypeVar("T")


class UnitError(Exception):
    """What a unit raises."""


class Broken(MemoryStorage):
    """Can't store anything."""

    def _store_path(self, location: str, path: Path) -> str:
        raise RuntimeError("the storage is broken")


def run(context: Context, unit: Callable[[Context], T]) -> T:
    with context:
        return unit(context)


def context_in(tmp_path: Path, **storages: MemoryStorage) -> Context:
    return Context(
        "dag",
        "unit",
        tmp_path / "scratch",
        storages.get("shared", MemoryStorage()),
        storages.get("permanent", MemoryStorage()),
    )


def test_registered_files_are_stored_when_the_unit_ends(tmp_path: Path) -> None:
    shared, permanent = MemoryStorage(), MemoryStorage()
    with context_in(tmp_path, shared=shared, permanent=permanent) as context:
        (context.scratch / "trajectory").write_bytes(b"frames")
        (context.scratch / "result").write_bytes(b"42")
        trajectory = context.shared.register(context.scratch / "trajectory")
        result = context.permanent.register("result")
        assert list(shared) == list(permanent) == []
    assert list(shared) == [trajectory]
    assert list(permanent) == [result]


def test_a_later_unit_loads_what_an_earlier_one_has_registered(tmp_path: Path) -> None:
    shared = MemoryStorage()
    with context_in(tmp_path, shared=shared) as first:
        (first.scratch / "a").write_bytes(b"content")
        out = first.shared.register("a")
    with context_in(tmp_path, shared=shared) as second:
        assert second.shared.load(out) == b"content"


def test_one_storage_may_be_shared_and_permanent(tmp_path: Path) -> None:
    storage = MemoryStorage()
    with context_in(tmp_path, shared=storage, permanent=storage) as context:
        (context.scratch / "a").write_bytes(b"content")
        assert context.shared.register("a") == context.permanent.register("a")
    assert len(list(storage)) == 1


def test_attempts_at_the_same_time_have_scratch_directories_of_their_own(tmp_path: Path) -> None:
    shared = MemoryStorage()
    with context_in(tmp_path, shared=shared) as one, context_in(tmp_path, shared=shared) as other:
        (one.scratch / "a").write_bytes(b"one")
        (other.scratch / "a").write_bytes(b"other")
        outs = one.shared.register("a"), other.shared.register("a")
    assert [one.shared.load(out) for out in outs] == [b"one", b"other"]


def test_the_scratch_directory_of_a_unit_that_succeeds_is_removed(tmp_path: Path) -> None:
    with context_in(tmp_path) as context:
        (context.scratch / "temporary").write_bytes(b"much")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_unit_that_fails_raises_its_own_error_and_keeps_what_it_has_registered(
    tmp_path: Path,
) -> None:
    def diverge(context: Context) -> None:
        (context.scratch / "log").write_bytes(b"step 1")
        context.shared.register("log")
        raise UnitError("the simulation diverged")

    shared = MemoryStorage()
    context = context_in(tmp_path, shared=shared)
    with pytest.raises(UnitError, match="diverged") as caught:
        run(context, diverge)
    (log,) = shared
    assert context.shared.load(log) == b"step 1"
    (note,) = caught.value.__notes__
    assert str(context.scratch) in note
    assert (context.scratch / "log").is_file()


@pytest.mark.parametrize("error", [UnitError("diverged"), KeyboardInterrupt(), SystemExit(1)])
def test_a_failed_transfer_is_a_note_to_the_error_of_the_unit(
    tmp_path: Path, error: BaseException
) -> None:
    def fail(context: Context) -> None:
        (context.scratch / "log").write_bytes(b"step 1")
        context.shared.register("log")
        context.permanent.register("never written")
        raise error

    context = context_in(tmp_path, shared=Broken())
    with pytest.raises(type(error)) as caught:
        run(context, fail)
    assert caught.value is error
    shared, permanent, scratch = caught.value.__notes__
    assert "the storage is broken" in shared
    assert "'log'" in shared
    assert "'never written'" in permanent
    assert str(context.scratch) in scratch


def write_result(context: Context) -> None:
    (context.scratch / "result").write_bytes(b"42")
    context.shared.register("result")


def test_a_transfer_that_fails_is_raised_and_says_where_the_files_are(tmp_path: Path) -> None:
    context = context_in(tmp_path, shared=Broken())
    with pytest.raises(RuntimeError, match="the storage is broken") as caught:
        run(context, write_result)
    assert str(context.scratch) in caught.value.__notes__[-1]
    assert (context.scratch / "result").read_bytes() == b"42"


def test_failures_of_both_storages_come_together(tmp_path: Path) -> None:
    def write_one_of_two(context: Context) -> None:
        write_result(context)
        context.permanent.register("never written")

    with pytest.raises(ExceptionGroup) as caught:
        run(context_in(tmp_path, shared=Broken()), write_one_of_two)
    assert caught.group_contains(RuntimeError)
    assert caught.group_contains(MissingExternalResourceError)


def test_a_scratch_directory_that_cannot_be_removed_is_no_failure_of_the_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(path: Path) -> None:
        raise OSError("device or resource busy")

    monkeypatch.setattr(shutil, "rmtree", busy)
    with pytest.warns(RuntimeWarning, match="busy"), context_in(tmp_path):
        pass


@pytest.mark.parametrize("labels", [("", "unit"), ("dag", "")])
def test_a_context_needs_labels(tmp_path: Path, labels: tuple[str, str]) -> None:
    with pytest.raises(InvalidLocationError, match="label"):
        Context(*labels, tmp_path, MemoryStorage(), MemoryStorage())


@pytest.mark.parametrize(
    "labels", [("..", ".."), ("../..", "/etc"), ("\0", ".propstore-tmp")], ids=str
)
def test_labels_that_would_lead_out_leave_the_scratch_directory_inside(
    tmp_path: Path, labels: tuple[str, str]
) -> None:
    root = tmp_path / "deep" / "scratch"
    with Context(*labels, root, MemoryStorage(), MemoryStorage()) as context:
        assert context.scratch.parent == root
        assert [path.name for path in tmp_path.iterdir()] == ["deep"]


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../b", "nul\0"])
@pytest.mark.parametrize("which", ["shared", "permanent"])
@pytest.mark.parametrize("operation", ["register", "load"])
def test_a_name_that_leads_out_is_refused(
    tmp_path: Path, which: str, operation: str, name: str
) -> None:
    with context_in(tmp_path) as context:
        manager: Any = getattr(context, which)
        with pytest.raises(InvalidLocationError):
            getattr(manager, operation)(name)
