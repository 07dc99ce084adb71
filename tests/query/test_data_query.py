"""Data queries: a class for each record type, with every attribute optional."""

from __future__ import annotations

import copy
import pickle
from typing import Any, ClassVar

import pytest

import propstore as ps
from propstore import Substance, ThermodynamicState
from propstore.errors import DimensionError, InvalidDataError, NonPhysicalValueError, QueryError
from tests.query.wanted_records import density

STATE = ThermodynamicState("298.15 K", "1 atm")
SYSTEM: dict[str, Any] = {
    "substance": Substance({"O": 1.0}),
    "thermodynamic_state": STATE,
    "phase": "liquid",
    "coordinate_file_name": "box.pdb",
    "force_field_id": "ff",
    "source_calculation_id": "17",
}
RECORDS: dict[type[ps.DataQuery], ps.StoredData] = {
    ps.PropertyDataQuery: density(source="10.1/x", force_field_id="ff", source_calculation_id="17"),
    ps.ForceFieldQuery: ps.ForceFieldData(force_field_source="<SMIRNOFF/>"),
    ps.SimulationDataQuery: ps.StoredSimulationData(
        **SYSTEM, statistical_inefficiency=1.5, number_of_molecules=256
    ),
    ps.EquilibrationDataQuery: ps.StoredEquilibrationData(
        **SYSTEM,
        statistical_inefficiency=1.5,
        number_of_molecules=256,
        max_number_of_molecules=300,
        calculation_layer="EquilibrationLayer",
    ),
    ps.FreeEnergyDataQuery: ps.StoredFreeEnergyData(**SYSTEM, free_energy_difference="1 kJ/mol"),
}
OTHER_VALUES: dict[str, Any] = {
    "substance": Substance({"CO": 1.0}),
    "thermodynamic_state": ThermodynamicState("300 K", "1 atm"),
    "phase": ps.PropertyPhase.GAS,
    "property_type": "Viscosity",
    "source": "other",
    "force_field_id": "other",
    "source_calculation_id": "other",
    "force_field_source": "other",
    "source_type": "other",
    "number_of_molecules": 255,
    "max_number_of_molecules": 1000,
    "calculation_layer": "other",
}
ATTRIBUTES = [
    (query, name) for query in RECORDS for name in query.model_fields if name in OTHER_VALUES
]


def finds(query: ps.DataQuery, record: ps.StoredData) -> bool:
    return query.to_condition().matches(record)


@pytest.mark.parametrize("query", RECORDS)
def test_a_query_without_attributes_matches_everything(query):
    assert query().criteria() == {}
    assert finds(query(), RECORDS[query])
    assert query().matched_values(RECORDS[query]) == ()


@pytest.mark.parametrize(("query", "name"), ATTRIBUTES)
def test_an_attribute_that_is_given_has_to_match(query, name):
    record = RECORDS[query]
    value = getattr(record, name)

    assert finds(query(**{name: value}), record)
    assert query(**{name: value}).matched_values(record) == (value,)
    assert not finds(query(**{name: OTHER_VALUES[name]}), record)


def test_all_attributes_that_are_given_have_to_match():
    query = ps.PropertyDataQuery(phase="liquid", property_type="Density")

    assert finds(query, density())
    assert not finds(query, density(phase="gas"))
    assert not finds(query, density(property_type="Other"))


def test_the_values_of_a_match_are_the_record_s_own():
    record = density("25 degC", pressure="101.325 kPa")
    query = ps.PropertyDataQuery(thermodynamic_state=STATE, property_type="Density")

    assert finds(query, record)
    assert set(query.matched_values(record)) == {"Density", record.thermodynamic_state}
    assert str(record.thermodynamic_state) in map(str, query.matched_values(record))


@pytest.mark.parametrize(
    ("temperature", "pressure", "is_found"),
    [
        ("25 degC", "101.325 kPa", True),
        ("298.1509 K", "1 atm", True),
        ("298.1511 K", "1 atm", False),
        ("298.15 K", "101.3250999 kPa", True),
        ("298.15 K", "101.3252 kPa", False),
        ("298.15 K", None, False),
    ],
)
def test_states_match_by_tolerance(temperature, pressure, is_found):
    query = ps.PropertyDataQuery(thermodynamic_state=STATE)

    assert finds(query, density(temperature, pressure)) is is_found


@pytest.mark.parametrize(
    ("tolerances", "temperature", "pressure", "is_found"),
    [
        ({"temperature_tolerance": "0.5 K"}, "298.6 K", "1 atm", True),
        ({"temperature_tolerance": "0.5 degC"}, "298.6 K", "1 atm", True),
        ({"temperature_tolerance": "0.5 K"}, "298.7 K", "1 atm", False),
        ({"temperature_tolerance": "0 K"}, "25 degC", "1 atm", True),
        ({"temperature_tolerance": "0 K"}, "298.1501 K", "1 atm", False),
        ({"pressure_tolerance": 0.02}, "298.15 K", "1 bar", True),
        ({"pressure_tolerance": 0.01}, "298.15 K", "1 bar", False),
    ],
)
def test_the_caller_may_say_how_far_states_may_differ(tolerances, temperature, pressure, is_found):
    query = ps.PropertyDataQuery(thermodynamic_state=STATE, **tolerances)

    assert finds(query, density(temperature, pressure)) is is_found


