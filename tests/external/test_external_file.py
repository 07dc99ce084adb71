from __future__ import annotations

import errno
import io
import os
import resource
import stat
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from propstore.errors import (
    ExternalPermissionError,
    ExternalResourceError,
    ExternalResourceExistsError,
    InvalidLocationError,
    MissingExternalResourceError,
    UnsupportedOperationError,
)
from propstore.external import FileStorage
from propstore.external.os_errors import reading, writing
from propstore.testing.external.raw import HELLO, LARGE, OPERATIONS, OTHER, READINGS, Operation

operations = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(tmp_path / "root")


def visible_files(root: Path) -> list[str]:
    """The files that a person sees in a root, hidden directories left out."""
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and path.relative_to(root).parts[0] != ".propstore-tmp"
    )


# The root


def test_opening_and_reading_write_nothing(storage: FileStorage) -> None:
    assert list(storage) == []
    assert not storage.exists("data/sample")
    with pytest.raises(MissingExternalResourceError):
        storage.load_stream("data/sample")
    assert not storage.root_dir.exists()


def test_reading_changes_nothing_on_the_medium(storage: FileStorage) -> None:
    path = storage.root_dir / "data" / "sample"
    path.parent.mkdir(parents=True)
    path.write_bytes(HELLO)

    def tree() -> dict[Path, int]:
        return {path: path.lstat().st_mtime_ns for path in storage.root_dir.rglob("*")}

    before = tree()
    with storage.load_stream("data/sample") as stream:
        stream.read()
    storage.get_metadata("data/sample")
    storage.load_range("data/sample", 0, 5)
    assert list(storage) == ["data/sample"]
    assert tree() == before


def test_a_relative_root_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    storage = FileStorage("root")
    monkeypatch.chdir("/")
    storage.store_bytes("sample", HELLO)
    assert (tmp_path / "root" / "sample").read_bytes() == HELLO


def test_an_absolute_path_inside_the_root_is_that_location(storage: FileStorage) -> None:
    inside = str(storage.root_dir / "data" / "sample")
    storage.store_bytes(inside, HELLO)
    assert list(storage) == ["data/sample"]
    assert storage.load_range(inside, 0, 5) == HELLO[:5]
    assert list(storage.iter_contents(str(storage.root_dir / "data" / "sam"))) == ["data/sample"]
    assert storage.get_filename("data/sample") == inside


