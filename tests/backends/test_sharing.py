"""A store in a folder, in threads and on both sides of a fork."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

import propstore as ps
from propstore.backends.forking import PATIENCE
from propstore.errors import StoreClosedError
from propstore.upkeep import verify_store
from tests.samples import box, box_files, density

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def test_a_reader_is_not_held_up_by_a_long_batch(folder_store):
    folder_store.store_object(density("300 K"))
    held, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with folder_store.batch():
            folder_store.store_object(density("310 K"))
            held.set()
            go_on.wait(60)

    writer = threading.Thread(target=write)
    writer.start()
    held.wait(60)
    assert folder_store.find(ps.PropertyData).count() == 1
    go_on.set()
    writer.join()
    assert folder_store.find(ps.PropertyData).count() == 2


def test_a_batch_that_raises_leaves_no_files(folder_store, tmp_path):
    kept = folder_store.store_object(density("300 K"))
    with pytest.raises(RuntimeError, match="enough"), folder_store.batch():
        folder_store.store_object(density("310 K"))
        folder_store.store_object(box(), box_files(tmp_path / "files"))
        folder_store.remove_object(kept)
        raise RuntimeError("enough")
    assert folder_store.keys() == [kept]
    assert not list(folder_store.root_directory.glob("ancillary/*/*"))
    assert folder_store.store_object(density("310 K")) in folder_store


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


def test_a_forked_child_goes_on_with_the_store_object(folder_store):
    folder_store.store_object(density("300 K"))

    def work() -> int:
        if folder_store.find(ps.PropertyData).count() != 1:
            return 1
        folder_store.store_object(density("310 K"))
        return 0

    assert in_a_forked_child(work) == 0
    assert folder_store.find(ps.PropertyData).count() == 2
    assert folder_store.store_object(density("320 K")) in folder_store


def test_a_fork_waits_for_the_transaction_of_another_thread(folder_store):
    held = threading.Event()

    def write() -> None:
        with folder_store.batch():
            folder_store.store_object(density("300 K"))
            held.set()
            time.sleep(0.3)

    writer = threading.Thread(target=write)
    writer.start()
    held.wait(60)
    began = time.monotonic()
    assert in_a_forked_child(lambda: folder_store.find(ps.PropertyData).count()) == 1
    assert time.monotonic() - began < PATIENCE
    writer.join()


def test_a_child_that_was_forked_inside_a_batch_is_told_that_it_cannot_go_on(folder_store):
    def work() -> int:
        try:
            folder_store.find(ps.PropertyData).count()
        except StoreClosedError as error:
            return 0 if "outside of batch()" in str(error) else 1
        return 2

    with folder_store.batch():
        folder_store.store_object(density("300 K"))
        assert in_a_forked_child(work) == 0
        folder_store.store_object(density("310 K"))
    assert len(folder_store) == 2


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
