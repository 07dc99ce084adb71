"""Many requests at once: what is missing is computed, and nothing else."""

from __future__ import annotations

import io
import multiprocessing
import signal
import sys
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

import pytest

import propstore as ps
from propstore.errors import (
    ClaimTimeoutError,
    StoreReadOnlyError,
    UnfitResultError,
    UnsupportedOperationError,
)
from tests.samples import density
from tests.sharing.calculations import Journal, answered, never, wanted

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.sharing.programs"])


def temperatures(*numbers: int) -> list[ps.PropertyDataQuery]:
    return [wanted(f"{number} K") for number in numbers]


def noted(journal: Path, query: ps.PropertyDataQuery) -> ps.PropertyData:
    Journal(journal).note(query.thermodynamic_state.temperature.value)
    time.sleep(0.01)
    return answered(query)


def fails_at_odd(query: ps.PropertyDataQuery) -> ps.PropertyData:
    temperature = query.thermodynamic_state.temperature.value
    if temperature % 2:
        raise ArithmeticError(f"{temperature} is odd")
    return answered(query)


def exits_at_302(query: ps.PropertyDataQuery) -> ps.PropertyData:
    import os

    if query.thermodynamic_state.temperature.value == 302.0:
        os._exit(1)
    return answered(query)


def test_only_what_is_missing_is_computed_and_all_is_given_in_order(store):
    store.store_object(density("301 K"))
    computed = []

    def calculate(query):
        computed.append(query)
        return answered(query)

    requests = temperatures(303, 301, 302)
    outcomes = store.ensure(calculate, requests)
    assert computed == temperatures(303, 302)
    assert [one.request for one in outcomes] == requests
    assert [one.kind for one in outcomes] == ["computed", "found", "computed"]
    values = [one.record.thermodynamic_state.temperature.value for one in outcomes.answers()]
    assert values == [303.0, 301.0, 302.0]
    assert str(outcomes) == "3 requests: 1 found, 2 computed, 0 failed"
    assert repr(outcomes) == "<3 requests: 1 found, 2 computed, 0 failed>"


def test_requests_that_are_equal_are_computed_once(store):
    outcomes = store.ensure(answered, [wanted("25 degC"), wanted("298.15 K"), wanted("300 K")])
    assert [one.kind for one in outcomes] == ["computed", "found", "computed"]
    assert outcomes[0].answer.key == outcomes[1].answer.key
    assert len(store) == 2


def test_threads_compute_at_the_same_time(store):
    together = threading.Barrier(4)

    def calculate(query):
        together.wait(60)
        return answered(query)

    with ThreadPoolExecutor(4) as pool:
        outcomes = store.ensure(calculate, temperatures(300, 301, 302, 303), pool)
    assert len(outcomes.computed) == 4


def test_processes_compute_and_store(local, tmp_path):
    journal = Journal(tmp_path / "journal")
    with ProcessPoolExecutor(2, mp_context=CONTEXT) as pool:
        outcomes = local.ensure(
            partial(noted, journal.directory), temperatures(*range(300, 320)), pool
        )
    assert len(outcomes.computed) == len(local) == 20
    assert set(journal.counts().values()) == {1}
    assert all(
        one.record == answered(two.request)
        for one, two in zip(outcomes.answers(), outcomes, strict=True)
    )


def test_a_request_that_fails_does_not_stop_the_others_and_is_reported_with_its_reason(store):
    with ThreadPoolExecutor(2) as pool:
        outcomes = store.ensure(fails_at_odd, temperatures(300, 301, 302, 303), pool)
    assert [one.kind for one in outcomes] == ["computed", "failed", "computed", "failed"]
    assert [str(one.error) for one in outcomes.failed] == ["301.0 is odd", "303.0 is odd"]
    assert "2 failed\n  1 × ArithmeticError: 301.0 is odd\n  1 × Arith" in str(outcomes)
    with pytest.raises(ArithmeticError, match=r"301\.0 is odd"):
        outcomes.raise_first()
    with pytest.raises(ExceptionGroup, match="2 of 4 requests failed") as caught:
        outcomes.answers()
    assert [str(one) for one in caught.value.exceptions] == ["301.0 is odd", "303.0 is odd"]


