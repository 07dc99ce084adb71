"""A record's files: stored with it, never half."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from propstore.backends.verification import verify_store
from propstore.errors import AncillaryDataError, UnsupportedOperationError
from tests.samples import box, box_files, density


def tree(directory: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(directory)): path.read_bytes() if path.is_file() else None
        for path in sorted(directory.rglob("*"))
    }


def test_files_come_back_bit_for_bit_with_their_folders(store, tmp_path):
    files = box_files(tmp_path / "files")
    key = store.store_object(box(), files)
    _, path = store.retrieve_object(key)
    assert tree(Path(path)) == tree(files)


def test_a_copy_leaves_the_source_as_it_is(store, tmp_path):
    files = box_files(tmp_path / "files")
    before = tree(files)
    store.store_object(box(), files)
    assert tree(files) == before


def test_the_files_of_a_replacement_take_the_place_of_the_old(store, tmp_path):
    key = store.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
    store.store_object(box(1.0), box_files(tmp_path / "new", "NEW"))
    assert Path(store.retrieve_object(key)[1], "box.pdb").read_text() == "NEW"


def test_a_record_that_was_stored_without_files_gets_those_that_come_later(store, tmp_path):
    key = store.store_object(density())
    assert store.store_object(density(), box_files(tmp_path / "files")) == key
    assert Path(store.retrieve_object(key)[1], "box.pdb").exists()
    assert len(store) == 1


def test_a_type_that_needs_files_is_refused_without(store):
    with pytest.raises(AncillaryDataError, match="ancillary_data_path"):
        store.store_object(box())
    assert len(store) == 0


def test_a_path_that_is_not_there_is_refused(store, tmp_path):
    with pytest.raises(AncillaryDataError, match="does not exist"):
        store.store_object(box(), tmp_path / "nowhere")


def test_a_file_in_the_place_of_a_directory_is_refused(store, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(AncillaryDataError, match="is not a directory"):
        store.store_object(box(), tmp_path / "file")


def test_a_link_that_leads_out_is_refused(store, tmp_path):
    files = box_files(tmp_path / "files")
    (tmp_path / "secret").write_text("secret")
    (files / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(AncillaryDataError, match="link that leads out"):
        store.store_object(box(), files)
    assert len(store) == 0


def test_a_link_that_leads_nowhere_is_refused(store, tmp_path):
    files = box_files(tmp_path / "files")
    (files / "link").symlink_to("nowhere")
    with pytest.raises(AncillaryDataError, match="leads nowhere"):
        store.store_object(box(), files)


def test_a_link_to_a_directory_is_refused(store, tmp_path):
    files = box_files(tmp_path / "files")
    (files / "link").symlink_to("trajectories")
    with pytest.raises(AncillaryDataError, match="not a file"):
        store.store_object(box(), files)


def test_a_socket_is_refused(store, tmp_path, monkeypatch):
    files = box_files(tmp_path / "files")
    monkeypatch.chdir(files)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        with pytest.raises(AncillaryDataError, match="a socket"):
            store.store_object(box(), files)


def test_a_pipe_is_refused_and_not_waited_for(store, tmp_path):
    files = box_files(tmp_path / "files")
    os.mkfifo(files / "pipe")
    with pytest.raises(AncillaryDataError, match="a pipe"):
        store.store_object(box(), files)


def test_a_device_is_refused(store, tmp_path):
    files = box_files(tmp_path / "files")
    try:
        os.mknod(files / "device", 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("making a device needs root")
    with pytest.raises(AncillaryDataError, match="a device"):
        store.store_object(box(), files)


def test_a_move_renames_the_directory(local, tmp_path):
    files = box_files(tmp_path / "files")
    inode = (files / "box.pdb").stat().st_ino
    key = local.store_object(box(), files, move=True)
    assert not files.exists()
    assert (local.retrieve_object(key)[1] / "box.pdb").stat().st_ino == inode
    assert list(verify_store(local)) == []


def test_a_move_leaves_the_files_of_a_record_that_is_not_stored(local, tmp_path):
    local.store_object(box(1.0), box_files(tmp_path / "best"))
    worse = box_files(tmp_path / "worse")
    local.store_object(box(2.0), worse, move=True)
    assert (worse / "box.pdb").exists()


def test_a_move_in_a_batch_that_fails_gives_the_files_back(local, tmp_path):
    files = box_files(tmp_path / "files")
    before = tree(files)
    with pytest.raises(ZeroDivisionError), local.batch():
        local.store_object(box(), files, move=True)
        _ = 1 / 0
    assert tree(files) == before
    assert len(local) == 0


def test_a_move_of_files_with_a_link_among_them_stores_its_content(local, tmp_path):
    files = box_files(tmp_path / "files")
    (files / "latest.pdb").symlink_to(files / "box.pdb")
    key = local.store_object(box(), files, move=True)
    assert not files.exists()
    stored = local.retrieve_object(key)[1] / "latest.pdb"
    assert stored.read_text() == "ATOM"
    assert not stored.is_symlink()


def test_a_backend_that_only_copies_refuses_to_move(tmp_path):
    from tests.backends.three_hooks import DictBackend

    files = box_files(tmp_path / "files")
    with pytest.raises(UnsupportedOperationError, match="copies files only"):
        DictBackend(tmp_path).store_object(box(), files, move=True)


def test_beside_the_files_stands_the_record_in_plain_json_with_their_digests(local, tmp_path):
    import hashlib
    import json

    key = local.store_object(box(), box_files(tmp_path / "files"), tags={"project": "sage"})
    sidecar = local.root_directory / "ancillary" / key[:2] / f"{key}-0.json"
    content = json.loads(sidecar.read_text())
    assert content["key"] == key
    assert content["record"]["type"] == "propstore.simulation_data@v1"
    assert content["record"]["tags"] == {"project": "sage"}
    entries = {entry["name"]: entry for entry in content["ancillary"]["files"]}
    assert entries.keys() == {"box.pdb", "trajectories/run.dcd"}
    assert entries["box.pdb"]["sha256"] == hashlib.sha256(b"ATOM").hexdigest()
    assert content["ancillary"]["directories"] == ["empty", "trajectories"]


def test_a_reader_of_the_old_files_keeps_them_when_the_record_is_replaced(local, tmp_path):
    key = local.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
    _, old = local.retrieve_object(key)
    local.store_object(box(1.0), box_files(tmp_path / "new", "NEW"))
    assert (old / "box.pdb").read_text() == "OLD"
    assert (old / "trajectories" / "run.dcd").exists()


def test_a_removed_record_leaves_no_files(local, tmp_path):
    key = local.store_object(box(2.0), box_files(tmp_path / "old"))
    local.store_object(box(1.0), box_files(tmp_path / "new"))
    local.remove_object(key)
    assert not list((local.root_directory).glob("ancillary/*/*"))


def test_a_directory_that_contains_the_store_is_refused(local):
    with pytest.raises(AncillaryDataError, match="contains the store itself"):
        local.store_object(box(), local.root_directory.parent)


def test_files_keep_their_modes_and_times(local, tmp_path):
    files = box_files(tmp_path / "files")
    (files / "box.pdb").chmod(0o640)
    os.utime(files / "box.pdb", (1e9, 1e9))
    key = local.store_object(box(), files)
    status = (local.retrieve_object(key)[1] / "box.pdb").stat()
    assert status.st_mode & 0o777 == 0o640
    assert status.st_mtime == 1e9
