"""A store on a network file system is kept whole or refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import propstore as ps
from propstore.backends import catalog_place
from propstore.backends.catalog_place import NetworkFileSystemWarning
from propstore.backends.file_system import FileSystem, file_system_of
from propstore.errors import StoreBusyError, UnreliableLocksError
from propstore.upkeep import verify_store
from tests.samples import box, box_files, density

MOUNTS = r"""
/dev/sda1 / ext4 rw,relatime 0 0
tmpfs /tmp tmpfs rw 0 0
server:/home /home nfs4 rw,vers=4.2,local_lock=none 0 0
server:/old /home/old nfs rw,vers=3,nolock 0 0
/dev/sdb1 /home/scratch xfs rw 0 0
user@host:/data /mnt/my\040data fuse.sshfs rw 0 0
10.0.0.1@tcp:/fs /lustre lustre rw,flock,lazystatfs 0 0
10.0.0.1@tcp:/fs /lustre/local lustre rw,localflock 0 0
gpfs0 /gpfs gpfs rw 0 0
//server/share /mnt/share cifs rw,vers=3.1.1 0 0
beegfs_nodev /beegfs beegfs rw 0 0
share /mnt/9p 9p rw,trans=virtio 0 0
/dev/fuse /mnt/ntfs fuseblk rw 0 0
server:/home2 /home2 nfs4 rw,vers=4.2,local_lock=all 0 0
/dev/sdc1 /covered ext4 rw 0 0
//server/other /covered smb3 rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind", "is_network", "has_locks"),
    [
        ("/root/store", "ext4", False, True),
        ("/tmp/store", "tmpfs", False, True),
        ("/home/anna/store", "nfs4", True, True),
        ("/home/old/store", "nfs", True, False),
        ("/home/older/store", "nfs4", True, True),
        ("/home/scratch/store", "xfs", False, True),
        ("/mnt/my data/store", "fuse.sshfs", True, False),
        ("/lustre/store", "lustre", True, True),
        ("/lustre/local/store", "lustre", True, False),
        ("/gpfs/store", "gpfs", True, True),
        ("/mnt/share/store", "cifs", True, False),
        ("/beegfs/store", "beegfs", True, False),
        ("/mnt/9p", "9p", True, False),
        ("/mnt/ntfs/store", "fuseblk", False, True),
        ("/home2/store", "nfs4", True, False),
        ("/covered/store", "smb3", True, False),
    ],
)
def test_the_file_system_of_a_path_is_told_by_the_table_of_mounts(
    path, kind, is_network, has_locks
):
    found = file_system_of(Path(path), MOUNTS)
    assert (found.kind, found.is_network, found.has_locks) == (kind, is_network, has_locks)


def test_a_path_that_leads_to_a_network_through_a_link_is_on_the_network(tmp_path):
    (tmp_path / "link").symlink_to("/mnt/share")
    assert file_system_of(tmp_path / "link" / "store", MOUNTS).kind == "cifs"


def test_where_there_is_no_table_of_mounts_the_disk_is_taken_for_a_local_one():
    assert not file_system_of(Path("/anywhere"), "").is_network


def test_this_system_has_a_table_of_mounts_that_can_be_read(tmp_path):
    assert file_system_of(tmp_path).kind


@pytest.fixture
def on(monkeypatch):
    """Let every folder be on a file system."""

    def be_on(kind: str, *options: str) -> None:
        place = FileSystem(kind, "/shared", options)
        monkeypatch.setattr(catalog_place, "file_system_of", lambda path: place)

    return be_on


def journal_of(root: Path) -> str:
    with closing(sqlite3.connect(root / "catalog.sqlite")) as connection:
        return connection.execute("PRAGMA journal_mode").fetchone()[0]


def test_on_a_network_with_locks_a_store_works_without_a_shared_log_and_says_so(on, tmp_path):
    on("nfs4")
    root = tmp_path / "store"
    with pytest.warns(NetworkFileSystemWarning, match="without a write-ahead log"):
        store = ps.open(root)
    with store:
        store.store_object(density())
        store.store_object(box(), box_files(tmp_path / "files"))
        assert not list(root.glob("catalog.sqlite-*"))
        assert list(verify_store(store)) == []
    assert journal_of(root) == "delete"


@pytest.mark.filterwarnings("ignore::propstore.backends.catalog_place.NetworkFileSystemWarning")
def test_on_a_network_a_long_answer_does_not_keep_its_reader_from_writing(on, tmp_path):
    on("nfs4")
    with ps.open(tmp_path / "store") as store, ps.open(tmp_path / "store") as other:
        with store.batch():
            for number in range(1500):
                store.store_object(density(f"{300 + number / 100} K"))
        for number, match in enumerate(store.find(ps.PropertyData)):
            if number == 10:
                store.remove_object(match.key)
                other.store_object(density("299 K"))
        assert len(store) == 1500


@pytest.mark.filterwarnings("ignore::propstore.backends.catalog_place.NetworkFileSystemWarning")
def test_a_store_that_was_made_on_a_disk_loses_its_log_on_a_network(on, tmp_path):
    root = tmp_path / "store"
    with ps.open(root) as store:
        key = store.store_object(density())
    assert journal_of(root) == "wal"
    on("gpfs")
    with ps.open(root) as store:
        assert key in store
        store.store_object(density("310 K"))
    assert journal_of(root) == "delete"


def test_a_store_that_is_in_use_with_its_log_is_refused_on_a_network(on, tmp_path, monkeypatch):
    monkeypatch.setattr(catalog_place, "PATIENCE", 0.1)
    with ps.open(tmp_path / "store") as store:
        store.store_object(density())
        on("nfs4")
        with pytest.raises(StoreBusyError, match="close it there"):
            ps.open(tmp_path / "store")
        store.store_object(density("310 K"))


@pytest.mark.parametrize("kind", ["fuse.sshfs", "cifs", "9p", "beegfs", "nfs"])
def test_a_network_without_locks_is_refused_in_a_sentence_that_tells_what_to_do(on, tmp_path, kind):
    on(kind)
    with pytest.raises(UnreliableLocksError, match=r"on a disk of the machine that writes"):
        ps.open(tmp_path / "store")
    assert not (tmp_path / "store" / "catalog.sqlite").exists()


def test_a_network_without_locks_is_good_enough_for_reading_a_copy(on, tmp_path):
    with ps.open(tmp_path / "store") as store:
        key = store.store_object(density())
        on("fuse.sshfs")
        with ps.open(tmp_path / "store", read_only=True) as reader:
            store.store_object(density("310 K"))
            assert reader.keys() == [key]
            assert reader.retrieve_object(key)[0] == density()


def test_a_store_that_went_from_a_network_to_a_disk_goes_on(on, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        place = FileSystem("nfs4", "/shared")
        patched.setattr(catalog_place, "file_system_of", lambda path: place)
        with pytest.warns(NetworkFileSystemWarning), ps.open(tmp_path / "store") as store:
            store.store_object(density())
    with ps.open(tmp_path / "store") as store:
        store.store_object(density("310 K"))
        assert len(list(store.find(ps.PropertyData))) == 2
