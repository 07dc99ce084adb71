"""The part of the suite of storage backends that is about keys."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from pathlib import Path

import pytest

from propstore.backends import StorageBackend
from propstore.errors import InvalidDataError, ObjectNotFoundError, UnsupportedOperationError
from propstore.model import PropertyData, ReplaceableData
from propstore.testing.backend.under_test import BackendUnderTest, needs
from propstore.testing.samples import box, box_files, density

__all__ = ["KeysSuite"]


class KeysSuite(BackendUnderTest):
    """Each record has a key, and what has none is not there."""

    def test_a_key_may_be_chosen_and_is_used_once(self, store: StorageBackend) -> None:
        assert store.store_object(density("300 K"), storage_key="a" * 32) == "a" * 32
        with pytest.raises(InvalidDataError, match="another record"):
            store.store_object(density("310 K"), storage_key="a" * 32)
        assert len(store) == 1

    def test_a_record_that_is_stored_keeps_its_key_whatever_is_chosen(
        self, store: StorageBackend
    ) -> None:
        key = store.store_object(density())
        assert store.store_object(density(), storage_key="a" * 32) == key
        assert "a" * 32 not in store

    @pytest.mark.parametrize(
        "key", ["../escape", "a/b", "A" * 32, "", "a", "x" * 65, "propstore-keys-0"]
    )
    def test_a_malformed_key_is_refused(self, store: StorageBackend, key: str) -> None:
        with pytest.raises(InvalidDataError, match="is not a key"):
            store.store_object(density(), storage_key=key)
        assert len(store) == 0

    def test_keys_are_listed_by_type_in_the_order_of_storing(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        first = store.store_object(density("300 K"))
        files = store.store_object(box(), box_files(tmp_path / "files"))
        second = store.store_object(density("310 K"))
        assert store.keys() == [first, files, second]
        assert store.keys(PropertyData) == [first, second]
        assert store.keys(ReplaceableData) == [files]

    def test_more_records_than_fit_one_page_of_an_index_are_all_found(
        self, store: StorageBackend
    ) -> None:
        keys = [store.store_object(density(f"{200 + i / 10} K")) for i in range(300)]
        assert store.keys() == keys
        assert len(store) == 300
        assert store.has_object(density("229.9 K")) == keys[299]

    def test_a_removed_record_is_gone(self, store: StorageBackend) -> None:
        key = store.store_object(density())
        if not self.can_remove:
            with pytest.raises(UnsupportedOperationError, match="can't remove"):
                store.remove_object(key)
            assert key in store
            return
        store.remove_object(key)
        assert key not in store
        assert len(store) == 0
        assert store.retrieve_object(key) == (None, None)
        assert store.find(PropertyData).keys() == []
        assert store.has_object(density()) is None
        assert store.store_object(density()) != key

    @needs("can_remove")
    def test_removing_one_record_leaves_the_others_in_their_order(
        self, store: StorageBackend
    ) -> None:
        keys = [store.store_object(density(f"{300 + i} K")) for i in range(5)]
        store.remove_object(keys[4])
        store.remove_object(keys[1])
        last = store.store_object(density("400 K"))
        assert store.keys() == [keys[0], keys[2], keys[3], last]

    def test_removing_what_is_not_there_is_an_error(self, store: StorageBackend) -> None:
        with pytest.raises(ObjectNotFoundError, match=r"f{32}"):
            store.remove_object("f" * 32)