def test_an_absolute_path_through_a_link_to_the_root_is_inside(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    storage = FileStorage(tmp_path / "link")
    storage.store_bytes(str(tmp_path / "real" / "a"), HELLO)
    storage.store_bytes(str(tmp_path / "link" / "b"), HELLO)
    assert sorted(storage) == ["a", "b"]


@operations
@pytest.mark.parametrize("path", ["{root}-other/sample", "{root}/../sample", "{root}"])
def test_an_absolute_path_outside_the_root_is_refused(
    storage: FileStorage, operation: Operation, path: str
) -> None:
    with pytest.raises(InvalidLocationError):
        operation(storage, path.format(root=storage.root_dir))


def test_a_storage_shows_its_root(storage: FileStorage) -> None:
    assert repr(storage) == f"FileStorage({str(storage.root_dir)!r})"


# Links


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A directory beside the root, with a file to be stolen or spoilt."""
    directory = tmp_path / "outside"
    directory.mkdir()
    (directory / "secret").write_bytes(OTHER)
    return directory


@operations
@pytest.mark.parametrize(
    "location", ["file", "directory/secret", "directory/new", "deep/up/secret"]
)
def test_a_link_that_leads_out_is_refused(
    storage: FileStorage, outside: Path, operation: Operation, location: str
) -> None:
    (storage.root_dir / "deep").mkdir(parents=True)
    (storage.root_dir / "file").symlink_to(outside / "secret")
    (storage.root_dir / "directory").symlink_to(outside)
    (storage.root_dir / "deep" / "up").symlink_to("../../outside")
    with pytest.raises(InvalidLocationError, match="link"):
        operation(storage, location)
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == {"secret": OTHER}


def test_a_prefix_through_a_link_that_leads_out_is_refused(
    storage: FileStorage, outside: Path
) -> None:
    storage.root_dir.mkdir()
    (storage.root_dir / "directory").symlink_to(outside)
    with pytest.raises(InvalidLocationError, match="link"):
        storage.iter_contents("directory/")


def test_links_that_lead_out_are_not_listed(storage: FileStorage, outside: Path) -> None:
    storage.store_bytes("sample", HELLO)
    (storage.root_dir / "file").symlink_to(outside / "secret")
    (storage.root_dir / "directory").symlink_to(outside)
    assert list(storage) == ["sample"]


def test_nothing_unfinished_is_written_through_a_link(storage: FileStorage, outside: Path) -> None:
    storage.root_dir.mkdir()
    (storage.root_dir / ".propstore-tmp").symlink_to(outside)
    with pytest.raises(InvalidLocationError, match="link"):
        storage.store_bytes("sample", HELLO)
    assert [path.name for path in outside.iterdir()] == ["secret"]


def test_a_link_inside_the_root_is_followed(storage: FileStorage) -> None:
    storage.store_bytes("data/sample", HELLO)
    (storage.root_dir / "latest").symlink_to("data/sample")
    (storage.root_dir / "alias").symlink_to("data")
    assert storage.load_range("latest", 0, 5) == HELLO[:5]
    assert storage.load_range("alias/sample", 0, 5) == HELLO[:5]
    assert sorted(storage) == ["data/sample", "latest"]
    assert list(storage.iter_contents("alias/")) == []


@pytest.mark.parametrize("operation", READINGS.values(), ids=READINGS)
def test_a_link_to_itself_is_refused(storage: FileStorage, operation: Operation) -> None:
    storage.root_dir.mkdir()
    (storage.root_dir / "loop").symlink_to("loop")
    with pytest.raises(InvalidLocationError, match="itself"):
        operation(storage, "loop")


def test_nothing_is_stored_below_a_link_to_nowhere(storage: FileStorage) -> None:
    storage.root_dir.mkdir()
    (storage.root_dir / "nowhere").symlink_to("missing")
    with pytest.raises(InvalidLocationError, match="nowhere/sample"):
        storage.store_bytes("nowhere/sample", HELLO)


def test_a_pipe_is_not_a_resource(storage: FileStorage) -> None:
    storage.root_dir.mkdir()
    os.mkfifo(storage.root_dir / "pipe")
    with pytest.raises(MissingExternalResourceError):
        storage.load_stream("pipe")
    assert list(storage) == []


# Whole or not at all


def test_bytes_are_durable_before_they_have_their_name(
    storage: FileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, int]] = []
    fsync, replace = os.fsync, os.replace

    def recorded_fsync(descriptor: int) -> None:
        fsync(descriptor)
        events.append(("fsync", os.fstat(descriptor).st_ino))

    def recorded_replace(source: Path, target: Path) -> None:
        events.append(("rename", source.stat().st_ino))
        replace(source, target)

    storage.root_dir.mkdir()
    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(os, "replace", recorded_replace)
    storage.store_bytes("new/directory/sample", HELLO)

    def inode(path: str) -> int:
        return (storage.root_dir / path).stat().st_ino

    content = inode("new/directory/sample")
    assert events.index(("fsync", content)) < events.index(("rename", content))
    after = events[events.index(("rename", content)) :]
    assert ("fsync", inode("new/directory")) in after
    # The new directories have durable names too.
    assert ("fsync", inode("new")) in events
    assert ("fsync", inode(".")) in events


@pytest.fixture
def one_mebibyte_disk() -> Iterator[None]:
    """As far as this process is concerned, no file can grow beyond 1 MiB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("one_mebibyte_disk")
def test_a_full_disk_leaves_what_was_there(storage: FileStorage) -> None:
    storage.store_bytes("sample", HELLO)
    with pytest.raises(OSError, match="large") as raised:
        storage.store_bytes("sample", LARGE)
    assert raised.value.errno == errno.EFBIG
    assert storage.load_range("sample", 0, 100) == HELLO
    assert not list(storage.root_dir.glob(".propstore-tmp/.*.tmp"))


def test_new_files_have_the_permissions_of_any_new_file(storage: FileStorage) -> None:
    before = os.umask(0o027)
    try:
        storage.store_bytes("sample", HELLO)
    finally:
        os.umask(before)
    mode = stat.S_IMODE((storage.root_dir / "sample").stat().st_mode)
    assert mode == 0o640


def test_only_old_leftovers_are_removed(storage: FileStorage) -> None:
    storage.store_bytes("sample", HELLO)
    hidden = storage.root_dir / ".propstore-tmp"
    for name, age in {".young.tmp": 60, ".old.tmp": 7200}.items():
        (hidden / name).write_bytes(OTHER)
        then = (hidden / name).stat().st_mtime - age
        os.utime(hidden / name, (then, then))
    assert list(storage) == ["sample"]
    assert storage.remove_leftovers(older_than=timedelta(hours=1)) == 1
    assert [path.name for path in hidden.glob(".*.tmp")] == [".young.tmp"]
    assert storage.remove_leftovers() == 0


def test_empty_directories_of_a_killed_writer_are_no_hindrance(storage: FileStorage) -> None:
    (storage.root_dir / "data" / "made" / "in").mkdir(parents=True)
    (storage.root_dir / "data" / "vain").mkdir()
    storage.store_bytes("data", HELLO)
    assert visible_files(storage.root_dir) == ["data"]


def test_a_directory_that_is_not_empty_is_kept_on_delete(storage: FileStorage) -> None:
    storage.store_bytes("data/a/sample", HELLO)
    storage.store_bytes("data/b/sample", HELLO)
    storage.delete("data/a/sample")
    assert [path.name for path in (storage.root_dir / "data").iterdir()] == ["b"]


def test_storing_and_deleting_neighbours_do_not_disturb_each_other(storage: FileStorage) -> None:
    errors: list[Exception] = []

    def work(name: str) -> None:
        try:
            for _ in range(100):
                storage.store_bytes(f"data/deep/{name}", HELLO)
                storage.delete(f"data/deep/{name}")
        except ExternalResourceError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert visible_files(storage.root_dir) == []


def test_an_unfinished_file_that_is_removed_too_early_is_an_error(storage: FileStorage) -> None:
    class Hasty(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            storage.remove_leftovers(older_than=timedelta(seconds=-1))
            return super().read(size)

    with pytest.raises(ExternalResourceError, match="could not be renamed"):
        storage.store_stream("sample", Hasty(HELLO))
    assert list(storage) == []


def test_create_says_so_where_there_are_no_hard_links(
    storage: FileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(source: object, target: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(UnsupportedOperationError, match="hard links"):
        storage.store_bytes("sample", HELLO, mode="create")
    assert visible_files(storage.root_dir) == []


def test_create_refuses_before_it_reads_the_source(storage: FileStorage) -> None:
    class Unread:
        def read(self, size: int, /) -> bytes:
            raise AssertionError("it was read")

    storage.store_bytes("sample", HELLO)
    with pytest.raises(ExternalResourceExistsError):
        storage.store_stream("sample", Unread(), mode="create")


# What the errors of the system mean


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOENT, MissingExternalResourceError),
        (errno.ENOTDIR, MissingExternalResourceError),
        (errno.EISDIR, MissingExternalResourceError),
        (errno.EACCES, ExternalPermissionError),
        (errno.EPERM, ExternalPermissionError),
        (errno.ELOOP, InvalidLocationError),
    ],
)
def test_an_error_while_reading_is_told(number: int, expected: type[Exception]) -> None:
    with pytest.raises(expected, match="data/sample"), reading("data/sample"):
        raise OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOTDIR, InvalidLocationError),
        (errno.EISDIR, InvalidLocationError),
        (errno.EACCES, ExternalPermissionError),
        (errno.EROFS, ExternalPermissionError),
        (errno.ELOOP, InvalidLocationError),
    ],
)
def test_an_error_while_writing_is_told(number: int, expected: type[Exception]) -> None:
    with pytest.raises(expected, match="data/sample"), writing("data/sample"):
        raise OSError(number, os.strerror(number))


def test_an_error_that_says_nothing_of_the_location_is_left_alone() -> None:
    with pytest.raises(OSError, match="No space left") as raised, writing("data/sample"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert not isinstance(raised.value, ExternalResourceError)
