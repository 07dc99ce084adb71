"""A holder that was overtaken stores nothing over its successor."""

from __future__ import annotations

import sqlite3

import pytest

import propstore as ps
from propstore.errors import ClaimLostError, StoreError
from propstore.sharing.request import Request
from propstore.upkeep.verification import verify_store
from tests.samples import box, box_files, density
from tests.sharing.calculations import never, wanted

BOXES = ps.SimulationDataQuery(number_of_molecules=256)


def take_over(store: ps.StorageBackend, asked: ps.DataQuery):
    """Take over the claim on a request, as one does who finds its holder dead."""
    name = Request(asked).name
    claim = None
    while claim is None:
        claim = store._claims.acquire(name, 60.0, instead_of=store._claims.inspect(name))
    return claim


@pytest.fixture(params=["local", "memory"])
def store(request, tmp_path):
    place = "memory:" if request.param == "memory" else tmp_path / "store"
    with ps.open(place) as opened:
        yield opened


def test_one_that_was_overtaken_is_told_by_whom_and_stores_nothing(store, tmp_path):
    files = box_files(tmp_path / "files")

    def calculate():
        take_over(store, BOXES)
        return box(), files

    with pytest.raises(ClaimLostError, match=r"taken over by process \d+ .* since 2"):
        store.compute_once(BOXES, calculate)
    assert len(store) == 0
    assert (files / "box.pdb").exists()
    assert list(verify_store(store)) == []


def test_its_files_stay_where_they_are_even_if_they_were_to_be_moved(store, tmp_path):
    files = box_files(tmp_path / "files")

    def calculate():
        take_over(store, BOXES)
        return box(), files

    with pytest.raises(ClaimLostError):
        store.compute_once(BOXES, calculate, move=True)
    assert (files / "trajectories" / "run.dcd").exists()


def test_the_successor_goes_on_undisturbed(store):
    successors = []

    def calculate():
        successors.append(take_over(store, wanted()))
        return density()

    with pytest.raises(ClaimLostError):
        store.compute_once(wanted(), calculate)
    assert store._claims.is_current(successors[0])


def test_if_the_successor_is_done_its_record_is_given(store):
    def calculate():
        claim = take_over(store, wanted())
        store.store_object(density(value="998 kg/m**3"))
        store._claims.release(claim)
        return density(value="997 kg/m**3")

    found = store.compute_once(wanted(), calculate)
    assert found.record == density(value="998 kg/m**3")
    assert len(store) == 1


def test_if_the_successor_has_given_up_the_error_says_so_and_the_next_computes(store):
    def calculate():
        store._claims.release(take_over(store, wanted()))
        return density()

    with pytest.raises(ClaimLostError, match="has given up since"):
        store.compute_once(wanted(), calculate)
    assert store.compute_once(wanted(), density, timeout=0).record == density()


def test_an_error_of_one_that_was_overtaken_is_its_own(store):
    def calculate():
        take_over(store, wanted())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.compute_once(wanted(), calculate)


def test_a_claim_of_another_calculation_that_was_lost_within_this_one_is_not_taken_for_its_own(
    store,
):
    def inner():
        take_over(store, wanted("310 K"))
        return density("310 K")

    def outer():
        store.store_object(density())
        return store.compute_once(wanted("310 K"), inner).record

    with pytest.raises(ClaimLostError, match=r"310\.0 K"):
        store.compute_once(wanted(), outer)


def test_the_record_and_the_end_of_the_claim_are_one_transaction(store, monkeypatch):
    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(type(store._claims), "release", fail)
        with pytest.raises(StoreError, match="disk is full") as caught:
            store.compute_once(wanted(), density)
    assert len(store) == 0
    assert "could not be released, and expires" in caught.value.__notes__[0]


def test_when_others_have_stored_it_between_the_look_and_the_claim_it_is_not_calculated(
    store, monkeypatch
):
    acquire = type(store._claims).acquire

    def late(self, *arguments, **options):
        store.store_object(density())
        return acquire(self, *arguments, **options)

    monkeypatch.setattr(type(store._claims), "acquire", late)
    assert store.compute_once(wanted(), never).record == density()
    assert store._claims.inspect(Request(wanted()).name) is None


def test_no_claim_is_left_in_the_catalog_when_all_is_done(tmp_path):
    with ps.open(tmp_path) as store:
        store.compute_once(wanted(), density)
        with pytest.raises(ZeroDivisionError):
            store.compute_once(wanted("310 K"), lambda: 1 / 0)
    with sqlite3.connect(tmp_path / "catalog.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM claims").fetchone() == (0,)
    connection.close()
