"""Computing once: hits, misses, and what goes wrong, in one process."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import propstore as ps
from propstore.errors import (
    AncillaryDataError,
    CircularCalculationError,
    ClaimTimeoutError,
    InvalidDataError,
    QueryError,
    StoreClosedError,
    StoreError,
    StoreReadOnlyError,
    UnfitResultError,
    UnsupportedOperationError,
)
from tests.samples import box, box_files, density
from tests.sharing.calculations import answered, never, wait_until, wanted


def test_a_miss_is_calculated_and_stored(store):
    key, record, path = store.compute_once(wanted(), density)
    assert store.retrieve_object(key) == (record, None)
    assert record == density()
    assert path is None


def test_a_hit_is_not_calculated(store):
    key = store.store_object(density())
    assert store.compute_once(wanted(), never).key == key


def test_a_hit_is_found_in_whatever_unit_it_is_asked_for(store):
    key = store.store_object(density("298.15 K"))
    assert store.compute_once(wanted("25 degC"), never).key == key


def test_of_several_that_match_the_first_that_was_stored_is_given(store):
    first = store.store_object(density(value="997 kg/m**3"))
    store.store_object(density(value="998 kg/m**3"))
    assert store.compute_once(wanted(), never).key == first


def test_the_files_of_a_result_are_stored_with_it(store, tmp_path):
    query = ps.SimulationDataQuery(number_of_molecules=256)
    files = box_files(tmp_path / "files")
    _, record, path = store.compute_once(query, lambda: (box(), files))
    assert record == box()
    assert (Path(path) / "box.pdb").read_text() == "ATOM"
    assert (files / "box.pdb").exists()


def test_the_files_of_a_result_can_be_moved(local, tmp_path):
    files = box_files(tmp_path / "files")
    query = ps.SimulationDataQuery(number_of_molecules=256)
    path = local.compute_once(query, lambda: (box(), files), move=True).path
    assert (Path(path) / "box.pdb").exists()
    assert not files.exists()


def test_a_result_without_the_files_that_it_needs_is_not_stored_and_frees_the_claim(
    store, tmp_path
):
    query = ps.SimulationDataQuery(number_of_molecules=256)
    with pytest.raises(AncillaryDataError, match="needs its files"):
        store.compute_once(query, box)
    files = box_files(tmp_path / "files")
    assert store.compute_once(query, lambda: (box(), files), timeout=0).record == box()


def test_eight_threads_that_ask_for_one_thing_calculate_it_once(store):
    calculated, together = [], threading.Barrier(8)

    def calculate() -> ps.PropertyData:
        calculated.append(threading.current_thread().name)
        time.sleep(0.05)
        return density()

    def ask(_: int) -> str:
        together.wait()
        return store.compute_once(wanted(), calculate).key

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(ask, range(8)))
    assert len(calculated) == len(keys) == len(store) == 1


def test_an_error_of_the_calculation_is_the_callers_own_and_the_next_computes(store):
    class OutOfCoffeeError(Exception):
        pass

    error = OutOfCoffeeError("at 3 am")

    def fail() -> ps.PropertyData:
        raise error

    with pytest.raises(OutOfCoffeeError) as caught:
        store.compute_once(wanted(), fail)
    assert caught.value is error
    assert not hasattr(error, "__notes__")
    assert store.compute_once(wanted(), density, timeout=0).record == density()


def test_of_those_who_wait_for_a_calculation_that_fails_one_computes(store):
    failing, go_on, calculated = threading.Event(), threading.Event(), []

    def fail() -> ps.PropertyData:
        failing.set()
        go_on.wait(60)
        raise RuntimeError("no")

    def calculate() -> ps.PropertyData:
        calculated.append(1)
        time.sleep(0.02)
        return density()

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(store.compute_once, wanted(), fail)
        failing.wait(60)
        others = [pool.submit(store.compute_once, wanted(), calculate) for _ in range(4)]
        time.sleep(0.05)
        go_on.set()
        assert {other.result().key for other in others} == set(store.keys())
        assert isinstance(first.exception(), RuntimeError)
    assert len(calculated) == 1


def test_ctrl_c_in_a_calculation_frees_the_claim(store):
    def interrupt() -> ps.PropertyData:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.compute_once(wanted(), interrupt)
    assert store.compute_once(wanted(), density, timeout=0).record == density()


def test_a_timeout_says_who_computes_it_and_since_when(store):
    computing, go_on = threading.Event(), threading.Event()

    def calculate() -> ps.PropertyData:
        computing.set()
        go_on.wait(60)
        return density()

    with ThreadPoolExecutor(1, thread_name_prefix="the-slow-one") as pool:
        slow = pool.submit(store.compute_once, wanted(), calculate)
        computing.wait(60)
        with pytest.raises(ClaimTimeoutError) as caught:
            store.compute_once(wanted(), never, timeout=0.05)
        go_on.set()
        slow.result()
    assert isinstance(caught.value, TimeoutError)
    text = str(caught.value)
    assert "0.05 s" in text
    assert "298.15 K" in text
    assert "the-slow-one" in text
    assert "since 2" in text


def test_who_waits_is_woken_when_the_result_is_there(store):
    computing, go_on = threading.Event(), threading.Event()

    def calculate() -> ps.PropertyData:
        computing.set()
        go_on.wait(60)
        return density()

    with ThreadPoolExecutor(2) as pool:
        pool.submit(store.compute_once, wanted(), calculate)
        computing.wait(60)
        waiting = pool.submit(store.compute_once, wanted(), never, poll=30)
        time.sleep(0.7)  # by now the pause is longer than 0.05 s
        go_on.set()
        start = time.monotonic()
        waiting.result()
    assert time.monotonic() - start < 10


def test_a_record_that_was_not_asked_for_is_refused_with_the_fields_that_differ(store):
    with pytest.raises(UnfitResultError) as caught:
        store.compute_once(wanted("298.15 K", phase="gas"), lambda: density("300 K"))
    assert "temperature 300.0 K, asked 298.15 K; phase liquid, asked gas" in str(caught.value)
    assert len(store) == 0


def test_a_record_of_another_type_is_refused(store):
    with pytest.raises(UnfitResultError, match="ForceFieldData.*PropertyData"):
        store.compute_once(wanted(), lambda: ps.ForceFieldData(force_field_source="<X/>"))


@pytest.mark.parametrize("given", [None, 997.0, "997 kg/m**3", (None, None), ()])
def test_what_is_no_record_is_refused(store, given):
    with pytest.raises(UnfitResultError, match="has to give a record"):
        store.compute_once(wanted(), lambda: given)


def test_a_calculation_may_ask_for_other_results(store):
    def from_another() -> ps.PropertyData:
        other = store.compute_once(wanted("300 K"), lambda: density("300 K"))
        return density("310 K", value=str(other.record.value))

    assert store.compute_once(wanted("310 K"), from_another).record.value == density().value
    assert len(store) == 2


def test_a_calculation_that_asks_for_its_own_result_is_told_instead_of_waiting_for_ever(store):
    def circular() -> ps.PropertyData:
        through = store.compute_once(wanted("300 K"), lambda: through_the_first().record)
        return through.record

    def through_the_first():
        return store.compute_once(wanted("310 K"), never)

    with pytest.raises(CircularCalculationError, match=r"310\.0 K.*asks for its own result"):
        store.compute_once(wanted("310 K"), circular)
    assert store.compute_once(wanted("310 K"), lambda: density("310 K"), timeout=0)


def test_a_calculation_may_ask_another_store_for_the_same(tmp_path):
    with ps.open(tmp_path / "near") as near, ps.open(tmp_path / "far") as far:
        near.compute_once(wanted(), lambda: far.compute_once(wanted(), density).record)
        assert len(near) == len(far) == 1


def test_a_store_for_reading_gives_hits_and_says_why_there_is_no_miss(local):
    key = local.store_object(density())
    with ps.open(local.root_directory, read_only=True) as reading:
        assert reading.compute_once(wanted(), never).key == key
        with pytest.raises(StoreReadOnlyError, match=r"310\.0 K.*open it to write"):
            reading.compute_once(wanted("310 K"), never)


@pytest.mark.parametrize("kind", ["memory", "local"])
def test_inside_of_a_batch_it_is_refused_with_a_reason(kind, tmp_path):
    place = "memory:" if kind == "memory" else tmp_path
    with ps.open(place) as store, store.batch():
        with pytest.raises(UnsupportedOperationError, match="ask for it before the batch"):
            store.compute_once(wanted(), density)
        with pytest.raises(UnsupportedOperationError, match="ask for it before the batch"):
            store.ensure(answered, [wanted()])


def test_a_batch_of_another_thread_only_delays(local):
    held, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with local.batch():
            local.store_object(density("300 K"))
            held.set()
            go_on.wait(60)

    with ThreadPoolExecutor(2) as pool:
        batch = pool.submit(write)
        held.wait(60)
        asked = pool.submit(local.compute_once, wanted(), density)
        time.sleep(0.05)
        go_on.set()
        batch.result()
        assert asked.result().record == density()


def test_a_hit_takes_no_write_lock(local):
    key = local.store_object(density())
    held, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with ps.open(local.root_directory) as other, other.batch():
            other.store_object(density("300 K"))
            held.set()
            go_on.wait(60)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        held.wait(60)
        assert local.compute_once(wanted(), never).key == key
        go_on.set()
        writing.result()


def test_when_the_store_keeps_a_better_record_that_was_not_asked_for_nothing_is_stored(
    store, tmp_path
):
    files = box_files(tmp_path / "files")
    store.store_object(box(1.0), files)

    class BoxQuery(ps.SimulationDataQuery):
        statistical_inefficiency: float | None = None

    with pytest.raises(UnfitResultError, match=r"keeps.*inefficiency 1\.0, asked 3\.0"):
        store.compute_once(BoxQuery(statistical_inefficiency=3.0), lambda: (box(3.0), files))
    assert store.find(ps.StoredSimulationData).one().record == box(1.0)


@pytest.mark.parametrize("asked", [ps.PropertyDataQuery(), "a density", None, density()])
def test_what_asks_for_nothing_in_particular_is_refused(store, asked):
    with pytest.raises(QueryError):
        store.compute_once(asked, never)


@pytest.mark.parametrize(
    "terms", [{"timeout": -1}, {"timeout": "1"}, {"poll": 0}, {"expiry": 0}, {"expiry": None}]
)
def test_times_that_are_none_are_refused(store, terms):
    with pytest.raises(InvalidDataError, match="give seconds"):
        store.compute_once(wanted(), never, **terms)


def test_a_store_that_is_closed_meanwhile_ends_the_wait_and_refuses_the_result(local):
    computing, go_on = threading.Event(), threading.Event()

    def calculate() -> ps.PropertyData:
        computing.set()
        go_on.wait(60)
        return density()

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(local.compute_once, wanted(), calculate)
        computing.wait(60)
        waiting = pool.submit(local.compute_once, wanted(), never)
        local.close()
        assert isinstance(waiting.exception(60), StoreError)
        go_on.set()
        with pytest.raises(StoreClosedError, match="open the store again"):
            slow.result(60)


def test_no_thread_is_left_when_it_is_done(store):
    before = threading.active_count()
    store.compute_once(wanted(), density)
    with pytest.raises(ZeroDivisionError):
        store.compute_once(wanted("310 K"), lambda: 1 / 0)
    wait_until(lambda: threading.active_count() == before, 10)
