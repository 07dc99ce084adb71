"""One store, many threads and processes."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

import propstore as ps
from propstore.backends.verification import verify_store
from propstore.errors import StoreClosedError, UnsupportedOperationError
from tests.samples import box, box_files, density

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

SPAWN = multiprocessing.get_context("spawn")


def distinct(number: int) -> ps.PropertyData:
    return density(f"{300 + number / 10} K")


def store_hundred(root: Path) -> list[str]:
    with ps.open(root) as store:
        return [store.store_object(distinct(number)) for number in range(100)]


def store_a_better_box(root: Path, files: Path, inefficiencies: list[float]) -> set[str]:
    with ps.open(root) as store:
        return {store.store_object(box(value), files) for value in inefficiencies}


def test_eight_threads_that_store_the_same_hundred_records_end_with_a_hundred(store):
    def work(_: int) -> list[str]:
        return [store.store_object(distinct(number)) for number in range(100)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(work, range(8)))
    assert len(store) == 100
    assert all(keys == answers[0] for keys in answers)
    assert set(answers[0]) == set(store.keys())


def test_eight_threads_that_store_one_replaceable_identity_end_with_the_best(store, tmp_path):
    files = box_files(tmp_path / "files")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda n: store.store_object(box(1.0 + n), files), range(8)))
    assert len(keys) == len(store) == 1
    assert store.retrieve_object(keys.pop())[0].statistical_inefficiency == 1.0


def test_eight_processes_that_store_the_same_hundred_records_end_with_a_hundred(tmp_path):
    root = tmp_path / "store"
    with ProcessPoolExecutor(8, mp_context=SPAWN) as pool:
        answers = list(pool.map(store_hundred, [root] * 8))
    with ps.open(root, read_only=True) as store:
        assert len(store) == 100
        assert all(keys == answers[0] for keys in answers)
        assert set(answers[0]) == set(store.keys())
        assert list(verify_store(store)) == []


def test_eight_processes_that_store_one_replaceable_identity_end_with_the_best(tmp_path):
    root, files = tmp_path / "store", box_files(tmp_path / "files")
    values = [[9.0 - i, 17.0 - i, 1.0 + i] for i in range(8)]
    with ProcessPoolExecutor(8, mp_context=SPAWN) as pool:
        keys = set().union(*pool.map(store_a_better_box, [root] * 8, [files] * 8, values))
    with ps.open(root, read_only=True) as store:
        assert len(keys) == len(store) == 1
        assert store.retrieve_object(keys.pop())[0].statistical_inefficiency == 1.0
        assert list(verify_store(store)) == []


def test_a_reader_in_another_thread_sees_nothing_of_a_batch_before_its_end(local):
    other = ps.open(local.root_directory)
    with local.batch():
        local.store_object(density())
        assert len(local) == 1
        assert len(other) == 0
    assert len(other) == 1
    other.close()


def test_a_reader_is_not_held_up_by_a_long_batch(local):
    local.store_object(density("300 K"))
    held, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with local.batch():
            local.store_object(density("310 K"))
            held.set()
            go_on.wait(60)

    writer = threading.Thread(target=write)
    writer.start()
    held.wait(60)
    assert local.find(ps.PropertyData).count() == 1
    go_on.set()
    writer.join()
    assert local.find(ps.PropertyData).count() == 2


def test_a_batch_that_raises_stores_nothing(local, tmp_path):
    kept = local.store_object(density("300 K"))
    with pytest.raises(RuntimeError, match="enough"), local.batch():
        local.store_object(density("310 K"))
        local.store_object(box(), box_files(tmp_path / "files"))
        local.remove_object(kept)
        raise RuntimeError("enough")
    assert local.keys() == [kept]
    assert not list(local.root_directory.glob("ancillary/*/*"))
    assert local.store_object(density("310 K")) in local
    assert list(verify_store(local)) == []


def test_batches_nest_and_the_outermost_decides(local):
    with pytest.raises(RuntimeError), local.batch():
        with local.batch():
            local.store_object(density())
        raise RuntimeError
    assert len(local) == 0


def test_a_backend_without_transactions_refuses_a_batch(tmp_path):
    from tests.backends.three_hooks import DictBackend

    with pytest.raises(UnsupportedOperationError, match="no transactions"):
        DictBackend(tmp_path).batch()


def test_a_pickled_store_opens_the_same_store(local):
    key = local.store_object(density())
    with pickle.loads(pickle.dumps(local)) as copy:
        assert copy.retrieve_object(key)[0] == density()
        other = copy.store_object(density("310 K"))
    assert other in local


def test_a_store_in_memory_says_why_it_cannot_be_pickled():
    with pytest.raises(UnsupportedOperationError, match="one process"):
        pickle.dumps(ps.MemoryStorage())


def in_a_forked_child(work) -> int:
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            os._exit(work())
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def test_a_forked_child_goes_on_with_the_store_object(local):
    local.store_object(density("300 K"))

    def work() -> int:
        if local.find(ps.PropertyData).count() != 1:
            return 1
        local.store_object(density("310 K"))
        return 0

    assert in_a_forked_child(work) == 0
    assert local.find(ps.PropertyData).count() == 2
    assert local.store_object(density("320 K")) in local
    assert list(verify_store(local)) == []


def test_a_fork_waits_for_the_transaction_of_another_thread(local):
    held = threading.Event()

    def write() -> None:
        with local.batch():
            local.store_object(density("300 K"))
            held.set()
            time.sleep(0.3)

    writer = threading.Thread(target=write)
    writer.start()
    held.wait(60)
    assert in_a_forked_child(lambda: local.find(ps.PropertyData).count()) == 1
    writer.join()


def test_a_child_that_was_forked_inside_a_batch_is_told_that_it_cannot_go_on(local):
    def work() -> int:
        try:
            local.find(ps.PropertyData).count()
        except StoreClosedError as error:
            return 0 if "outside of batch()" in str(error) else 1
        return 2

    with local.batch():
        local.store_object(density("300 K"))
        assert in_a_forked_child(work) == 0
        local.store_object(density("310 K"))
    assert len(local) == 2


def test_what_a_forked_child_stores_stays_when_its_parent_closes_first(local):
    # SQLite would remove the log that the child writes to, did it think the parent the last user.
    local.store_object(density("300 K"))
    go_on, gone = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            local.store_object(density("310 K"))
            os.write(gone[1], b"x")
            os.read(go_on[0], 1)
            local.store_object(density("320 K"))
            os._exit(0)
        finally:
            os._exit(99)
    os.read(gone[0], 1)
    root = local.root_directory
    local.close()
    os.write(go_on[1], b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with ps.open(root) as store:
        assert len(store) == 3
        assert list(verify_store(store)) == []


WRITER = """
import sys
from pathlib import Path
import propstore as ps
from tests.samples import box, density

