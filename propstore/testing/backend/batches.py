"""The part of the suite of storage backends that stores many records in one transaction."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from propstore.backends import StorageBackend
from propstore.errors import InvalidDataError, UnsupportedOperationError
from propstore.model import PropertyData, StoredSimulationData
from propstore.testing.backend.files import files_of
from propstore.testing.backend.under_test import BackendUnderTest, needs, retrieved
from propstore.testing.samples import box, box_files, density

__all__ = ["BatchesSuite", "broken_off"]


class BatchesSuite(BackendUnderTest):
    """What is stored in a batch is stored together or not at all."""

    def test_what_is_stored_in_a_batch_is_there_at_its_end(self, store: StorageBackend) -> None:
        if not self.has_batches:
            with pytest.raises(UnsupportedOperationError, match="no transactions"):
                store.batch()
            return
        with store.batch():
            keys = [store.store_object(density(f"{300 + i} K")) for i in range(20)]
            again = [store.store_object(density(f"{300 + i} K")) for i in range(20)]
        assert again == keys
        assert store.keys() == keys
        assert [match.key for match in store.find(PropertyData)] == keys

    @needs("has_batches")
    def test_a_batch_sees_what_it_has_stored(self, store: StorageBackend, tmp_path: Path) -> None:
        with store.batch():
            key = store.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
            assert store.has_object(box(5.0)) == key
            assert store.find(StoredSimulationData).one().key == key
            store.store_object(box(1.0), box_files(tmp_path / "new", "NEW"))
            assert retrieved(store, key, StoredSimulationData).statistical_inefficiency == 1.0
            assert (files_of(store, key) / "box.pdb").read_text() == "NEW"
            assert len(store) == 1
        assert (files_of(store, key) / "box.pdb").read_text() == "NEW"

    @needs("has_batches", "can_remove")
    def test_a_batch_that_raises_stores_nothing_and_removes_nothing(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        kept = store.store_object(density("300 K"))
        replaced = store.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
        with broken_off(store):
            store.store_object(density("310 K"))
            store.store_object(box(1.0), box_files(tmp_path / "new", "NEW"))
            store.remove_object(kept)
        assert store.keys() == [kept, replaced]
        assert store.has_object(density("310 K")) is None
        assert retrieved(store, replaced, StoredSimulationData).statistical_inefficiency == 2.0
        assert (files_of(store, replaced) / "box.pdb").read_text() == "OLD"
        assert store.store_object(density("310 K")) in store
        self.check(store)

    @needs("has_batches")
    def test_batches_nest_and_the_outermost_decides(self, store: StorageBackend) -> None:
        with broken_off(store), store.batch():
            store.store_object(density())
        assert len(store) == 0

    @needs("has_batches", "can_remove")
    def test_a_batch_goes_on_without_a_step_that_failed(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        first = store.store_object(density("300 K"))
        second = store.store_object(density("301 K"))
        with store.batch():
            kept = store.store_object(density("310 K"))
            with pytest.raises(InvalidDataError, match="another record"):
                store.store_object(density("320 K"), storage_key=kept)
            with broken_off(store):
                store.store_object(density("330 K"), box_files(tmp_path / "files"))
                store.remove_object(first)
            last = store.store_object(density("340 K"))
        assert store.keys() == [first, second, kept, last]

    @needs("has_batches", "can_be_reopened")
    def test_others_see_nothing_of_a_batch_before_its_end(self, store: StorageBackend) -> None:
        with self.opener(store)() as other:
            with store.batch():
                store.store_object(density())
                assert len(store) == 1
                assert len(other) == 0
            assert len(other) == 1


@contextmanager
def broken_off(store: StorageBackend) -> Iterator[None]:
    """Give a batch that ends in an error, of which the test goes on."""
    with pytest.raises(RuntimeError, match="broken off"), store.batch():  # noqa: PT012 - one block
        yield
        raise RuntimeError("broken off")
