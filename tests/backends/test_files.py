"""A record's files in a folder, beyond what every backend does with them."""

from __future__ import annotations

import os

import pytest

from propstore.errors import AncillaryDataError
from tests.samples import box, box_files


def test_a_device_is_refused(store, tmp_path):
    files = box_files(tmp_path / "files")
    try:
        os.mknod(files / "device", 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("making a device needs root")
    with pytest.raises(AncillaryDataError, match="a device"):
        store.store_object(box(), files)


def test_a_move_renames_the_directory(folder_store, tmp_path):
    files = box_files(tmp_path / "files")
    inode = (files / "box.pdb").stat().st_ino
    key = folder_store.store_object(box(), files, move=True)
    assert not files.exists()
    assert (folder_store.retrieve_object(key)[1] / "box.pdb").stat().st_ino == inode


def test_beside_the_files_stands_the_record_in_plain_json_with_their_digests(
    folder_store, tmp_path
):
    import hashlib
    import json

    key = folder_store.store_object(box(), box_files(tmp_path / "files"), tags={"project": "sage"})
    sidecar = folder_store.root_directory / "ancillary" / key[:2] / f"{key}-0.json"
    content = json.loads(sidecar.read_text())
    assert content["key"] == key
    assert content["record"]["type"] == "propstore.simulation_data@v1"
    assert content["record"]["tags"] == {"project": "sage"}
    entries = {entry["name"]: entry for entry in content["ancillary"]["files"]}
    assert entries.keys() == {"box.pdb", "trajectories/run.dcd"}
    assert entries["box.pdb"]["sha256"] == hashlib.sha256(b"ATOM").hexdigest()
    assert content["ancillary"]["directories"] == ["empty", "trajectories"]


def test_a_removed_record_leaves_no_files(folder_store, tmp_path):
    key = folder_store.store_object(box(2.0), box_files(tmp_path / "old"))
    folder_store.store_object(box(1.0), box_files(tmp_path / "new"))
    folder_store.remove_object(key)
    assert not list((folder_store.root_directory).glob("ancillary/*/*"))


def test_a_directory_that_contains_the_store_is_refused(folder_store):
    with pytest.raises(AncillaryDataError, match="contains the store itself"):
        folder_store.store_object(box(), folder_store.root_directory.parent)


def test_files_keep_their_modes_and_times(folder_store, tmp_path):
    files = box_files(tmp_path / "files")
    (files / "box.pdb").chmod(0o640)
    os.utime(files / "box.pdb", (1e9, 1e9))
    key = folder_store.store_object(box(), files)
    status = (folder_store.retrieve_object(key)[1] / "box.pdb").stat()
    assert status.st_mode & 0o777 == 0o640
    assert status.st_mtime == 1e9