def test_a_state_without_a_pressure_matches_records_without_one():
    query = ps.PropertyDataQuery(thermodynamic_state=ThermodynamicState("298.15 K"))

    assert finds(query, density(pressure=None))
    assert not finds(query, density(pressure="1 atm"))


@pytest.mark.parametrize(
    ("substance", "is_found"),
    [
        (Substance({"O": 1.0}), True),
        (Substance({"OC": 1.0}), True),
        (Substance({ps.Component("CO", "solute"): 1.0}), True),
        (Substance({"O": 0.75, "CO": 0.25}), False),
        (Substance({"CCO": 1.0}), False),
        (Substance({"O": ps.ExactAmount(1)}), False),
    ],
)
def test_components_only_finds_the_data_of_the_pure_components(substance, is_found):
    query = ps.PropertyDataQuery(
        substance=Substance({"O": 0.75, "CO": 0.25}),
        substance_query=ps.SubstanceQuery(components_only=True),
    )

    assert finds(query, density(substance=substance)) is is_found


def test_a_substance_query_that_asks_for_nothing_finds_the_substance_itself():
    mixture = Substance({"O": 0.75, "CO": 0.25})
    query = ps.PropertyDataQuery(substance=mixture, substance_query=ps.SubstanceQuery())

    assert finds(query, density(substance=mixture))
    assert not finds(query, density())


def test_a_substance_query_without_a_substance_is_an_error():
    with pytest.raises(QueryError, match="asks for part of a substance: give it as well"):
        ps.PropertyDataQuery(substance_query=ps.SubstanceQuery(components_only=True))


@pytest.mark.parametrize(
    ("query", "attributes", "error", "words"),
    [
        (ps.PropertyDataQuery, {"proprty_type": "x"}, InvalidDataError, "mean 'property_type'"),
        (ps.PropertyDataQuery, {"phase": "liqid"}, InvalidDataError, "'liqid' is not a phase; did"),
        (ps.PropertyDataQuery, {"property_type": 5}, InvalidDataError, "valid string"),
        (ps.PropertyDataQuery, {"substance": "O"}, InvalidDataError, "instance of Substance"),
        (
            ps.PropertyDataQuery,
            {"temperature_tolerance": 1},
            DimensionError,
            "1 has no unit; a temp",
        ),
        (ps.PropertyDataQuery, {"temperature_tolerance": "1 Pa"}, DimensionError, "is pressure"),
        (
            ps.PropertyDataQuery,
            {"temperature_tolerance": "-1 K"},
            NonPhysicalValueError,
            "not a physical temperature difference",
        ),
        (ps.PropertyDataQuery, {"pressure_tolerance": -1}, InvalidDataError, "equal to 0"),
        (ps.PropertyDataQuery, {"pressure_tolerance": True}, InvalidDataError, "valid number"),
        (ps.SimulationDataQuery, {"number_of_molecules": True}, InvalidDataError, "valid integer"),
        (ps.SimulationDataQuery, {"number_of_molecules": "5"}, InvalidDataError, "valid integer"),
        (ps.SubstanceQuery, {"component_only": True}, InvalidDataError, "mean 'components_only'"),
    ],
)
def test_what_no_record_could_answer_is_an_error(query, attributes, error, words):
    with pytest.raises(error, match=words):
        query(**attributes)


class Note(ps.StoredData, type_name="tests.query_note@v1"):
    author: str
    phase: ps.PropertyPhase


def test_a_query_for_a_type_of_one_s_own_takes_a_few_lines():
    class NoteQuery(ps.DataQuery):
        data_class: ClassVar[type[ps.StoredData]] = Note
        author: str | None = None

    assert finds(NoteQuery(author="me"), Note(author="me", phase="gas"))
    assert not finds(NoteQuery(author="you"), Note(author="me", phase="gas"))


def test_a_query_that_asks_for_what_the_records_have_not_is_refused():
    with pytest.raises(TypeError, match=r"NoteQuery asks for \['auther'\], which Note has not"):

        class NoteQuery(ps.DataQuery):
            data_class: ClassVar[type[ps.StoredData]] = Note
            auther: str | None = None


def test_queries_are_values():
    query = ps.PropertyDataQuery(substance=Substance({"O": 1.0}), phase="liquid")

    for again in (
        ps.PropertyDataQuery(phase="LIQUID", substance=Substance({"[H]O[H]": 1.0})),
        pickle.loads(pickle.dumps(query)),
        copy.deepcopy(query),
    ):
        assert again == query
        assert hash(again) == hash(query)
        assert again.to_condition() == query.to_condition()
