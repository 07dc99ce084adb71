"""The part of the suite of storage backends that asks for what was replaced."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from propstore.backends import StorageBackend
from propstore.errors import (
    MissingExternalResourceError,
    ObjectNotFoundError,
    UnsupportedOperationError,
)
from propstore.model import StoredSimulationData
from propstore.testing.backend.files import files_of
from propstore.testing.backend.under_test import BackendUnderTest, needs, retrieved
from propstore.testing.samples import box, box_files, density

__all__ = ["HistorySuite"]


class HistorySuite(BackendUnderTest):
    """What was replaced is told, and can be put back; a backend that keeps none of it says so."""

    def test_the_history_has_each_generation_with_its_files(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        key = store_two(store, tmp_path)
        if not self.keeps_history:
            for ask in (
                lambda: store.history(key),
                lambda: store.restore(key, 0),
                lambda: store.pin(key),
            ):
                with pytest.raises(UnsupportedOperationError):
                    ask()
            return
        first, last = store.history(key)
        assert [first.record, last.record] == [box(2.0), box(1.0)]
        assert first.number < last.number
        assert first.path is not None
        assert (Path(first.path) / "box.pdb").read_text() == "OLD"
        assert first.replaced is not None
        assert "statistical_inefficiency 2.0 → 1.0" in str(first.reason)
        assert (last.replaced, last.reason) == (None, None)

    @needs("keeps_history")
    def test_a_generation_that_is_restored_stands_again_with_its_files(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        key = store_two(store, tmp_path)
        first, _ = store.history(key)
        number = store.restore(key, first.number)
        assert retrieved(store, key, StoredSimulationData) == box(2.0)
        assert (files_of(store, key) / "box.pdb").read_text() == "OLD"
        assert [one.record for one in store.history(key)] == [box(2.0), box(1.0), box(2.0)]
        assert store.history(key)[-1].number == number
        assert store.keys() == [key]
        self.check(store)

    @needs("keeps_history")
    def test_a_record_that_was_never_replaced_has_itself_as_history(
        self, store: StorageBackend
    ) -> None:
        key = store.store_object(density())
        (only,) = store.history(key)
        assert (only.record, only.replaced) == (density(), None)
        assert store.restore(key, only.number) == only.number

    @needs("keeps_history")
    def test_what_is_not_there_has_no_history(self, store: StorageBackend) -> None:
        key = store.store_object(density())
        for ask in (lambda: store.history("f" * 32), lambda: store.restore(key, 7)):
            with pytest.raises(ObjectNotFoundError):
                ask()

    @needs("keeps_history", "can_remove")
    def test_a_removed_record_takes_its_history_along(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        key = store_two(store, tmp_path)
        old = store.history(key)[0].path
        store.remove_object(key)
        with pytest.raises(ObjectNotFoundError):
            store.history(key)
        assert old is not None
        with suppress(MissingExternalResourceError):  # what is elsewhere would be fetched now
            assert not Path(old).exists()

    @needs("keeps_history", "can_remove")
    def test_pinned_files_are_not_removed(self, store: StorageBackend, tmp_path: Path) -> None:
        key = store.store_object(box(), box_files(tmp_path / "files"))
        with store.pin(key) as pinned:
            store.remove_object(key)
            assert pinned.path is not None
            assert (Path(pinned.path) / "box.pdb").read_text() == "ATOM"
        assert key not in store


def store_two(store: StorageBackend, tmp_path: Path) -> str:
    """Store a box, and a better one in its place."""
    key = store.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
    assert store.store_object(box(1.0), box_files(tmp_path / "new", "NEW")) == key
    return key
