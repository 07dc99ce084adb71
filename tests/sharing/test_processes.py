"""One store, many processes, each result computed once, whoever is killed or suspended."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import propstore as ps
from propstore.upkeep.verification import verify_store
from tests.samples import density
from tests.sharing.calculations import Journal, never, wait_until, wanted
from tests.sharing.programs import (
    NUMBERS,
    ask_for_all,
    ask_for_one,
    ask_for_one_with_expiry,
    be_suspended,
    hold_the_lock_of_python,
    temperature,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

# Processes that are forked from one that has imported propstore and has no thread.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.sharing.programs"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give the folder of a store that nobody has made yet."""
    return tmp_path / "store"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Give an empty journal."""
    return Journal(tmp_path / "journal")


@contextmanager
def running(program, *arguments) -> Iterator[multiprocessing.Process]:
    """Run a program beside the block, and kill it if it does not end."""
    process = CONTEXT.Process(target=program, args=arguments)
    process.start()
    try:
        yield process
    finally:
        process.join(60)
        process.kill()
        process.join()


def run_together(program, *arguments: tuple) -> list[int]:
    """Run a program many times at once, and give the exit codes."""
    processes = [CONTEXT.Process(target=program, args=each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


def check_all_are_there(root: Path) -> None:
    with ps.open(root, read_only=True) as store:
        assert len(store) == len(NUMBERS)
        for number in NUMBERS:
            found = store.compute_once(wanted(temperature(number)), never)
            assert found.record == density(temperature(number))
        assert list(verify_store(store)) == []


def test_sixteen_cold_processes_that_ask_for_the_same_hundred_compute_exactly_a_hundred(
    root, journal
):
    together = CONTEXT.Barrier(16)
    arguments = (root, journal.directory, together, 0.01)
    assert run_together(ask_for_all, *[arguments] * 16) == [0] * 16
    assert journal.counts() == {str(number): 1 for number in NUMBERS}
    check_all_are_there(root)


def test_when_one_of_sixteen_is_killed_while_it_computes_one_result_is_computed_once_more(
    root, journal
):
    together, at_once = CONTEXT.Barrier(15), CONTEXT.Barrier(1)
    backwards = list(reversed(NUMBERS))
    with running(ask_for_all, root, journal.directory, at_once, 60.0, backwards) as victim:
        wait_until(journal.counts)
        others = [
            CONTEXT.Process(target=ask_for_all, args=(root, journal.directory, together, 0.01))
            for _ in range(15)
        ]
        for other in others:
            other.start()
        wait_until(lambda: len(journal.counts()) > 50)
        victim.kill()
        for other in others:
            other.join(60)
    assert [other.exitcode for other in others] == [0] * 15
    assert journal.counts() == {str(number): 1 for number in NUMBERS} | {str(NUMBERS[-1]): 2}
    check_all_are_there(root)


def test_eight_processes_that_ask_for_one_thing_compute_it_once(root, journal):
    together = CONTEXT.Barrier(8)
    arguments = (root, journal.directory, together, 0.1)
    assert run_together(ask_for_one, *[arguments] * 8) == [0] * 8
    assert journal.counts() == {"one": 1}


def test_a_killed_holder_is_taken_over_at_once_however_long_the_expiry(root, journal):
    together = CONTEXT.Barrier(1)
    with running(ask_for_one, root, journal.directory, together, 60.0) as process:
        wait_until(journal.counts)
        with ps.open(root) as store:
            process.kill()
            assert store.compute_once(wanted(), density, timeout=10).record == density()


def test_a_holder_that_is_killed_and_not_yet_waited_for_by_its_parent_is_taken_over(root, journal):
    # The zombie still has its number.
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        ask_for_one_with_expiry(root, journal.directory, 60.0, 60.0)
        os._exit(0)
    wait_until(journal.counts)
    os.kill(child, signal.SIGKILL)
    with ps.open(root) as store:
        assert store.compute_once(wanted(), density, timeout=10).record == density()
    os.waitpid(child, 0)


def test_a_calculation_that_takes_longer_than_the_expiry_is_not_taken_over(root, journal):
    with running(ask_for_one_with_expiry, root, journal.directory, 3.0, 1.0):
        wait_until(journal.counts)
        with ps.open(root) as store:
            assert store.compute_once(wanted(), never, timeout=60).record == density()
    assert journal.counts() == {"one": 1}


def test_a_calculation_that_lets_no_thread_run_is_safe_for_the_length_of_its_expiry(root, journal):
    with running(hold_the_lock_of_python, root, journal.directory, 1.0, 4.0):
        wait_until(journal.counts)
        with ps.open(root) as store:
            assert store.compute_once(wanted(), never, timeout=60).record == density()
    assert journal.counts() == {"one": 1}


def test_a_suspended_holder_is_taken_over_and_gives_the_record_of_its_successor(
    root, journal, tmp_path
):
    came = tmp_path / "came.txt"
    with running(be_suspended, root, journal.directory, 1.0, came) as process:
        wait_until(journal.counts)
        with ps.open(root) as store:
            assert store.compute_once(wanted(), density, timeout=60).record == density()
            os.kill(process.pid, signal.SIGCONT)
            wait_until(came.exists)
            assert came.read_text() == "997.0 kg/m**3"
            assert len(store) == 1
            assert list(verify_store(store)) == []
            assert not list(root.glob("ancillary/*/*"))


def test_a_suspended_holder_whose_successor_still_computes_is_told_who_took_over(
    root, journal, tmp_path
):
    came = tmp_path / "came.txt"
    with running(be_suspended, root, journal.directory, 1.0, came) as process:
        wait_until(journal.counts)

        def calculate() -> ps.PropertyData:
            os.kill(process.pid, signal.SIGCONT)
            wait_until(came.exists)
            return density()

        with ps.open(root) as store:
            assert store.compute_once(wanted(), calculate, timeout=60).record == density()
    text = came.read_text()
    assert text.startswith("ClaimLostError")
    assert f"taken over by process {os.getpid()}" in text


def test_a_process_that_was_forked_in_a_calculation_can_ask_for_other_results(root):
    def calculate() -> ps.PropertyData:
        child = os.fork()
        if child == 0:
            signal.alarm(60)
            try:
                store.compute_once(wanted("310 K"), lambda: density("310 K"))
                os._exit(0)
            finally:
                os._exit(99)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        return density()

    with ps.open(root) as store:
        store.compute_once(wanted(), calculate)
        assert len(store) == 2


def test_a_long_transaction_of_another_process_does_not_make_a_living_holder_look_dead(
    root, journal
):
    arguments = (root, journal.directory, 5.0, 1.0)
    with running(ask_for_one_with_expiry, *arguments):
        wait_until(journal.counts)
        with running(ask_for_one_with_expiry, *arguments), ps.open(root) as store, store.batch():
            store.store_object(density("300 K"))
            time.sleep(2.5)  # more than two expiries in which nobody can write a sign of life
    assert journal.counts() == {"one": 1}
