"""What stood under a key before: told, restored, and kept while it is read."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

import propstore as ps
from propstore.errors import (
    AncillaryDataError,
    ObjectNotFoundError,
    StoreReadOnlyError,
    UnsupportedOperationError,
)
from propstore.upkeep import collect_leftovers, verify_store
from tests.backends.conftest import STORES
from tests.samples import box, box_files, density

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture(params=["memory", "local", "postgres"])
def store(request, tmp_path):
    if request.param == "postgres":
        yield request.getfixturevalue("propstore_postgres_store")
        return
    with STORES[request.param](tmp_path) as opened:
        yield opened


def store_two(store: ps.StorageBackend, tmp_path: Path, ancillary: str = "directory") -> str:
    """Store a box, and a better one in its place."""
    old, new = box_files(tmp_path / "old", "OLD"), box_files(tmp_path / "new", "NEW")
    key = store.store_object(box(2.0), old, ancillary=ancillary)
    assert store.store_object(box(1.0), new, ancillary=ancillary) == key
    return key


def test_the_history_tells_what_replaced_what_when_and_why(store, tmp_path):
    before = datetime.now(UTC)
    key = store_two(store, tmp_path)
    first, last = store.history(key)
    assert (first.number, last.number) == (0, 1)
    assert (first.record, last.record) == (box(2.0), box(1.0))
    assert first.path.joinpath("box.pdb").read_text() == "OLD"
    assert before <= first.replaced <= datetime.now(UTC)
    assert first.reason == (
        "most_information of StoredSimulationData chose it: statistical_inefficiency 2.0 → 1.0"
    )
    assert (last.replaced, last.reason) == (None, None)


def test_a_record_that_gets_its_files_later_is_replaced_for_that_reason(store, tmp_path):
    key = store.store_object(density())
    store.store_object(density(), box_files(tmp_path / "files"))
    first, last = store.history(key)
    assert first.reason == "it has files, and the one before had none"
    assert (first.path is None, last.path is None) == (True, False)


def test_a_record_that_was_never_replaced_has_itself_as_history(store):
    key = store.store_object(density())
    (only,) = store.history(key)
    assert (only.number, only.record, only.replaced) == (0, density(), None)


@pytest.mark.parametrize("ancillary", ["directory", "netcdf"])
def test_a_replacement_is_undone_with_its_files(store, tmp_path, ancillary):
    key = store_two(store, tmp_path, ancillary)
    assert store.restore(key, 0) == 2
    record, files = store.retrieve_object(key)
    assert record == box(2.0)
    assert (files / "box.pdb").read_text() == "OLD"
    assert [one.record.statistical_inefficiency for one in store.history(key)] == [2.0, 1.0, 2.0]
    assert store.history(key)[1].reason == "generation 0 was restored"
    assert list(verify_store(store)) == []


def test_an_undone_replacement_can_be_done_again(store, tmp_path):
    key = store_two(store, tmp_path)
    store.restore(key, 0)
    store.restore(key, 1)
    record, files = store.retrieve_object(key)
    assert record == box(1.0)
    assert (files / "box.pdb").read_text() == "NEW"


def test_a_restored_record_is_found_by_its_own_values(store, tmp_path):
    key = store_two(store, tmp_path)
    store.restore(key, 0)
    least = ps.field("statistical_inefficiency")
    assert store.find(ps.StoredSimulationData, least == 2.0).keys() == [key]
    assert store.find(ps.StoredSimulationData, least == 1.0).keys() == []


def test_restoring_what_stands_changes_nothing(store, tmp_path):
    key = store_two(store, tmp_path)
    assert store.restore(key, 1) == 1
    assert len(store.history(key)) == 2


def test_a_generation_whose_files_have_changed_is_not_restored(store, tmp_path):
    key = store_two(store, tmp_path)
    store.history(key)[0].path.joinpath("box.pdb").write_text("XXX")
    with pytest.raises(AncillaryDataError, match="have changed"):
        store.restore(key, 0)
    assert store.retrieve_object(key)[0] == box(1.0)


@pytest.mark.parametrize("call", ["history", "restore", "pin"])
def test_a_key_that_is_not_there_is_an_error(store, call):
    with pytest.raises(ObjectNotFoundError, match="no record is stored under 'nothing'"):
        store.history("nothing") if call == "history" else entered(store, call, "nothing", 0)


@pytest.mark.parametrize("call", ["restore", "pin"])
def test_a_generation_that_is_not_there_is_an_error_that_names_those_that_are(
    store, tmp_path, call
):
    key = store_two(store, tmp_path)
    with pytest.raises(ObjectNotFoundError, match="no generation 7; there are: 0, 1"):
        entered(store, call, key, 7)


def entered(store: ps.StorageBackend, call: str, key: str, generation: int) -> None:
    if call == "restore":
        store.restore(key, generation)
    else:
        with store.pin(key, generation):
            pass


def test_a_store_that_was_opened_for_reading_tells_its_history_and_restores_nothing(
    local, tmp_path
):
    key = store_two(local, tmp_path)
    with ps.open(local.root_directory, read_only=True) as reader:
        assert len(reader.history(key)) == 2
        with pytest.raises(StoreReadOnlyError):
            reader.restore(key, 0)


@pytest.mark.parametrize("call", ["history", "restore", "pin"])
def test_a_backend_with_three_hooks_refuses_in_a_sentence(tmp_path, call):
    backend = STORES["dictionary"](tmp_path)
    key = backend.store_object(density())
    arguments = (key,) if call == "history" else (key, 0)
    with pytest.raises(UnsupportedOperationError, match=key):
        getattr(backend, call)(*arguments)


def test_removing_a_record_removes_its_history(store, tmp_path):
    key = store_two(store, tmp_path)
    store.remove_object(key)
    with pytest.raises(ObjectNotFoundError):
        store.history(key)


def test_pinned_files_outlive_the_removal_of_their_record(local, tmp_path):
    key = local.store_object(box(), box_files(tmp_path / "files"))
    with local.pin(key) as (_, record, files):
        ps.open(local.root_directory).remove_object(key)
        assert key not in local
        assert record == box()
        assert (files / "box.pdb").read_text() == "ATOM"
    (leftover,) = collect(local)
    assert leftover.what == "files without a record in"
    assert not files.exists()


def test_pinned_files_of_a_past_generation_are_not_collected(local, tmp_path):
    key = store_two(local, tmp_path)
    with local.pin(key, 0) as match:
        assert [leftover.fate.name for leftover in collect(local)] == ["PINNED"]
        assert (match.path / "box.pdb").read_text() == "OLD"
        assert len(local.history(key)) == 2
    assert [leftover.fate.name for leftover in collect(local)] == ["REMOVED"]
    assert not match.path.exists()
    assert len(local.history(key)) == 1


def test_two_readers_pin_the_same_files(local, tmp_path):
    key = local.store_object(box(), box_files(tmp_path / "files"))
    with local.pin(key), local.pin(key) as match:
        pass
    assert match.path.exists()


def test_a_reader_without_the_right_to_write_pins_too(local, tmp_path):
    key = local.store_object(box(), box_files(tmp_path / "files"))
    with ps.open(local.root_directory, read_only=True) as reader, reader.pin(key) as match:
        local.remove_object(key)
        assert (match.path / "box.pdb").read_text() == "ATOM"


def test_a_pin_ends_with_the_process_that_is_killed(local, tmp_path):
    key = local.store_object(box(), box_files(tmp_path / "files"))
    pinned = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        with local.pin(key):
            os.write(pinned[1], b"x")
            signal.pause()
    os.read(pinned[0], 1)
    local.remove_object(key)
    assert [leftover.fate.name for leftover in collect(local)] == ["PINNED"]
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert [leftover.fate.name for leftover in collect(local)] == ["REMOVED"]


def test_a_record_without_files_is_pinned_without_effect(store):
    key = store.store_object(density())
    with store.pin(key) as match:
        assert match == (key, density(), None)


def collect(store: ps.LocalFileStorage) -> list:
    from datetime import timedelta

    none = timedelta(0)
    return list(collect_leftovers(store, past_older_than=none, litter_older_than=none))