store = ps.open(sys.argv[1])
for number in range(10**6):
    if number % 3:
        key = store.store_object(density(f"{200 + int(sys.argv[3]) + number / 1000} K"))
        print("record", number, key, flush=True)
    else:
        value = 10.0 / (1 + number)
        key = store.store_object(box(value), sys.argv[2])
        print("box", value, key, flush=True)
"""

KILLS = int(os.environ.get("PROPSTORE_KILLS", "12"))


def test_what_was_acknowledged_is_there_after_a_kill_and_nothing_half(tmp_path):
    root, files = tmp_path / "store", box_files(tmp_path / "files", "ATOM" * 10000)
    acknowledged: dict[str, str] = {}
    best = float("inf")
    for number in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(root), str(files), str(number)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as process:
            lines = [process.stdout.readline() for _ in range(2)]
            time.sleep(0.002 * (number % 20))
            process.kill()
            lines += process.stdout.readlines()
        for kind, value, key in (line.split() for line in lines if line.endswith("\n")):
            acknowledged[key] = kind
            best = min(best, float(value)) if kind == "box" else best
        with ps.open(root) as store:
            assert set(acknowledged) <= set(store.keys())
            assert list(verify_store(store)) == []
            (kept,) = store.find(ps.StoredSimulationData)
            assert kept.record.statistical_inefficiency <= best
    assert len(acknowledged) >= KILLS
