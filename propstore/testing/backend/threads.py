"""The part of the suite of storage backends that uses one store in several threads."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from propstore.backends import StorageBackend
from propstore.model import PropertyData, StoredSimulationData
from propstore.query import contains
from propstore.testing.backend.files import files_of
from propstore.testing.backend.under_test import BackendUnderTest, retrieved
from propstore.testing.samples import box, box_files, density

__all__ = ["ThreadsSuite"]

THREADS = 8


class ThreadsSuite(BackendUnderTest):
    """Threads that share a store object do not get into each other's way."""

    def test_threads_that_store_the_same_records_end_with_each_once(
        self, store: StorageBackend
    ) -> None:
        def work(_: int) -> list[str]:
            return [store.store_object(density(f"{300 + i / 10} K")) for i in range(50)]

        with ThreadPoolExecutor(THREADS) as pool:
            answers = list(pool.map(work, range(THREADS)))
        assert len(store) == 50
        assert all(keys == answers[0] for keys in answers)
        assert set(answers[0]) == set(store.keys())

    def test_threads_that_store_one_replaceable_identity_end_with_the_best(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        folders = [box_files(tmp_path / str(i), f"BOX {i}") for i in range(THREADS)]

        def work(i: int) -> str:
            return store.store_object(box(1.0 + i), folders[i])

        with ThreadPoolExecutor(THREADS) as pool:
            keys = set(pool.map(work, range(THREADS)))
        assert len(keys) == len(store) == 1
        key = keys.pop()
        assert retrieved(store, key, StoredSimulationData).statistical_inefficiency == 1.0
        assert (files_of(store, key) / "box.pdb").read_text() == "BOX 0"

    def test_threads_read_whole_records_while_others_write(self, store: StorageBackend) -> None:
        first = store.store_object(density("300 K"))
        done = threading.Event()

        def write() -> None:
            try:
                for i in range(50):
                    store.store_object(density(f"{310 + i} K"))
            finally:
                done.set()

        def read(_: int) -> list[int]:
            counts = []
            while not done.is_set():
                assert retrieved(store, first, PropertyData) == density("300 K")
                found = list(store.find(PropertyData, contains("O")))
                assert found[0].key == first
                counts.append(len(found))
            return counts

        with ThreadPoolExecutor(4) as pool:
            writing = pool.submit(write)
            readers = list(pool.map(read, range(3)))
        writing.result()
        assert all(counts == sorted(counts) for counts in readers)
        assert len(store) == 51
