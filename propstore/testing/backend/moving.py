"""The part of the suite of storage backends that moves files in, or archives them."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from pathlib import Path

import pytest

from propstore.ancillary import RecordFiles
from propstore.backends import StorageBackend
from propstore.errors import UnsupportedOperationError
from propstore.testing.backend.batches import broken_off
from propstore.testing.backend.files import files_of
from propstore.testing.backend.under_test import BackendUnderTest, needs
from propstore.testing.samples import box, box_files, tree

__all__ = ["MovingSuite"]


class MovingSuite(BackendUnderTest):
    """Files that are moved in are gone from where they were once their record is stored."""

    def test_files_that_are_moved_in_are_no_longer_where_they_were(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files")
        before = tree(files)
        if not self.can_move:
            with pytest.raises(UnsupportedOperationError, match="copies files only"):
                store.store_object(box(), files, move=True)
            assert tree(files) == before
            return
        key = store.store_object(box(), files, move=True)
        assert not files.exists()
        assert tree(files_of(store, key)) == before

    @needs("can_move")
    def test_the_files_of_a_record_that_is_not_stored_stay_where_they_are(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        store.store_object(box(1.0), box_files(tmp_path / "best"))
        worse = box_files(tmp_path / "worse")
        before = tree(worse)
        store.store_object(box(2.0), worse, move=True)
        assert tree(worse) == before

    @needs("can_move", "has_batches")
    def test_a_batch_that_fails_gives_files_back(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files")
        before = tree(files)
        with broken_off(store):
            store.store_object(box(), files, move=True)
        assert tree(files) == before
        assert len(store) == 0

    @needs("can_move")
    def test_a_link_among_files_that_are_moved_is_stored_as_what_it_leads_to(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files")
        (files / "latest.pdb").symlink_to(files / "box.pdb")
        key = store.store_object(box(), files, move=True)
        assert not files.exists()
        stored = files_of(store, key) / "latest.pdb"
        assert stored.read_text() == "ATOM"
        assert not stored.is_symlink()

    def test_files_in_an_archive_come_back_bit_for_bit(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files")
        if not self.can_archive:
            with pytest.raises(UnsupportedOperationError, match="copies files only"):
                store.store_object(box(), files, ancillary="netcdf")
            assert len(store) == 0
            return
        key = store.store_object(box(), files, ancillary="netcdf")
        assert tree(files_of(store, key)) == tree(files)

    @needs("can_archive")
    def test_arrays_in_an_archive_are_read_by_their_names(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        import numpy as np

        energies = np.linspace(-42.0, -41.0, 100)
        files = box_files(tmp_path / "files")
        key = store.store_object(box(), files, arrays={"energies": energies})
        _, stored = store.retrieve_object(key)
        assert isinstance(stored, RecordFiles)
        assert stored.read("box.pdb") == b"ATOM"
        assert np.array_equal(stored.arrays()["energies"][10:20], energies[10:20])
