"""Records that match and have too little data: not a hit, but the best so far."""

from __future__ import annotations

import pytest

import propstore as ps
from propstore.errors import (
    DimensionError,
    NotEnoughDataError,
    QueryError,
    UnfitResultError,
    UnknownFieldError,
)
from propstore.upkeep.verification import verify_store
from tests.samples import WATER, box, box_files, density
from tests.sharing.calculations import never, wanted


class SampledDensity(ps.HashableStoredData, type_name="tests.sampled_density@v1"):
    """A density that knows from how many samples it is."""

    substance: ps.Substance
    value: ps.Quantity
    number_of_effective_samples: int
    uncertainty: ps.Uncertainty | None = None


class SampledDensityQuery(ps.DataQuery):
    data_class = SampledDensity

    substance: ps.Substance | None = None


def sampled(samples: int, **fields: object) -> SampledDensity:
    return SampledDensity(
        substance=WATER, value="997 kg/m**3", number_of_effective_samples=samples, **fields
    )


def precise(uncertainty: str | None, value: str = "997 kg/m**3") -> ps.PropertyData:
    return density(value=value, uncertainty=uncertainty)


WITHIN_A_TENTH = ps.Request(wanted(), ps.at_most("uncertainty", "0.1 kg/m**3"))
A_HUNDRED_SAMPLES = ps.Request(
    SampledDensityQuery(substance=WATER), ps.at_least("number_of_effective_samples", 100)
)


def test_a_record_with_enough_data_is_a_hit(store):
    key = store.store_object(precise("0.05 kg/m**3"))
    assert store.compute_once(WITHIN_A_TENTH, never).key == key


@pytest.mark.parametrize("uncertainty", ["0.1 kg/m**3", "0.0001 g/ml", "1e-4 g/cm**3"])
def test_just_enough_is_enough_in_any_unit(store, uncertainty):
    key = store.store_object(precise(uncertainty))
    assert store.compute_once(WITHIN_A_TENTH, never).key == key


def test_of_those_that_match_the_one_that_is_enough_is_found(store):
    store.store_object(precise("0.5 kg/m**3"))
    key = store.store_object(precise("0.05 kg/m**3"))
    assert store.compute_once(WITHIN_A_TENTH, never).key == key


@pytest.mark.parametrize("uncertainty", ["0.5 kg/m**3", None])
def test_one_with_too_little_is_handed_to_the_calculation_and_replaced_by_a_better(
    store, uncertainty
):
    key = store.store_object(precise(uncertainty))
    handed = []

    def improve(best):
        handed.append(best)
        return precise("0.05 kg/m**3", "997.2 kg/m**3")

    found = store.compute_once(WITHIN_A_TENTH, improve)
    assert [(best.key, best.record) for best in handed] == [(key, precise(uncertainty))]
    assert found.key == key
    assert store.find(ps.PropertyData).one().record == precise("0.05 kg/m**3", "997.2 kg/m**3")
    assert store.has_object(precise(uncertainty)) is None
    assert store.has_object(found.record) == key
    assert store.compute_once(WITHIN_A_TENTH, never).key == key


def test_without_any_record_the_calculation_is_handed_none(store):
    def calculate(best):
        assert best is None
        return sampled(100)

    assert store.compute_once(A_HUNDRED_SAMPLES, calculate).record == sampled(100)


def test_the_best_so_far_is_that_which_comes_closest(store):
    for samples in (20, 70, 50):
        store.store_object(sampled(samples))

    def improve(best):
        assert best.record.number_of_effective_samples == 70
        return sampled(120)

    store.compute_once(A_HUNDRED_SAMPLES, improve)
    left = {one.record.number_of_effective_samples for one in store.find(SampledDensity)}
    assert left == {20, 50, 120}


def test_what_is_better_and_not_yet_enough_is_kept_and_said_to_be_too_little(store):
    key = store.store_object(sampled(20))
    with pytest.raises(NotEnoughDataError, match="samples 70, asked at least 100"):
        store.compute_once(A_HUNDRED_SAMPLES, lambda best: sampled(70))
    assert store.find(SampledDensity).one() == (key, sampled(70), None)


def test_step_by_step_it_comes_to_be_enough(store):
    def ten_more(best):
        return sampled(10 + (best.record.number_of_effective_samples if best else 0))

    for _ in range(9):
        with pytest.raises(NotEnoughDataError):
            store.compute_once(A_HUNDRED_SAMPLES, ten_more)
    assert store.compute_once(A_HUNDRED_SAMPLES, ten_more).record == sampled(100)
    assert len(store) == 1


