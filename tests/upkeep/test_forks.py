"""A process that forks: no connection of the parent's reaches the child, and nobody is held up."""

from __future__ import annotations

import functools
import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

import propstore as ps
from propstore.backends import connections
from propstore.backends.forking import ForkWatch
from propstore.upkeep import verify_store
from tests.samples import box, box_files, density

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

MANY = 2500  # records: more than are fetched at once


@pytest.fixture
def filled(local: ps.LocalFileStorage) -> ps.LocalFileStorage:
    """Give a store of many records."""
    with local.batch():
        for number in range(MANY):
            local.store_object(density(f"{200 + number / 10} K"))
    return local


def in_a_child(work: Callable[[], object]) -> str:
    """Give what a piece of work gives in a forked child, as text."""
    told = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            os.write(told[1], str(work()).encode())
            os._exit(0)
        finally:
            os._exit(99)
    os.close(told[1])
    with os.fdopen(told[0]) as stream:
        text = stream.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return text


def open_catalogs(store: ps.LocalFileStorage) -> list[str]:
    """Give the files of a store's catalog that this process has open."""
    found = []
    for path in Path("/proc/self/fd").iterdir():
        try:
            target = str(path.readlink())
        except FileNotFoundError:
            continue  # that by which the directory was read
        if target.startswith(str(store.root_directory / "catalog.sqlite")):
            found.append(target)
    return found


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="the system does not tell what is open"
)


@needs_proc
def test_a_child_has_no_catalog_of_its_parents_open(filled: ps.LocalFileStorage) -> None:
    unread = iter(filled.find(ps.PropertyData))
    next(unread)
    filled.store_object(density("190 K"))
    assert open_catalogs(filled) != []
    assert in_a_child(lambda: open_catalogs(filled)) == "[]"


@needs_proc
def test_nor_one_of_a_store_that_was_closed_while_an_answer_was_read(
    filled: ps.LocalFileStorage,
) -> None:
    unread = iter(filled.find(ps.PropertyData))
    next(unread)
    filled.close()
    assert in_a_child(lambda: open_catalogs(filled)) == "[]"


def test_an_answer_that_was_begun_before_a_fork_goes_on_on_both_sides(
    filled: ps.LocalFileStorage,
) -> None:
    answer = iter(filled.find(ps.PropertyData))
    next(answer)
    assert in_a_child(lambda: sum(1 for _ in answer)) == str(MANY - 1)
    filled.store_object(density("190 K"))
    assert sum(1 for _ in answer) == MANY - 1


def test_what_a_child_stores_beside_a_half_read_answer_stays_when_its_parent_closes_first(
    filled: ps.LocalFileStorage,
) -> None:
    answer: Iterator[object] = iter(filled.find(ps.PropertyData))
    next(answer)
    go_on = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            filled.store_object(density("190 K"))
            os.read(go_on[0], 1)
            filled.store_object(density("191 K"))
            os._exit(0)
        finally:
            os._exit(99)
    root = filled.root_directory
    del answer
    filled.close()
    os.write(go_on[1], b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with ps.open(root) as store:
        assert len(store) == MANY + 2
        assert list(verify_store(store)) == []


def test_forks_while_threads_read_and_write_lose_nothing_and_hold_nobody_up(
    local: ps.LocalFileStorage,
) -> None:
    stop = threading.Event()

    def write(number: int) -> list[str]:
        temperatures = (300 + number * 100 + i / 1000 for i in itertools.count())
        records = (density(f"{one} K") for one in temperatures)
        return [local.store_object(record) for record in itertools.takewhile(goes_on, records)]

    def goes_on(_: object) -> bool:
        return not stop.is_set()

    def read() -> int:
        number = 0
        while not stop.is_set():
            number = sum(1 for _ in local.find(ps.PropertyData))
        return number

    with ThreadPoolExecutor(3) as threads:
        writers = [threads.submit(write, number) for number in range(2)]
        reader = threads.submit(read)
        from_children = []
        for number in range(15):
            record = density(f"{100 + number} K")
            from_children.append(in_a_child(functools.partial(local.store_object, record)))
        stop.set()
        stored = [key for writer in writers for key in writer.result()]
        assert reader.result() > 0
    assert set(local.keys()) == {*stored, *from_children}
    assert list(verify_store(local)) == []


def test_an_error_of_one_store_at_a_fork_does_not_keep_the_others_from_going_on(
    local: ps.LocalFileStorage,
) -> None:
    class Unfortunate:
        def _before_fork(self) -> None: ...

        def _after_fork_in_parent(self) -> None:
            raise RuntimeError

        def _after_fork_in_child(self) -> None:
            raise RuntimeError

    watch, unfortunate = ForkWatch(), Unfortunate()
    watch.add(unfortunate)
    watch.add(local)
    watch._before_fork()
    with pytest.raises(RuntimeError):
        watch._after_fork_in_parent()
    done = threading.Thread(target=local.store_object, args=(density(),))
    done.start()
    done.join(30)
    assert not done.is_alive()
    watch._stores.clear()


ENDING_CHILD = """
import os, sys
from pathlib import Path
import propstore as ps
from tests.samples import box, box_files

store = ps.open("memory:")
key = store.store_object(box(), box_files(Path(sys.argv[1])))
if os.fork() == 0:
    sys.exit()
os.wait()
assert (store.retrieve_object(key)[1] / "box.pdb").read_text() == "ATOM"
"""


def test_a_child_that_ends_leaves_the_files_of_its_parents_memory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ENDING_CHILD, str(tmp_path / "files")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_sqlite_never_folds_its_log_by_itself_while_others_may_write(
    local: ps.LocalFileStorage,
) -> None:
    # Up to 3.51.2 it could lose what is written meanwhile: sqlite.org/wal.html#walresetbug
    assert local._connections.fetch("PRAGMA wal_autocheckpoint") == [(0,)]
    with local._lock, local._connections.writing() as connection:
        assert connection.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)


def test_a_long_log_is_folded_into_the_catalog_while_nobody_else_writes(
    local: ps.LocalFileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LONG_LOG", 100_000)
    monkeypatch.setattr(connections, "FOLDING_INTERVAL", 0.0)
    log = local.root_directory / "catalog.sqlite-wal"
    for number in range(200):
        local.store_object(density(f"{200 + number} K"))
    assert log.stat().st_size < 200_000
    assert (local.root_directory / "catalog.sqlite").stat().st_size > 100_000


def test_a_reader_does_not_keep_a_long_log_from_being_folded_later(
    filled: ps.LocalFileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LONG_LOG", 100_000)
    monkeypatch.setattr(connections, "FOLDING_INTERVAL", 0.0)
    answer = iter(filled.find(ps.PropertyData))
    next(answer)
    for number in range(50):
        filled.store_object(density(f"{100 + number} K"))
    assert sum(1 for _ in answer) == MANY - 1
    filled.store_object(density("99 K"))
    filled.store_object(density("98 K"))
    with closing(sqlite3.connect(filled.root_directory / "catalog.sqlite")) as other:
        _, in_log, folded = other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    assert in_log == folded < 100


def test_a_disk_that_is_full_while_the_log_is_folded_undoes_nothing(
    local: ps.LocalFileStorage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(connections, "LONG_LOG", 0)
    monkeypatch.setattr(connections, "FOLDING_INTERVAL", 0.0)

    def fail(*arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(local._connections, "fetch", fail)
        with local._lock, local._transaction():
            local._catalog.note("test", "kept")
    assert local.about()["test"] == "kept"
    assert local.store_object(box(), box_files(tmp_path / "files")) in local
