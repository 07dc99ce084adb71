"""Copies of a record's files: the same bytes, modes and times, and on the disk."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from propstore.ancillary import copying
from propstore.ancillary.copying import MANY, copied, digested
from propstore.ancillary.source import SourceDirectory
from propstore.errors import AncillaryDataError

COUNTS = [1, MANY - 1, MANY + 1]


def files(directory: Path, count: int) -> SourceDirectory:
    (directory / "a" / "b").mkdir(parents=True)
    (directory / "empty").mkdir()
    for number in range(count):
        folder = directory / ("", "a", "a/b")[number % 3]
        (folder / f"{number}.dat").write_bytes(os.urandom(number * 50))
    return SourceDirectory.scan(directory)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Give the inodes of what is synced, as it is then: nothing may be written to it later."""
    inodes: set[int] = set()
    sync = os.fsync

    def note(descriptor: int) -> None:
        sync(descriptor)
        inodes.add(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", note)
    return inodes


@pytest.mark.parametrize("count", COUNTS)
def test_all_files_and_their_names_are_synced_before_a_copy_is_ready(tmp_path, synced, count):
    copied(files(tmp_path / "source", count), tmp_path / "copy")
    everything = {path.stat().st_ino for path in (tmp_path / "copy").rglob("*")}
    assert len(everything) == count + 3
    assert synced == everything | {(tmp_path / "copy").stat().st_ino}


@pytest.mark.parametrize("count", COUNTS)
def test_files_that_stay_where_they_are_are_synced_too(tmp_path, synced, count):
    digested(files(tmp_path / "source", count))
    assert synced >= {path.stat().st_ino for path in (tmp_path / "source").rglob("*")}


@pytest.mark.parametrize("count", COUNTS)
def test_a_copy_has_the_bytes_the_modes_and_the_times(tmp_path, count):
    source = files(tmp_path / "source", count)
    (tmp_path / "source" / "0.dat").chmod(0o451)
    os.utime(tmp_path / "source" / "0.dat", ns=(10**18, 10**18 + 7))
    manifest = copied(source, tmp_path / "copy")
    assert len(manifest.files) == count
    for entry in manifest.files:
        original, copy = tmp_path / "source" / entry.name, tmp_path / "copy" / entry.name
        assert copy.read_bytes() == original.read_bytes()
        assert entry.sha256 == hashlib.sha256(copy.read_bytes()).hexdigest()
        for status in (original.stat(), copy.stat()):
            assert (status.st_size, status.st_mode & 0o7777) == (entry.size, entry.mode)
            assert status.st_mtime_ns == entry.modified


@pytest.mark.parametrize("count", COUNTS)
def test_a_disk_that_fails_is_no_copy(tmp_path, monkeypatch, count):
    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    source = files(tmp_path / "source", count)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(AncillaryDataError, match="can't be stored: .*Input/output error"):
        copied(source, tmp_path / "copy")


def test_a_file_system_that_takes_no_hints_is_copied_to_as_well(tmp_path, monkeypatch):
    def refuse(*arguments: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "posix_fadvise", refuse, raising=False)
    assert len(copied(files(tmp_path / "source", 3), tmp_path / "copy").files) == 3
    monkeypatch.delattr(os, "posix_fadvise")
    assert len(copied(SourceDirectory.scan(tmp_path / "copy"), tmp_path / "again").files) == 3


def test_directories_are_gathered_into_one(tmp_path):
    source = files(tmp_path / "source", 3)
    with copying.gathered(source) as path:
        assert path == tmp_path / "source"
    (tmp_path / "other" / "fields").mkdir(parents=True)
    (tmp_path / "other" / "fields" / "x.npy").write_bytes(b"x")
    with copying.gathered(source.joined(SourceDirectory.scan(tmp_path / "other"))) as path:
        names = {one.name for one in SourceDirectory.scan(path).files}
        assert names == {"0.dat", "a/1.dat", "a/b/2.dat", "fields/x.npy"}
        assert (path / "empty").is_dir()
    assert not path.exists()