def test_without_a_failure_there_is_nothing_to_raise(store):
    store.ensure(answered, temperatures(300)).raise_first()


def test_a_failure_in_another_process_comes_with_its_reason(local):
    with ProcessPoolExecutor(1, mp_context=CONTEXT) as pool:
        outcomes = local.ensure(fails_at_odd, temperatures(300, 301), pool)
    assert [one.kind for one in outcomes] == ["computed", "failed"]
    assert isinstance(outcomes[1].error, ArithmeticError)


def test_a_result_that_was_not_asked_for_is_a_failure_of_that_request(store):
    outcomes = store.ensure(lambda query: density("300 K"), temperatures(300, 310))
    assert [one.kind for one in outcomes] == ["computed", "failed"]
    assert isinstance(outcomes[1].error, UnfitResultError)


def test_when_the_workers_are_gone_the_rest_is_reported_and_asking_again_goes_on(local):
    requests = temperatures(300, 302, 304)
    with ProcessPoolExecutor(1, mp_context=CONTEXT) as pool:
        outcomes = local.ensure(exits_at_302, requests, pool)
    assert {type(one.error) for one in outcomes.failed} <= {BrokenProcessPool}
    assert outcomes[1].kind == "failed"
    again = local.ensure(answered, requests)
    assert again[1].kind == "computed"
    assert not again.failed


def test_a_store_that_can_not_go_to_another_process_is_the_reason_of_the_failure():
    with ps.open("memory:") as store, ProcessPoolExecutor(1, mp_context=CONTEXT) as pool:
        (outcome,) = store.ensure(answered, temperatures(300), pool)
    assert isinstance(outcome.error, UnsupportedOperationError)


def test_a_request_with_demands_is_handed_the_best_so_far(store):
    key = store.store_object(density(uncertainty="1 kg/m**3"))
    request = ps.Request(wanted(), ps.at_most("uncertainty", "0.1 kg/m**3"))

    def calculate(asked, best):
        assert asked is request
        assert best.key == key
        return density(uncertainty="0.1 kg/m**3")

    assert [one.kind for one in store.ensure(calculate, [request])] == ["computed"]


def test_what_another_computes_at_the_time_is_left_for_last_and_waited_for(store):
    computing, go_on, order = threading.Event(), threading.Event(), []

    def slow() -> ps.PropertyData:
        computing.set()
        go_on.wait(60)
        return density("300 K")

    def calculate(query):
        order.append(query.thermodynamic_state.temperature.value)
        if len(order) == 2:
            go_on.set()
        return answered(query)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(store.compute_once, wanted("300 K"), slow)
        computing.wait(60)
        outcomes = store.ensure(calculate, temperatures(300, 301, 302))
    assert order == [301.0, 302.0]
    assert [one.kind for one in outcomes] == ["found", "computed", "computed"]


def test_what_another_does_not_finish_in_time_is_a_failure_of_that_request(store):
    computing, go_on = threading.Event(), threading.Event()

    def slow() -> ps.PropertyData:
        computing.set()
        go_on.wait(60)
        return density("300 K")

    with ThreadPoolExecutor(1) as pool:
        pool.submit(store.compute_once, wanted("300 K"), slow)
        computing.wait(60)
        outcomes = store.ensure(answered, temperatures(300, 301), timeout=0.05)
        go_on.set()
    assert [one.kind for one in outcomes] == ["failed", "computed"]
    assert isinstance(outcomes[0].error, ClaimTimeoutError)


def test_a_calculation_that_waited_in_vain_for_something_else_has_failed(store):
    computing, go_on, begun = threading.Event(), threading.Event(), []

    def slow() -> ps.PropertyData:
        computing.set()
        go_on.wait(60)
        return density("300 K")

    def needs_the_slow_one(query):
        begun.append(query)
        return store.compute_once(wanted("300 K"), never, timeout=0.01).record

    with ThreadPoolExecutor(1) as pool:
        pool.submit(store.compute_once, wanted("300 K"), slow)
        computing.wait(60)
        outcomes = store.ensure(needs_the_slow_one, temperatures(310))
        go_on.set()
    assert isinstance(outcomes[0].error, ClaimTimeoutError)
    assert len(begun) == 1


