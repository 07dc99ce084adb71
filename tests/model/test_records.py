"""The record types that propstore comes with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import propstore as ps
from propstore.errors import (
    DimensionError,
    InvalidDataError,
    InvalidTagError,
    NonPhysicalValueError,
)
from propstore.model import PROPERTY_TYPES

WATER = ps.Substance({"O": 1.0})
STATE = ps.ThermodynamicState("298.15 K", "1 atm")


def density(**fields: Any) -> ps.PropertyData:
    return ps.PropertyData(
        **{
            "property_type": "Density",
            "substance": WATER,
            "thermodynamic_state": STATE,
            "phase": "liquid",
            "value": "0.997 g/ml",
            **fields,
        }
    )


def system(record_type: type[ps.StoredData], **fields: Any) -> Any:
    """Make a record of a simulation, with all that its type needs."""
    everything = {
        "substance": WATER,
        "thermodynamic_state": STATE,
        "phase": "liquid",
        "coordinate_file_name": "box.pdb",
        "statistical_inefficiency": 2.0,
        "number_of_molecules": 256,
        "free_energy_difference": "-5 kcal/mol",
    }
    own = {name: value for name, value in everything.items() if name in record_type.model_fields}
    return record_type(**{**own, **fields})


SYSTEMS = [ps.StoredSimulationData, ps.StoredEquilibrationData, ps.StoredFreeEnergyData]
REPLACEABLE = SYSTEMS[:2]


def test_a_property_keeps_what_it_was_given():
    record = density(uncertainty=(1, "kg/m**3"), source="10.1000/182", tags={"project": "sage"})

    assert record.property_type == "Density"
    assert record.substance == WATER
    assert record.thermodynamic_state == STATE
    assert record.phase is ps.PropertyPhase.LIQUID
    assert record.value == ps.Quantity("997 kg/m**3")
    assert record.uncertainty == ps.Quantity("0.001 g/ml")
    assert record.source == "10.1000/182"
    assert (record.force_field_id, record.source_calculation_id) == (None, None)
    assert record.tags == {"project": "sage"}
    assert record.provenance is None


@pytest.mark.parametrize("value", [997, 997.0, "997", np.float64(997.0), np.int64(997), True])
def test_a_value_without_a_unit_is_refused_with_the_dimension_of_the_property(value):
    with pytest.raises(DimensionError, match="has no unit; a density is needed, such as '1 kg/m"):
        density(value=value)


@pytest.mark.parametrize("property_type", PROPERTY_TYPES)
def test_a_known_property_takes_values_of_its_dimension_only(property_type):
    dimension = PROPERTY_TYPES[property_type]
    record = density(property_type=property_type, value=ps.Quantity(1.0, dimension.unit))

    assert record.value.value == 1.0
    with pytest.raises(
        DimensionError, match=f"1.0 mol is amount of substance; an? {dimension.name}"
    ):
        density(property_type=property_type, value="1 mol")


@pytest.mark.parametrize(
    ("property_type", "value"),
    [
        ("Density", "0 g/ml"),
        ("Density", "-1 g/ml"),
        ("DielectricConstant", (-0.1, "dimensionless")),
        ("Viscosity", "-1 mPa*s"),
        ("VaporPressure", "-1 kPa"),
    ],
)
def test_a_value_that_the_property_can_not_have_is_refused(property_type, value):
    with pytest.raises(NonPhysicalValueError, match="is not a physical"):
        density(property_type=property_type, value=value)


@pytest.mark.parametrize("value", ["-5 kJ/mol", "5 kcal/mol"])
def test_an_energy_may_have_either_sign(value):
    assert density(property_type="EnthalpyOfMixing", value=value).value == ps.Quantity(value)


def test_any_other_property_is_taken_with_any_dimension():
    record = density(property_type="Colour", value="450 nm")

    assert record.value == ps.Quantity("0.45 um")


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"property_type": ""}, InvalidDataError, "property_type: .* at least 1 character"),
        ({"property_type": 5}, InvalidDataError, "property_type: Input should be a valid string"),
        ({"value": None}, DimensionError, "PropertyData.value: None has no unit"),
        ({"value": "nan g/ml"}, NonPhysicalValueError, "PropertyData.value.value: .* finite"),
        ({"uncertainty": 0.1}, DimensionError, "0.1 has no unit; an uncertainty is needed"),
        ({"uncertainty": "-1 g/ml"}, NonPhysicalValueError, "not a physical uncertainty"),
        (
            {"uncertainty": "1 K"},
            DimensionError,
            "uncertainty 1.0 K and the value 0.997 g/ml differ",
        ),
        ({"phase": "liqid"}, InvalidDataError, "PropertyData.phase: 'liqid' is not a phase; did"),
        ({"substance": "O"}, InvalidDataError, "PropertyData.substance: .* instance of Substance"),
        ({"source": 5}, InvalidDataError, "PropertyData.source: Input should be a valid string"),
        ({"valeu": 5}, InvalidDataError, "PropertyData.valeu: .* did you mean 'value'"),
        ({"tags": {"a b": "c"}}, InvalidTagError, "PropertyData.tags: 'a b' is not the name of a"),
    ],
)
def test_what_is_not_a_property_is_refused_with_the_field_named(fields, error, words):
    with pytest.raises(error, match=words):
        density(**fields)


@pytest.mark.parametrize(
    "name", ["property_type", "substance", "thermodynamic_state", "phase", "value"]
)
def test_what_every_property_has_can_not_be_missing(name):
    fields = {**density().__dict__}
    del fields[name]

    with pytest.raises(InvalidDataError, match=f"PropertyData.{name} is missing"):
        ps.PropertyData(**fields)


def test_an_uncertainty_in_degrees_is_a_difference_of_the_value():
    fields = {"property_type": "MeltingTemperature", "value": "25 degC"}

    one, other = density(**fields, uncertainty="0.5 degC"), density(**fields, uncertainty="0.5 K")

    assert one == other
    assert one.identity() == other.identity()


def test_properties_are_stored_once():
    assert density() == density(value="997 kg/m**3")
    assert density().identity() == density(value="997 kg/m**3", tags={"a": "b"}).identity()
    assert density().identity() != density(source="another").identity()


def test_a_force_field_is_its_text_with_settings():
    one = ps.ForceFieldData(force_field_source="<SMIRNOFF/>", settings={"cutoff": 9.0})

    assert one.source_type == "smirnoff"
    assert one == ps.ForceFieldData(force_field_source="<SMIRNOFF/>", settings={"cutoff": 9})
    assert one != ps.ForceFieldData(force_field_source="<SMIRNOFF/>")


@pytest.mark.parametrize(
    "settings",
    [
        {"a": float("nan")},
        {"a": float("inf")},
        {1: 2},
        {"a": object()},
        {"a": {1, 2}},
        {"a": (1, 2)},
        {"a": b"x"},
        {"a": np.array([1])},
        5,
    ],
)
def test_settings_are_json(settings):
    with pytest.raises(InvalidDataError, match=r"ForceFieldData\.settings"):
        ps.ForceFieldData(force_field_source="<SMIRNOFF/>", settings=settings)


@pytest.mark.parametrize("record_type", SYSTEMS)
def test_a_simulation_needs_its_files(record_type):
    assert record_type.requires_files
    assert not ps.PropertyData.requires_files


@pytest.mark.parametrize("record_type", SYSTEMS)
@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "/etc/passwd", "a\0", "a\n"])
def test_a_file_is_named_without_its_directory(record_type, name):
    with pytest.raises(InvalidDataError) as caught:
        system(record_type, coordinate_file_name=name)

    assert f"{name!r} is not the name of a file, without its directory" in str(caught.value)


@pytest.mark.parametrize("name", ["box.pdb", ".hidden", "..box", "Kästchen (1).pdb"])
def test_a_file_may_have_any_other_name(name):
    assert system(ps.StoredSimulationData, coordinate_file_name=name).coordinate_file_name == name


@pytest.mark.parametrize("record_type", REPLACEABLE)
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("number_of_molecules", 0, "greater than or equal to 1"),
        ("number_of_molecules", True, "True is not a number"),
        ("number_of_molecules", "256", "'256' is not a number"),
        ("number_of_molecules", 1.5, "valid integer"),
        ("statistical_inefficiency", 0.0, "greater than 0"),
        ("statistical_inefficiency", -1.0, "greater than 0"),
        ("statistical_inefficiency", True, "valid number"),
        ("statistical_inefficiency", "1.0", "valid number"),
        ("statistical_inefficiency", float("nan"), "finite number"),
        ("statistical_inefficiency", float("inf"), "finite number"),
    ],
)
def test_numbers_that_no_simulation_has_are_refused(record_type, field, value, words):
    with pytest.raises(InvalidDataError, match=rf"{record_type.__name__}\.{field}: .*{words}"):
        system(record_type, **{field: value})


@pytest.mark.parametrize("record_type", REPLACEABLE)
def test_numbers_of_numpy_are_taken(record_type):
    record = system(
        record_type,
        number_of_molecules=np.int64(256),
        statistical_inefficiency=np.float32(1.5),
    )

    assert record == system(record_type, statistical_inefficiency=1.5)
    assert type(record.number_of_molecules) is int
    assert type(record.statistical_inefficiency) is float


@pytest.mark.parametrize("record_type", REPLACEABLE)
def test_of_one_identity_the_lower_statistical_inefficiency_stays(record_type):
    better, worse = (system(record_type, statistical_inefficiency=one) for one in (1.5, 2.0))

    assert better.identity() == worse.identity()
    assert record_type.most_information(worse, better) is better
    assert record_type.most_information(better, worse) is better


@pytest.mark.parametrize("record_type", REPLACEABLE)
def test_of_two_that_tie_the_stored_one_stays(record_type):
    stored, candidate = system(record_type), system(record_type)

    assert record_type.most_information(stored, candidate) is stored


@pytest.mark.parametrize("record_type", REPLACEABLE)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("substance", ps.Substance({"CO": 1.0})),
        ("thermodynamic_state", ps.ThermodynamicState("300 K")),
        ("phase", "gas"),
        ("source_calculation_id", "17"),
        ("force_field_id", "ff"),
        ("number_of_molecules", 255),
    ],
)
def test_what_a_simulation_is_about_makes_its_identity(record_type, field, value):
    assert system(record_type).identity() != system(record_type, **{field: value}).identity()


def test_the_names_of_its_files_do_not_make_the_identity_of_a_simulation():
    one = system(ps.StoredSimulationData, trajectory_file_name="run.dcd")

    assert one.identity() == system(ps.StoredSimulationData, coordinate_file_name="b").identity()


@pytest.mark.parametrize(
    ("field", "value"), [("max_number_of_molecules", 1000), ("calculation_layer", "Simulation")]
)
def test_the_size_and_the_layer_make_the_identity_of_an_equilibration(field, value):
    one = system(ps.StoredEquilibrationData)

    assert one.identity() != system(ps.StoredEquilibrationData, **{field: value}).identity()


def test_a_box_has_no_more_molecules_than_it_was_allowed():
    with pytest.raises(
        InvalidDataError, match="number_of_molecules is 256, which is more than max_nu"
    ):
        system(ps.StoredEquilibrationData, max_number_of_molecules=255)


def test_free_energies_are_all_kept():
    one = system(ps.StoredFreeEnergyData)

    assert one.identity() is None
    assert one == system(ps.StoredFreeEnergyData)


@pytest.mark.parametrize("value", ["5 K", 5.0])
def test_a_free_energy_is_a_molar_energy(value):
    with pytest.raises(DimensionError, match="a molar energy is needed"):
        system(ps.StoredFreeEnergyData, free_energy_difference=value)
