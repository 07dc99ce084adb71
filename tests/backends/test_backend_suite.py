"""The shipped suite of backends notices what a backend does wrong."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

import propstore as ps
from propstore.backends.key_index import PagedKeyIndex
from propstore.errors import PropstoreError
from propstore.testing import StorageBackendSuite
from propstore.testing.backend.conditions import EXPECTED
from tests.backends.three_hooks import DictBackend


class DictSuite(StorageBackendSuite):
    __test__ = False
    number_of_records = 300
    number_of_conditions = 5
    has_batches = False

    @pytest.fixture
    def store(self, tmp_path: Path) -> DictBackend:
        return DictBackend(tmp_path)


class BatchingSuite(DictSuite):
    __test__ = False
    has_batches = True


class KeepingObjects(DictBackend):
    """Gives the same object to everyone."""

    def _store_object(self, object_to_store, storage_key=None, ancillary_data_path=None):
        key = super()._store_object(object_to_store, storage_key, ancillary_data_path)
        vars(self).setdefault("records", {})[key] = object_to_store
        return key

    def _retrieve_object(self, storage_key, expected_type=None):
        _, path = super()._retrieve_object(storage_key)
        return self.records.get(storage_key), path


class Untagging(DictBackend):
    def _store_object(self, object_to_store, storage_key=None, ancillary_data_path=None):
        bare = object_to_store.model_copy(update={"tags": {}})
        return super()._store_object(bare, storage_key, ancillary_data_path)


class Imaginative(DictBackend):
    def _object_exists(self, storage_key):
        return not storage_key.startswith("propstore-keys-") or super()._object_exists(storage_key)


class Hoarding(DictBackend):
    def _remove_object(self, storage_key):
        pass


class KeepingFiles(DictBackend):
    """Leaves the old files in the place of those of a replacement."""

    def _store_object(self, object_to_store, storage_key=None, ancillary_data_path=None):
        if storage_key is not None and (self.directory / storage_key).exists():
            ancillary_data_path = None
        return super()._store_object(object_to_store, storage_key, ancillary_data_path)


class LinkingFiles(DictBackend):
    """Keeps a link to the user's files in the place of a copy."""

    def _store_object(self, object_to_store, storage_key=None, ancillary_data_path=None):
        key = super()._store_object(object_to_store, storage_key)
        if ancillary_data_path is not None:
            (self.directory / key).symlink_to(ancillary_data_path)
        return key


class CarelessBatches(DictBackend):
    def _batch(self):
        return nullcontext()


class Unordered(PagedKeyIndex):
    def search(self, search):
        found = list(super().search(search))
        random.Random(1).shuffle(found)
        return iter(found)


class Miscounting(PagedKeyIndex):
    def count(self, search):
        return sum(1 for _ in self.keys(search.record_type))


class Overlooking(PagedKeyIndex):
    def _accepted(self, search):
        return (found for i, found in enumerate(super()._accepted(search)) if i != 200)


class UnorderedBackend(DictBackend):
    def _make_index(self):
        return Unordered(self)


class MiscountingBackend(DictBackend):
    def _make_index(self):
        return Miscounting(self)


class OverlookingBackend(DictBackend):
    def _make_index(self):
        return Overlooking(self)


ANSWERS = "test_on_many_records_the_answers_are_those_of_plain_python"


@pytest.mark.parametrize(
    ("backend", "test", "arguments"),
    [
        (KeepingObjects, "test_what_a_user_changes_in_a_retrieved_record_is_not_in_the_store", []),
        (Untagging, "test_tags_are_given_when_storing_and_can_be_queried", []),
        (Untagging, ANSWERS, []),
        (Imaginative, "test_a_key_that_is_not_there_gives_none_twice", []),
        (Hoarding, "test_a_removed_record_is_gone", []),
        (KeepingFiles, "test_the_files_of_a_replacement_take_the_place_of_the_old", ["tmp_path"]),
        (LinkingFiles, "test_what_becomes_of_the_source_does_not_touch_the_copy", ["tmp_path"]),
        (UnorderedBackend, "test_equal_records_come_in_the_order_of_storing", []),
        (UnorderedBackend, ANSWERS, []),
        (MiscountingBackend, "test_a_condition_finds_what_fulfils_it", EXPECTED[0]),
        (OverlookingBackend, ANSWERS, []),
    ],
)
def test_a_fault_is_noticed(
    tmp_path: Path, backend: type[DictBackend], test: str, arguments: list[Any]
) -> None:
    given = [tmp_path if argument == "tmp_path" else argument for argument in arguments]
    assert_noticed(DictSuite(), backend(tmp_path), test, given)


@pytest.mark.parametrize(
    ("test", "arguments"),
    [
        ("test_batches_nest_and_the_outermost_decides", []),
        ("test_a_batch_that_raises_stores_nothing_and_removes_nothing", ["tmp_path"]),
    ],
)
def test_a_batch_that_is_none_is_noticed(tmp_path: Path, test: str, arguments: list[Any]) -> None:
    given = [tmp_path for _ in arguments]
    assert_noticed(BatchingSuite(), CarelessBatches(tmp_path), test, given)


def assert_noticed(
    suite: StorageBackendSuite, store: ps.StorageBackend, test: str, given: list[Any]
) -> None:
    failures = (AssertionError, pytest.fail.Exception, PropstoreError)
    with pytest.raises(failures):
        getattr(suite, test)(store, *given)


MEMORY = """
import pytest
import propstore as ps
from propstore.testing.backend.batches import BatchesSuite


class TestMemory(BatchesSuite):
    can_be_reopened = False

    @pytest.fixture
    def store(self):
        with ps.MemoryStorage() as store:
            yield store
"""


def test_what_a_backend_cannot_do_is_skipped_and_not_passed(tmp_path: Path) -> None:
    (tmp_path / "test_memory.py").write_text(MEMORY)
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 skipped" in result.stdout, result.stdout + result.stderr
    assert "can_be_reopened is False" in result.stdout
    assert "failed" not in result.stdout
