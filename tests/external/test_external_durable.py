from __future__ import annotations

import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from propstore.external.durable import (
    atomic_write,
    create_durably,
    delete_durably,
    make_directories,
    replace_durably,
    temporary_file,
)


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with atomic_write(path) as stream:
        stream.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_raises_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write_half(stream: BinaryIO) -> None:
        stream.write(b"new")
        raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"), atomic_write(path) as stream:
        write_half(stream)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_not_whole_may_be_kept_elsewhere(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    visible = tmp_path / "visible"
    hidden.mkdir()
    visible.mkdir()
    with atomic_write(visible / "file", temporary_directory=hidden) as stream:
        stream.write(b"new")
        assert list(visible.iterdir()) == []
        assert len(list(hidden.iterdir())) == 1
    assert (visible / "file").read_bytes() == b"new"
    assert list(hidden.iterdir()) == []


def test_a_temporary_file_is_gone_unless_it_was_renamed(tmp_path: Path) -> None:
    with temporary_file(tmp_path) as (stream, path):
        stream.write(b"kept")
        stream.flush()
        replace_durably(path, tmp_path / "kept")
    with temporary_file(tmp_path) as (stream, _):
        stream.write(b"forgotten")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_directory_takes_the_place_of_an_empty_one_only(tmp_path: Path) -> None:
    for name in ("staged", "full", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(OSError, match="not empty"):
        replace_durably(tmp_path / "staged", tmp_path / "full")
    replace_durably(tmp_path / "staged", tmp_path / "empty")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "full"]


def test_a_name_is_created_once(tmp_path: Path) -> None:
    (tmp_path / "first").write_bytes(b"first")
    (tmp_path / "second").write_bytes(b"second")
    create_durably(tmp_path / "first", tmp_path / "name")
    with pytest.raises(FileExistsError):
        create_durably(tmp_path / "second", tmp_path / "name")
    assert (tmp_path / "name").read_bytes() == b"first"


def test_a_file_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    delete_durably(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        delete_durably(tmp_path / "file")


def test_directories_are_made_with_those_above(tmp_path: Path) -> None:
    make_directories(tmp_path / "a" / "b" / "c")
    make_directories(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()


def test_a_file_is_not_made_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="file"):
        make_directories(tmp_path / "file" / "below")


def test_directories_may_be_made_by_many_at_once(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)
    errors: list[OSError] = []

    def make() -> None:
        barrier.wait()
        try:
            make_directories(tmp_path / "a" / "b" / "c" / "d")
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert (tmp_path / "a" / "b" / "c" / "d").is_dir()
