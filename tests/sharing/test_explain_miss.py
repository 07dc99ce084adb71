"""Which records come nearest to what was asked for, and in what they differ."""

from __future__ import annotations

import pytest

import propstore as ps
from tests.samples import AQUEOUS_ETHANOL, ETHANOL, WATER, box, box_files, density
from tests.sharing.calculations import wanted


def differences(explanation: ps.MissExplanation) -> list[list[str]]:
    return [[str(one) for one in near.differences] for near in explanation.nearest]


def test_it_says_in_which_field_the_nearest_record_differs(store):
    key = store.store_object(density("300 K"))
    explanation = store.explain_miss(wanted("298.15 K"))
    assert not explanation.is_answered
    assert [near.key for near in explanation.nearest] == [key]
    assert differences(explanation) == [["temperature 300.0 K, asked 298.15 K"]]
    assert f"{key}: temperature 300.0 K, asked 298.15 K" in str(explanation)


def test_what_is_stored_is_given_in_the_unit_that_was_asked_in(store):
    store.store_object(density("26.85 degC", pressure="101325 Pa"))
    assert differences(store.explain_miss(wanted("298.15 K"))) == [
        ["temperature 300.0 K, asked 298.15 K"]
    ]


def test_the_nearest_states_come_first_and_no_more_than_are_wanted(store):
    for temperature in ("350 K", "299 K", "310 K", "297 K"):
        store.store_object(density(temperature))
    explanation = store.explain_miss(wanted("298.15 K"), limit=2)
    assert differences(explanation) == [
        ["temperature 299.0 K, asked 298.15 K"],
        ["temperature 297.0 K, asked 298.15 K"],
    ]


def test_one_that_differs_in_one_field_comes_before_those_that_differ_in_two(store):
    store.store_object(density("298.16 K", pressure="1.01 atm"))
    far = store.store_object(density("400 K"))
    (near,) = store.explain_miss(wanted("298.15 K")).nearest
    assert near.key == far


def test_several_fields_are_named_where_no_record_differs_in_less(store):
    store.store_object(density("300 K", substance=ETHANOL, pressure=None))
    assert differences(store.explain_miss(wanted("298.15 K"))) == [
        [
            "substance CCO, asked O",
            "temperature 300.0 K, asked 298.15 K",
            "no pressure, asked 1.0 atm",
        ]
    ]


def test_a_pressure_that_was_not_wanted_is_named(store):
    store.store_object(density("298.15 K"))
    query = ps.PropertyDataQuery(thermodynamic_state=ps.ThermodynamicState("298.15 K"))
    assert differences(store.explain_miss(query)) == [["pressure 1.0 atm, asked none"]]


def test_the_same_components_in_other_amounts_are_nearer_than_other_components(store):
    store.store_object(density(substance=ETHANOL))
    mixture = store.store_object(density(substance=ps.Substance({"O": 0.7, "CCO": 0.3})))
    query = ps.PropertyDataQuery(substance=AQUEOUS_ETHANOL, property_type="Density")
    assert store.explain_miss(query).nearest[0].key == mixture


def test_too_little_data_is_a_difference(store):
    store.store_object(density(uncertainty="0.5 kg/m**3"))
    store.store_object(density("300 K", uncertainty="0.01 kg/m**3"))
    request = ps.Request(wanted(), ps.at_most("uncertainty", "0.1 kg/m**3"))
    assert sorted(differences(store.explain_miss(request))) == [
        ["temperature 300.0 K, asked 298.15 K"],
        ["uncertainty 0.5 kg/m**3, asked at most 0.1 kg/m**3"],
    ]


def test_texts_and_numbers_are_compared_too(store, tmp_path):
    store.store_object(box(force_field_id="sage"), box_files(tmp_path / "files"))
    query = ps.SimulationDataQuery(force_field_id="parsley", number_of_molecules=256)
    assert differences(store.explain_miss(query)) == [["force_field_id 'sage', asked 'parsley'"]]
    query = ps.SimulationDataQuery(force_field_id="sage", number_of_molecules=512)
    assert differences(store.explain_miss(query)) == [["number_of_molecules 256, asked 512"]]


def test_what_is_stored_is_said_to_be_stored(store):
    store.store_object(density())
    explanation = store.explain_miss(wanted())
    assert explanation.is_answered
    assert explanation.nearest == ()
    assert str(explanation).endswith("is stored.")


def test_an_empty_store_has_nothing_near(store):
    store.store_object(ps.ForceFieldData(force_field_source="<SMIRNOFF/>"))
    explanation = store.explain_miss(wanted())
    assert explanation.nearest == ()
    assert "nor is anything of its kind" in str(explanation)


def test_it_reads_only_and_works_on_a_store_for_reading(local):
    local.store_object(density("300 K"))
    with ps.open(local.root_directory, read_only=True) as reading:
        assert len(reading.explain_miss(wanted()).nearest) == 1


@pytest.mark.parametrize(
    ("stored", "asked", "distance"),
    [
        (ps.Quantity("300 K"), ps.Quantity("150 K"), 0.5),
        (ps.Quantity("1 atm"), ps.Quantity("101.325 kPa"), 0.0),
        (ps.Quantity("1 K"), ps.Quantity("1 kPa"), 1.0),
        (3, 4.0, 0.25),
        (0, 0.0, 0.0),
        (-1.0, 1.0, 1.0),
        (True, 1, 1.0),
        ("a", "a", 1.0),
        (None, 1, 1.0),
        (WATER, ETHANOL, 1.0),
        (AQUEOUS_ETHANOL, ps.Substance({"O": 0.5, "CCO": 0.5}), 0.25),
        (
            ps.Substance({"O": [ps.ExactAmount(1)]}),
            ps.Substance({"O": [ps.ExactAmount(2)]}),
            1.0,
        ),
    ],
)
def test_differences_have_a_size(stored, asked, distance):
    from propstore.sharing.difference import Difference

    assert Difference("x", stored, asked).distance == pytest.approx(distance)