def test_four_programs_that_ensure_the_same_share_it(local, tmp_path):
    journal = Journal(tmp_path / "journal")
    calculate, requests = partial(noted, journal.directory), temperatures(*range(300, 340))
    programs = [CONTEXT.Process(target=local.ensure, args=(calculate, requests)) for _ in range(4)]
    for program in programs:
        program.start()
    for program in programs:
        program.join(60)
    assert [program.exitcode for program in programs] == [0] * 4
    assert journal.counts() == {f"{number}.0": 1 for number in range(300, 340)}


def test_ctrl_c_keeps_what_is_done_and_starts_nothing_more(store):
    def interrupted(query):
        if query.thermodynamic_state.temperature.value == 302.0:
            raise KeyboardInterrupt
        return answered(query)

    with pytest.raises(KeyboardInterrupt) as caught:
        store.ensure(interrupted, temperatures(300, 301, 302, 303))
    assert caught.value.__notes__ == ["2 of 4 requests are done, and their answers kept."]
    assert len(store) == 2
    assert len(store.ensure(answered, temperatures(300, 301, 302, 303)).computed) == 2


def test_ctrl_c_cancels_what_the_executor_has_not_begun(store):
    began = []

    def calculate(query):
        began.append(query)
        if len(began) == 2:
            signal.raise_signal(signal.SIGINT)
            time.sleep(0.2)
        return answered(query)

    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
        store.ensure(calculate, temperatures(*range(300, 320)), pool)
    assert len(store) == len(began) < 20


def test_an_executor_need_only_submit(store):
    class Lazy:
        """Runs what was submitted when it is asked to, in another thread."""

        def submit(self, function, /, *args):
            future: Future = Future()
            threading.Timer(0.01, lambda: future.set_result(function(*args))).start()
            return future

    assert len(store.ensure(answered, temperatures(300, 301), Lazy()).computed) == 2


def test_an_executor_that_takes_no_more_is_the_reason_of_the_failure(store):
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    (outcome,) = store.ensure(answered, temperatures(300), pool)
    assert "cannot schedule new futures" in str(outcome.error)


def test_what_is_cancelled_elsewhere_is_a_failure(store):
    class Cancelling:
        def submit(self, function, /, *args):
            future: Future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    (outcome,) = store.ensure(never, temperatures(300), Cancelling())
    assert outcome.kind == "failed"


def test_a_store_for_reading_gives_what_there_is_and_refuses_the_rest(local):
    local.store_object(density("300 K"))
    with ps.open(local.root_directory, read_only=True) as reading:
        assert len(reading.ensure(never, temperatures(300)).found) == 1
        with pytest.raises(StoreReadOnlyError, match=r"301\.0 K"):
            reading.ensure(never, temperatures(300, 301))


def test_no_requests_are_no_work(store):
    assert len(store.ensure(never, [])) == 0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("progress", "is_shown"), [(True, True), (False, False)])
def test_progress_is_shown_on_a_terminal(store, monkeypatch, capsys, progress, is_shown):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    store.ensure(fails_at_odd, temperatures(300, 301, 302), progress=progress)
    assert ("3/3" in terminal.getvalue()) is is_shown
    assert ("2 computed, 1 failed" in terminal.getvalue()) is is_shown
    assert capsys.readouterr().out == ""


def test_progress_is_not_written_into_a_file(store, capsys):
    store.ensure(answered, temperatures(300))
    assert capsys.readouterr() == ("", "")


def test_a_slice_of_the_outcomes_is_in_order(store):
    outcomes = store.ensure(answered, temperatures(300, 301, 302))
    assert [one.request for one in outcomes[1:]] == temperatures(301, 302)
