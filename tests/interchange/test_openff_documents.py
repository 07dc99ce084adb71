"""The documents of OpenFF Evaluator, of its older and newer releases, as records."""

from __future__ import annotations

import json
from typing import Any

import pytest

import propstore as ps
from propstore.errors import InterchangeError, InvalidDataError, InvalidSmilesError
from propstore.interchange.openff_documents import OpenFFObject, read_document
from tests.interchange.interchange_files import force_field, quantity, simulation, substance


def read(document: Any) -> OpenFFObject:
    return read_document(json.dumps(document), {})


def read_fields(document: Any) -> dict[str, Any]:
    return dict(read(document).record)


def test_an_equilibrated_box_has_all_its_fields() -> None:
    document = simulation(max_number_of_molecules=300, calculation_layer="EquilibrationLayer")
    found = read(document)
    assert found.record == ps.StoredEquilibrationData(
        substance=ps.Substance({"O": 1.0}),
        thermodynamic_state=ps.ThermodynamicState("298.15 K", "101.325 kPa"),
        phase="liquid",
        source_calculation_id="calculation",
        force_field_id="forcefield",
        coordinate_file_name="output.pdb",
        statistical_inefficiency=1.5,
        number_of_molecules=256,
        max_number_of_molecules=300,
        calculation_layer="EquilibrationLayer",
    )
    assert (found.type_name, found.tags, found.files) == ("StoredEquilibrationData", {}, {})


def test_the_statistics_of_older_simulations_are_their_observables() -> None:
    document = simulation(
        "StoredSimulationData",
        trajectory_file_name="trajectory.dcd",
        statistics_file_name="statistics.csv",
    )
    fields = read_fields(document)
    assert fields["trajectory_file_name"] == "trajectory.dcd"
    assert fields["observables_file_name"] == "statistics.csv"


def test_the_observables_of_newer_simulations_become_a_file() -> None:
    frame = {
        "observables": {"Density": {"value": quantity({"encoded_data": "AAAA"}, "g / ml")}},
        "@type": "openff.evaluator.utils.observables.ObservableFrame",
    }
    found = read(simulation("StoredSimulationData", observables=frame))
    assert json.loads(found.files["observables.json"]) == frame
    assert dict(found.record)["observables_file_name"] == "observables.json"


def test_numbers_and_strings_without_a_field_become_tags() -> None:
    document = simulation(
        "StoredSimulationData", max_number_of_molecules=1000, calculation_layer="SimulationLayer"
    )
    assert read(document).tags == {
        "max_number_of_molecules": "1000",
        "calculation_layer": "SimulationLayer",
    }


@pytest.mark.parametrize("with_error", [True, False])
def test_a_free_energy_keeps_its_error_and_gradients_in_a_file(with_error: bool) -> None:
    value = quantity(-12.5, "kilojoule / mole")
    measurement = {"value": value, "error": quantity(0.3, "kilojoule / mole")}
    observable = {"value": measurement, "gradients": [], "@type": "x.Observable"}
    difference = observable if with_error else value
    document = simulation(
        "StoredFreeEnergyData",
        coordinate_file_name=None,
        statistical_inefficiency=None,
        number_of_molecules=None,
        free_energy_difference=difference,
        topology_file_name="topology.pdb",
        start_state_trajectory="start.dcd",
        end_state_trajectory="end.dcd",
    )
    found = read(document)
    assert isinstance(found.record, ps.StoredFreeEnergyData)
    assert found.record.free_energy_difference == ps.Quantity("-12.5 kJ/mol")
    assert found.record.coordinate_file_name == found.record.topology_file_name == "topology.pdb"
    assert found.record.start_state_trajectory == "start.dcd"
    assert json.loads(found.files["free_energy_difference.json"]) == difference


def test_roles_and_both_kinds_of_amounts_are_read() -> None:
    given = substance(
        ("O", "solv", "MoleFraction", 1.0),
        ("C", "sol", "ExactAmount", 1),
        ("CC", "lig", "ExactAmount", 2),
        ("CCC", "rec", "ExactAmount", 3),
    )
    expected = ps.Substance(
        {
            "O": 1.0,
            ps.Component("C", role="solute"): ps.ExactAmount(1),
            ps.Component("CC", role="ligand"): ps.ExactAmount(2),
            ps.Component("CCC", role="receptor"): ps.ExactAmount(3),
        }
    )
    assert read_fields(simulation(substance=given))["substance"] == expected


@pytest.mark.parametrize(
    ("number", "phase"),
    [(1, "solid"), (2, "liquid"), (4, "gas"), (6, "liquid+gas"), (7, "solid+liquid+gas")],
)
def test_phases_are_flags(number: int, phase: str) -> None:
    assert str(read_fields(simulation(property_phase=number))["phase"]) == phase


