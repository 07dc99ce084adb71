"""A file of groups is replaced whole, by one writer at a time, while readers go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from propstore.errors import (
    NotAStoreError,
    StoreBusyError,
    StoreError,
    StoreFormatError,
    StoreReadOnlyError,
)
from propstore.external import durable
from propstore.objects.groups import GenericStorage, JSONStorage, NetCDFStorage, file_storage
from propstore.objects.groups.json_layout import trailer

Opener = Callable[..., GenericStorage]
FORMS: dict[str, Opener] = {"json": JSONStorage, "netcdf": NetCDFStorage}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opener(form: str) -> Opener:
    return FORMS[form]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "groups"


def names_beside(path: Path) -> list[str]:
    return sorted(other.name for other in path.parent.iterdir())


def writer(form: str, path: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.objects.group_writer", form, str(path), *arguments]
    return subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_a_reader_changes_nothing(opener: Opener, path: Path) -> None:
    with opener(path) as group:
        group["a"] = 1
    with opener(path, "r") as group:
        with pytest.raises(StoreReadOnlyError, match="mode='a'"):
            group["a"] = 2
        with pytest.raises(StoreReadOnlyError):
            group.create_group("b")
        with pytest.raises(StoreReadOnlyError):
            del group["a"]
        assert group["a"] == 1


def test_mode_w_begins_anew(opener: Opener, path: Path) -> None:
    with opener(path) as group:
        group["a"] = 1
    with opener(path, "w") as group:
        assert not group
        group["b"] = 2
    with opener(path, "r") as group:
        assert dict(group) == {"b": 2}


def test_an_empty_storage_is_a_file(opener: Opener, path: Path) -> None:
    with opener(path):
        pass
    with opener(path, "r") as group:
        assert not group


def test_what_is_only_read_is_not_written(opener: Opener, path: Path) -> None:
    with opener(path) as group:
        group["a"] = 1
    before = path.stat()
    with opener(path) as group:
        assert group["a"] == 1
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_there_is_nothing_to_read_where_no_file_is(opener: Opener, path: Path) -> None:
    with pytest.raises(NotAStoreError, match="groups"):
        opener(path, "r").__enter__()
    with pytest.raises(NotAStoreError, match="no directory"):
        opener(path / "in" / "nothing").__enter__()


def test_a_folder_is_no_place_for_groups(opener: Opener, path: Path) -> None:
    path.mkdir()
    for mode in ("a", "w"):
        with pytest.raises(NotAStoreError, match="is not a file"):
            opener(path, mode).__enter__()
    assert names_beside(path) == ["groups"]


def test_an_index_that_is_nested_too_deeply_is_refused(path: Path) -> None:
    with JSONStorage(path) as group:
        group["a"] = 1
    content = path.read_bytes()
    index = b'{"a":{"group":' * 5000 + b"{}" + b"}}" * 5000
    start = content.index(b'"index":') + len(b'"index":')
    path.write_bytes(content[:start] + index + trailer(start, start + len(index)))
    with pytest.raises(StoreFormatError, match="changed by something else"):
        JSONStorage(path, "r").__enter__()


def test_an_unknown_mode_is_refused(opener: Opener, path: Path) -> None:
    with pytest.raises(ValueError, match="'x' is no mode"):
        opener(path, "x")


@pytest.mark.parametrize("content", [b"", b"{}", b"nonsense" * 100])
def test_a_file_of_something_else_is_refused_and_stays(
    opener: Opener, path: Path, content: bytes
) -> None:
    path.write_bytes(content)
    for mode in ("r", "a"):
        with pytest.raises(StoreError):
            opener(path, mode).__enter__()
    assert path.read_bytes() == content


def test_a_file_that_was_cut_off_is_refused(opener: Opener, path: Path) -> None:
    with opener(path) as group:
        group["a"] = np.arange(10_000)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(StoreError):
        opener(path, "r").__enter__()


def test_a_file_of_a_later_format_is_refused(path: Path) -> None:
    with JSONStorage(path) as group:
        group["a"] = 1
    path.write_bytes(
        path.read_bytes().replace(b'{"propstore_groups":1,', b'{"propstore_groups":2,')
    )
    with pytest.raises(StoreFormatError, match="format"):
        JSONStorage(path, "r").__enter__()


def test_a_reader_goes_on_while_others_write(opener: Opener, path: Path) -> None:
    with opener(path) as group:
        group["a"], group["b"] = np.zeros(100_000), 1
    with opener(path, "r") as before:
        assert before["b"] == 1
        with opener(path) as group:
            group["a"], group["b"] = np.ones(100_000), 2
            with opener(path, "r") as meanwhile:
                assert meanwhile["b"] == 1
        assert before["a"][0] == 0
        assert before["b"] == 1
    with opener(path, "r") as after:
        assert after["a"][0] == 1


def test_a_second_writer_that_would_wait_too_long_gets_an_error(
    form: str, opener: Opener, path: Path
) -> None:
    process = writer(form, path, "a", "hold")
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(StoreBusyError, match="mode='r'"):
            opener(path, timeout=0.1).__enter__()
        process.communicate("")
    with opener(path, "r") as group:
        assert sorted(group) == ["a", "held"]


def test_writers_in_several_processes_all_succeed(form: str, opener: Opener, path: Path) -> None:
    processes = [writer(form, path, f"run/{number}", "write") for number in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    for process in processes:
        process.communicate()
    with opener(path, "r") as group:
        assert sorted(group["run"]) == ["0", "1", "2"]
        assert group["run/2"][0] == 7


def test_a_killed_writer_leaves_the_file_as_it_was(form: str, opener: Opener, path: Path) -> None:
    for delay in (0.0, 0.003, 0.01):
        process = writer(form, path, "rewrite")
        with process:
            assert process.stdout is not None
            acknowledged = int(process.stdout.readline())
            acknowledged = int(process.stdout.readline())
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
        with opener(path) as group:
            number = group["a"][0]
            assert number >= acknowledged
            assert (group["a"] == number).all()
            assert group["b"]["number"] == group["b"]["values"][0][0] == number
            group["after"] = "it can be written to"


def test_a_writer_leaves_nothing_but_the_file_and_its_lock(opener: Opener, path: Path) -> None:
    with opener(path) as group:
        group["a"] = 1
    assert names_beside(path) == [".groups.lock", "groups"]


def test_a_write_that_fails_leaves_the_file_as_it_was(
    opener: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opener(path) as group:
        group["a"] = 1

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    def change() -> None:
        with opener(path) as group:
            group["a"] = 2

    monkeypatch.setattr(file_storage, "fsync_file", full)
    with pytest.raises(StoreError, match="stays as it was.*No space left"):
        change()
    monkeypatch.setattr(file_storage, "fsync_file", durable.fsync_file)
    with opener(path, "r") as group:
        assert group["a"] == 1
    assert names_beside(path) == [".groups.lock", "groups"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_a_full_disk_leaves_the_file_as_it_was(form: str, opener: Opener, path: Path) -> None:
    with opener(path) as group:
        group["a"] = 1
    script = (
        "import resource, signal, sys\n"
        "import numpy as np\n"
        "from propstore.objects import JSONStorage, NetCDFStorage\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        f"storage = {opener.__name__}({str(path)!r})\n"
        "with storage as group:\n"
        "    group['b'] = np.random.default_rng(0).random(100_000)\n"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert process.returncode == 1
    assert "StoreError" in process.stderr.splitlines()[-1]
    assert names_beside(path) == [".groups.lock", "groups"]
    with opener(path, "r") as group:
        assert dict(group) == {"a": 1}


def test_what_broke_off_halfway_is_not_kept_even_if_the_caller_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with NetCDFStorage(path) as group:
        group["a"] = 1

    def go_on() -> None:
        with NetCDFStorage(path) as group:
            with monkeypatch.context() as patch:
                patch.setattr(type(group), "_describe", None)
                with pytest.raises(TypeError):
                    group["b"] = np.arange(2)
            group["c"] = 3

    with pytest.raises(StoreError, match="stays as it was"):
        go_on()
    with NetCDFStorage(path, "r") as group:
        assert dict(group) == {"a": 1}


def test_permissions_and_links_are_kept(opener: Opener, path: Path) -> None:
    with opener(path) as group:
        group["a"] = 1
    path.chmod(0o640)
    link = path.with_name("link")
    link.symlink_to(path)
    with opener(link) as group:
        group["a"] = 2
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_json_file_is_json_that_anyone_reads(path: Path) -> None:
    with JSONStorage(path) as group:
        group["a"] = 5
        group["run/1/name"] = "Größe"
    content = json.loads(path.read_text())["content"]
    assert content["a"]["document"] == 5
    assert content["run"]["group"]["1"]["group"]["name"]["document"] == "Größe"


def test_one_value_of_a_json_file_is_read_without_the_rest(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with JSONStorage(path) as group:
        group["large"] = np.zeros(1_000_000)
        group["small"] = {"a": np.arange(3)}
    with JSONStorage(path, "r") as group:
        read: list[int] = []
        pread = os.pread

        def counted(descriptor: int, size: int, offset: int) -> bytes:
            read.append(size)
            return pread(descriptor, size, offset)

        monkeypatch.setattr(os, "pread", counted)
        assert group["small"]["a"].tolist() == [0, 1, 2]
    assert sum(read) < 1000
