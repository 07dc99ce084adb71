"""The part of the suite of storage backends that opens the same records in several processes."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from propstore.backends import StorageBackend
from propstore.model import PropertyData, StoredSimulationData
from propstore.query import contains
from propstore.testing.backend.files import files_of
from propstore.testing.backend.under_test import BackendUnderTest, needs, retrieved
from propstore.testing.samples import box, box_files, density

__all__ = ["ProcessesSuite"]

PROCESSES = 4

Opener = Callable[[], StorageBackend]


class ProcessesSuite(BackendUnderTest):
    """What one process has stored, others have."""

    @needs("can_be_reopened")
    def test_what_was_stored_is_there_when_the_store_is_opened_again(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files")
        keys = [store.store_object(density(f"{300 + i} K")) for i in range(3)]
        keys.append(store.store_object(box(), files))
        open_again = self.opener(store)
        store.close()
        with open_again() as other:
            assert other.keys() == keys
            assert retrieved(other, keys[1], PropertyData) == density("301 K")
            assert (files_of(other, keys[3]) / "box.pdb").read_text() == "ATOM"
            assert other.store_object(density("302 K")) == keys[2]
            assert other.store_object(density("303 K")) not in keys

    @needs("can_be_reopened")
    def test_two_store_objects_see_what_the_other_has_stored(self, store: StorageBackend) -> None:
        with self.opener(store)() as other:
            for i in range(3):
                key = store.store_object(density(f"{300 + i} K"))
                assert other.has_object(density(f"{300 + i} K")) == key
                key = other.store_object(density(f"{400 + i} K"))
                assert retrieved(store, key, PropertyData) == density(f"{400 + i} K")
            assert store.keys() == other.keys()
            assert len(store) == 6

    @needs("can_be_reopened")
    def test_another_process_finds_what_was_stored(self, store: StorageBackend) -> None:
        keys = [store.store_object(density(f"{300 + i} K")) for i in range(3)]
        with ProcessPoolExecutor(1, mp_context=SPAWN) as pool:
            assert pool.submit(find_water, self.opener(store)).result() == keys

    @needs("can_be_shared")
    def test_processes_that_store_the_same_records_end_with_each_once(
        self, store: StorageBackend
    ) -> None:
        opener = self.opener(store)
        with ProcessPoolExecutor(PROCESSES, mp_context=SPAWN) as pool:
            answers = list(pool.map(store_the_same, [opener] * PROCESSES))
        assert len(store) == 50
        assert all(keys == answers[0] for keys in answers)
        assert set(answers[0]) == set(store.keys())
        self.check(store)

    @needs("can_be_shared")
    def test_no_record_of_several_writing_processes_is_lost(self, store: StorageBackend) -> None:
        opener = self.opener(store)
        with ProcessPoolExecutor(PROCESSES, mp_context=SPAWN) as pool:
            answers = list(pool.map(store_others, [opener] * PROCESSES, range(PROCESSES)))
        stored = {key for keys in answers for key in keys}
        assert len(stored) == 30 * PROCESSES
        assert set(store.keys()) == stored
        assert {match.key for match in store.find(PropertyData)} == stored

    @needs("can_be_shared")
    def test_processes_that_store_one_replaceable_identity_end_with_the_best(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        opener, files = self.opener(store), box_files(tmp_path / "files")
        values = [[9.0 - i, 17.0 - i, 1.0 + i] for i in range(PROCESSES)]
        with ProcessPoolExecutor(PROCESSES, mp_context=SPAWN) as pool:
            work = [opener] * PROCESSES, [files] * PROCESSES, values
            keys = set().union(*pool.map(store_better_boxes, *work))
        assert len(keys) == len(store) == 1
        best = retrieved(store, keys.pop(), StoredSimulationData)
        assert best.statistical_inefficiency == 1.0
        self.check(store)

    def test_a_pickled_store_opens_the_same_records(self, store: StorageBackend) -> None:
        key = store.store_object(density())
        if not self.can_be_pickled:
            with pytest.raises((TypeError, NotImplementedError), match="pickle"):
                pickle.dumps(store)
            return
        with pickle.loads(pickle.dumps(store)) as copy:  # noqa: S301 - our own
            assert retrieved(copy, key, PropertyData) == density()
            other = copy.store_object(density("310 K"))
        assert other in store


SPAWN = multiprocessing.get_context("spawn")


def find_water(opener: Opener) -> list[str]:
    """Find the records of water."""
    with opener() as store:
        return store.find(PropertyData, contains("O")).keys()


def store_the_same(opener: Opener) -> list[str]:
    """Store fifty records, the same in each process."""
    with opener() as store:
        return [store.store_object(density(f"{300 + i / 10} K")) for i in range(50)]


def store_others(opener: Opener, process: int) -> list[str]:
    """Store thirty records that no other process stores."""
    with opener() as store:
        return [store.store_object(density(f"{300 + process + i / 100} K")) for i in range(30)]


def store_better_boxes(opener: Opener, files: Path, inefficiencies: list[float]) -> set[str]:
    """Store boxes of one identity."""
    with opener() as store:
        return {store.store_object(box(value), files) for value in inefficiencies}