def test_numpy_scalars_and_undefined_values_are_unwrapped() -> None:
    state = {
        "temperature": quantity({"value": 300.0, "@type": "numpy.float32"}, "kelvin"),
        "pressure": {"@type": "openff.evaluator.attributes.attributes.UndefinedType"},
        "@type": "openff.evaluator.thermodynamics.ThermodynamicState",
    }
    molecules = {"value": 256, "@type": "numpy.int64"}
    fields = read_fields(simulation(thermodynamic_state=state, number_of_molecules=molecules))
    assert fields["thermodynamic_state"] == ps.ThermodynamicState("300 K")
    assert fields["number_of_molecules"] == 256


def test_the_package_may_have_its_older_name() -> None:
    text = json.dumps(simulation()).replace("openff.evaluator.", "evaluator.")
    assert isinstance(read_document(text, {}).record, ps.StoredEquilibrationData)


def test_a_smirnoff_force_field_is_its_xml() -> None:
    document = force_field(inner_xml="<SMIRNOFF version='0.3'/>")
    assert read(document).record == ps.ForceFieldData(
        force_field_source="<SMIRNOFF version='0.3'/>", source_type="smirnoff"
    )


@pytest.mark.parametrize(
    ("kind", "source_type", "settings"),
    [
        ("TLeap", "tleap", {"leap_source": "leaprc.gaff2", "cutoff": quantity(9.0, "angstrom")}),
        ("LigParGen", "ligpargen", {"preferred_charge_model": {"value": "1.14*CM1A"}}),
    ],
)
def test_another_force_field_is_the_json_of_its_settings(
    kind: str, source_type: str, settings: dict[str, Any]
) -> None:
    record = read(force_field(kind, **settings)).record
    assert isinstance(record, ps.ForceFieldData)
    assert record.source_type == source_type
    source = json.loads(record.force_field_source)
    assert {name: source[name] for name in settings} == settings


def test_force_fields_with_the_same_settings_in_another_order_are_the_same() -> None:
    one = force_field("TLeap", leap_source="leaprc.gaff", cutoff=quantity(9.0, "angstrom"))
    other = force_field("TLeap", cutoff=quantity(9.0, "angstrom"), leap_source="leaprc.gaff")
    assert read(one).record == read(other).record


def test_a_force_field_that_was_renamed_is_followed() -> None:
    document = json.dumps(simulation())
    record = read_document(document, {"forcefield": "kept"}).record
    assert dict(record)["force_field_id"] == "kept"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"property_phase": 0}, "0 is not a phase"),
        ({"property_phase": "Liquid"}, "'Liquid' is not a phase"),
        ({"substance": None}, r"StoredEquilibrationData\.substance is missing"),
        ({"substance": []}, r"\[\] has no 'amounts'"),
        ({"substance": substance(("O", "cat", "MoleFraction", 1.0))}, "'cat' is not a role"),
        ({"substance": substance(("O", "solv", "Molality", 1.0))}, "Molality is neither"),
        ({"thermodynamic_state": {"pressure": None}}, "has no 'temperature'"),
        ({"thermodynamic_state": {"temperature": {"value": 3}}}, "has no 'unit'"),
        ({"number_of_molecules": "many"}, "number_of_molecules"),
        ({"statistical_inefficiency": float("nan")}, "statistical_inefficiency"),
        ({"coordinate_file_name": "../output.pdb"}, "coordinate_file_name"),
        ({"../observables": []}, "'../observables' is not the name of a field"),
    ],
)
def test_a_document_that_is_not_valid_says_what_is_wrong(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises((InterchangeError, InvalidDataError), match=reason):
        read(simulation(**changes))


def test_a_smiles_that_can_not_be_read_is_its_own_error() -> None:
    with pytest.raises(InvalidSmilesError):
        read(simulation(substance=substance(("C(C", "solv", "MoleFraction", 1.0))))


@pytest.mark.parametrize(
    "document",
    [
        {"@type": "os.system"},
        {"@type": 5},
        {},
        [],
        "StoredSimulationData",
        {"@type": "ForceFieldData", "force_field_source": {"@type": "os.system", "inner_xml": "x"}},
        {"@type": "ForceFieldData", "force_field_source": {"@type": "x.SmirnoffForceFieldSource"}},
        {"@type": "ForceFieldData"},
    ],
)
def test_a_document_of_an_unknown_type_is_refused(document: Any) -> None:
    with pytest.raises(InterchangeError):
        read(document)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"source_calculation_id": "\\ud800"}'])
def test_a_text_that_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(InterchangeError, match="it is not JSON"):
        read_document(text, {})
