"""The part of the suite of storage backends that stores files with records."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from propstore.backends import StorageBackend
from propstore.errors import AncillaryDataError
from propstore.model import PropertyData
from propstore.testing.backend.under_test import BackendUnderTest, needs
from propstore.testing.samples import box, box_files, density, tree

__all__ = ["FilesSuite"]


class FilesSuite(BackendUnderTest):
    """A record's files are stored with it, wholly or not at all."""

    def test_files_come_back_bit_for_bit_with_their_folders(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files")
        key = store.store_object(box(), files)
        assert tree(files_of(store, key)) == tree(files)

    def test_what_is_found_has_its_files(self, store: StorageBackend, tmp_path: Path) -> None:
        files = box_files(tmp_path / "files")
        store.store_object(box(), files)
        found = store.find(type(box())).one().path
        assert found is not None
        assert tree(Path(found)) == tree(files)

    def test_a_copy_leaves_the_source_as_it_is(self, store: StorageBackend, tmp_path: Path) -> None:
        files = box_files(tmp_path / "files")
        before = tree(files)
        store.store_object(box(), files)
        assert tree(files) == before

    def test_what_becomes_of_the_source_does_not_touch_the_copy(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files")
        key = store.store_object(box(), files)
        (files / "box.pdb").write_text("CHANGED")
        assert (files_of(store, key) / "box.pdb").read_text() == "ATOM"

    def test_the_files_of_a_replacement_take_the_place_of_the_old(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        key = store.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
        store.store_object(box(1.0), box_files(tmp_path / "new", "NEW"))
        assert (files_of(store, key) / "box.pdb").read_text() == "NEW"

    @needs("keeps_history")
    def test_a_reader_of_the_old_files_keeps_them_when_the_record_is_replaced(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        key = store.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
        old = files_of(store, key)
        store.store_object(box(1.0), box_files(tmp_path / "new", "NEW"))
        assert (old / "box.pdb").read_text() == "OLD"
        assert (old / "trajectories" / "run.dcd").exists()

    def test_the_files_of_a_record_that_is_not_the_best_are_not_stored(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        key = store.store_object(box(1.0), box_files(tmp_path / "best", "BEST"))
        store.store_object(box(2.0), box_files(tmp_path / "worse", "WORSE"))
        assert (files_of(store, key) / "box.pdb").read_text() == "BEST"

    def test_a_record_that_was_stored_without_files_gets_those_that_come_later(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        key = store.store_object(density())
        assert store.store_object(density(), box_files(tmp_path / "files")) == key
        assert (files_of(store, key) / "box.pdb").exists()
        assert store.keys(PropertyData) == [key]

    def test_a_type_that_needs_files_is_refused_without(self, store: StorageBackend) -> None:
        with pytest.raises(AncillaryDataError, match="ancillary_data_path"):
            store.store_object(box())
        assert len(store) == 0

    def test_a_path_that_is_not_there_is_refused(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        with pytest.raises(AncillaryDataError, match="does not exist"):
            store.store_object(box(), tmp_path / "nowhere")
        assert len(store) == 0

    def test_a_file_in_the_place_of_a_directory_is_refused(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(AncillaryDataError, match="is not a directory"):
            store.store_object(box(), tmp_path / "file")

    @pytest.mark.parametrize(
        ("target", "says"),
        [
            ("../secret", "link that leads out"),
            ("nowhere", "leads nowhere"),
            ("trajectories", "not a file"),
        ],
    )
    def test_a_link_to_anything_but_a_file_inside_is_refused(
        self, store: StorageBackend, tmp_path: Path, target: str, says: str
    ) -> None:
        files = box_files(tmp_path / "files")
        (tmp_path / "secret").write_text("secret")
        (files / "link").symlink_to(target)
        with pytest.raises(AncillaryDataError, match=says):
            store.store_object(box(), files)
        assert len(store) == 0

    def test_a_link_to_a_file_inside_is_stored_as_what_it_leads_to(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files")
        (files / "latest.pdb").symlink_to("box.pdb")
        key = store.store_object(box(), files)
        assert (files_of(store, key) / "latest.pdb").read_text() == "ATOM"

    def test_a_socket_is_refused(
        self, store: StorageBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = box_files(tmp_path / "files")
        monkeypatch.chdir(files)  # a socket's path is short
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket")
            with pytest.raises(AncillaryDataError, match="a socket"):
                store.store_object(box(), files)
        assert len(store) == 0

    def test_a_pipe_is_refused_and_not_waited_for(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files")
        os.mkfifo(files / "pipe")
        with pytest.raises(AncillaryDataError, match="a pipe"):
            store.store_object(box(), files)
        assert len(store) == 0


def files_of(store: StorageBackend, key: str) -> Path:
    """Give the directory of a record's files, which has to be there."""
    _, path = store.retrieve_object(key)
    assert path is not None
    return Path(path)