@pytest.mark.parametrize("samples", [20, 10])
def test_what_is_no_better_is_not_stored(store, samples):
    key = store.store_object(sampled(20))
    with pytest.raises(NotEnoughDataError, match="best so far is kept"):
        store.compute_once(A_HUNDRED_SAMPLES, lambda best: sampled(samples, uncertainty="1 g/ml"))
    assert store.find(SampledDensity).one() == (key, sampled(20), None)


def test_a_request_without_demands_takes_what_there_is(store):
    key = store.store_object(precise(None))
    assert store.compute_once(ps.Request(wanted()), never).key == key


def test_several_demands_have_to_be_met_together(store):
    both = ps.Request(
        SampledDensityQuery(substance=WATER),
        ps.at_most("uncertainty", "0.1 kg/m**3"),
        ps.at_least("number_of_effective_samples", 100),
    )
    key = store.store_object(sampled(50, uncertainty="0.01 kg/m**3"))
    enough = sampled(200, uncertainty="0.09 kg/m**3")
    assert store.compute_once(both, lambda best: enough) == (key, enough, None)


def test_the_former_generation_is_in_the_history_with_the_reason(local):
    key = local.store_object(sampled(20))
    local.compute_once(A_HUNDRED_SAMPLES, lambda best: sampled(100))
    before, _ = local.history(key)
    assert before.record == sampled(20)
    assert "number_of_effective_samples" in before.reason
    assert list(verify_store(local)) == []


def test_the_better_record_brings_its_own_files_and_those_of_the_best_can_be_read(local, tmp_path):
    local.store_object(sampled(20), box_files(tmp_path / "first", "20"))

    def improve(best):
        content = (best.path / "box.pdb").read_text()
        return sampled(100), box_files(tmp_path / "second", f"{content} and 80")

    path = local.compute_once(A_HUNDRED_SAMPLES, improve).path
    assert (path / "box.pdb").read_text() == "20 and 80"
    assert list(verify_store(local)) == []


def test_a_record_that_is_stored_already_under_another_key_is_not_stored_again(store):
    store.store_object(sampled(20))

    def improve(best):
        return store.retrieve_object(store.store_object(sampled(100)))[0]

    found = store.compute_once(A_HUNDRED_SAMPLES, improve)
    assert found.record == sampled(100)
    assert len(store) == 2


def test_a_best_that_was_removed_meanwhile_is_no_hindrance(local):
    local.store_object(sampled(20))

    def improve(best):
        local.remove_object(best.key)
        return sampled(100)

    local.compute_once(A_HUNDRED_SAMPLES, improve)
    assert local.find(SampledDensity).one().record == sampled(100)


def test_a_demand_counts_more_than_what_a_replaceable_type_calls_more_information(store, tmp_path):
    files = box_files(tmp_path / "files")
    store.store_object(box(1.0), files)
    uncorrelated = ps.Request(
        ps.SimulationDataQuery(number_of_molecules=256),
        ps.at_least("statistical_inefficiency", 2.0),
    )
    found = store.compute_once(uncorrelated, lambda best: (box(3.0), files))
    assert store.find(ps.StoredSimulationData).one().key == found.key
    assert found.record == box(3.0)


def test_what_was_not_asked_for_is_refused_even_if_it_is_enough(store):
    with pytest.raises(UnfitResultError, match=r"temperature 300\.0 K, asked 298\.15 K"):
        store.compute_once(
            WITHIN_A_TENTH, lambda best: density("300 K", uncertainty="0.01 kg/m**3")
        )


@pytest.mark.parametrize(
    ("demand", "error", "why"),
    [
        (ps.at_most("uncertainti", "1 K"), UnknownFieldError, "did you mean 'uncertainty'"),
        (ps.at_most("uncertainty", 0.1), DimensionError, "no unit"),
        (ps.at_most("thermodynamic_state.temperature", "1 kPa"), DimensionError, "temperature"),
        (ps.at_least("source", "x"), QueryError, "have to be numbers"),
        (ps.at_least("phase", 1), QueryError, "have to be numbers"),
    ],
)
def test_a_demand_that_no_record_could_meet_is_refused_when_the_request_is_made(demand, error, why):
    with pytest.raises(error, match=why):
        ps.Request(wanted(), demand)


def test_a_demand_for_infinitely_many_samples_is_refused():
    with pytest.raises(QueryError, match="have to be numbers"):
        ps.Request(
            SampledDensityQuery(substance=WATER),
            ps.at_least("number_of_effective_samples", float("inf")),
        )
