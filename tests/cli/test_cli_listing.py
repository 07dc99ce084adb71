"""``propstore ls``: which records, and how they are shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import propstore as ps
from tests.cli.sample_store import Run, ethanol
from tests.samples import density

pytestmark = pytest.mark.usefixtures("store")


def listed(run: Run, *options: str) -> list[dict[str, Any]]:
    result = run("ls", "--json", *options)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def temperatures(entries: list[dict[str, Any]]) -> list[float]:
    return [entry["record"]["thermodynamic_state"]["temperature"]["value"] for entry in entries]


def types(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["record"]["type"].split("@")[0] for entry in entries]


def test_all_records_are_listed_without_options(run: Run) -> None:
    assert len(listed(run)) == 7


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("property", 5),
        ("force-field", 1),
        ("simulation", 1),
        ("equilibration", 0),
        ("free-energy", 0),
        ("propstore.property_data", 5),
        ("propstore.property_data@v1", 5),
    ],
)
def test_a_type_is_given_by_its_short_or_its_whole_name(run: Run, name: str, number: int) -> None:
    assert len(listed(run, "--type", name)) == number


def test_a_type_that_is_not_known_is_an_error_that_names_those_that_are(run: Run) -> None:
    result = run("ls", "--type", "proprty")
    assert result.exit_code == 1
    assert result.stderr == (
        "propstore: there is no record type 'proprty'; there are property, force-field, "
        "simulation, equilibration, free-energy.\n"
    )


def test_records_of_a_type_that_is_not_registered_are_found_by_its_name(
    run: Run, store: Path
) -> None:
    with ps.open(store) as opened:
        for name in ("mylab.viscosity@v3", "mylab.spectrum@v1"):
            opened.store_object(ps.UnknownData(document={"type": name, "eta": 1.5}))
    (entry,) = listed(run, "--type", "mylab.viscosity")
    assert entry["record"] == {
        "type": "mylab.viscosity@v3",
        "eta": 1.5,
        "provenance": entry["record"]["provenance"],
    }
    assert "mylab.viscosity" in run("ls").stdout


@pytest.mark.parametrize("smiles", ["CCO", "OCC"])
def test_a_substance_consists_of_the_components_and_no_others(run: Run, smiles: str) -> None:
    assert len(listed(run, "--substance", smiles)) == 4


@pytest.mark.parametrize("options", [["CCO,O"], ["CCO", "--substance", "O"]])
def test_a_substance_of_several_components_is_given_with_commas_or_one_by_one(
    run: Run, options: list[str]
) -> None:
    assert len(listed(run, "--substance", *options)) == 1


def test_a_component_is_contained_in_pure_substances_and_mixtures(run: Run) -> None:
    assert len(listed(run, "--contains", "CCO")) == 5
    assert len(listed(run, "--contains", "CCO", "--contains", "O")) == 1


def test_a_component_without_smiles_is_given_by_its_label(run: Run, store: Path) -> None:
    with ps.open(store) as opened:
        lysozyme = ps.Substance.from_components(ps.Component(label="lysozyme"))
        opened.store_object(density("298.15 K", lysozyme))
    assert len(listed(run, "--contains", "label:lysozyme")) == 1


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("288.15K:298.15K", [288.15, 298.15, 298.15, 298.15]),
        ("25degC:26degC", [298.15, 298.15, 298.15]),
        ("299 K:", [310.0, 300.0]),
        (":290K", [288.15]),
        ("310.4K", [310.0]),
        ("311K", []),
    ],
)
def test_a_window_of_temperatures_has_units_and_may_be_open(
    run: Run, window: str, expected: list[float]
) -> None:
    assert temperatures(listed(run, "--temperature", window)) == expected


def test_a_single_value_means_near_it_and_the_nearest_comes_first(run: Run, store: Path) -> None:
    with ps.open(store) as opened:
        opened.store_object(ethanol("309.9 K"))
        opened.store_object(ethanol("310.4 K"))
    assert temperatures(listed(run, "--temperature", "310.1K")) == [310.0, 309.9, 310.4]


@pytest.mark.parametrize(
    ("window", "number"), [("1atm", 5), ("1bar", 1), ("101kPa:", 5), (":100kPa", 1), ("2bar:", 0)]
)
def test_a_window_of_pressures_has_units_and_may_be_open(
    run: Run, window: str, number: int
) -> None:
    assert len(listed(run, "--pressure", window)) == number


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--temperature", "298"],
            "thermodynamic_state.temperature: '298' has no unit; a temperature is needed, "
            "such as '1 K'.",
        ),
        (
            ["--pressure", "1"],
            "thermodynamic_state.pressure: '1' has no unit; a pressure is needed, such as '1 kPa'.",
        ),
        (
            ["--temperature", ":"],
            "':' is not a window: give LOW:HIGH, LOW:, :HIGH or one value.",
        ),
        (
            ["--tag", "solvents"],
            "'solvents' is not a tag: give NAME=VALUE, such as project=solvents.",
        ),
    ],
)
def test_an_option_that_is_not_understood_is_an_error_in_a_sentence(
    run: Run, options: list[str], sentence: str
) -> None:
    result = run("ls", *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"propstore: {sentence}\n"


@pytest.mark.parametrize(
    ("options", "number"),
    [
        (["--property", "Density"], 4),
        (["--phase", "liquid+gas"], 1),
        (["--tag", "project=solvents"], 3),
        (["--property", "Density", "--contains", "O", "--temperature", "298K"], 1),
    ],
)
def test_all_options_have_to_fit(run: Run, options: list[str], number: int) -> None:
    assert len(listed(run, *options)) == number


def test_json_has_the_key_the_files_and_the_record_with_all_digits(run: Run, store: Path) -> None:
    (box,) = listed(run, "--type", "simulation")
    with ps.open(store, read_only=True) as opened:
        record, path = opened.retrieve_object(box["key"])
        density = listed(run, "--property", "Density")[0]
    assert Path(box["files"]) == path
    assert ps.StoredData.from_json(json.dumps(box["record"])) == record
    assert density["files"] is None
    assert density["record"]["value"] == {"value": 0.785123456789, "unit": "g/ml"}


def test_a_limit_holds_for_json_and_for_the_table(run: Run) -> None:
    assert len(listed(run, "--limit", "2")) == 2
    assert run("ls", "--limit", 2).stdout.endswith("\n2 of 7 records.\n")


def test_the_table_has_a_row_a_record_and_says_how_many_there_are(run: Run) -> None:
    result = run("ls", "--property", "EnthalpyOfVaporization")
    header, row, empty, count = result.stdout.splitlines()
    assert re.split("  +", header) == [
        *("Key", "What", "Substance", "T (K)", "p (kPa)", "Phase", "Value")
    ]
    assert re.split("  +", row)[1:] == [
        *("EnthalpyOfVaporization", "CCO", "298.15", "101.325", "liquid+gas", "42.3 ± 0.1 kJ/mol")
    ]
    assert (empty, count) == ("", "1 of 1 record.")


def test_the_table_shows_fifty_rows_unless_told_otherwise(run: Run, store: Path) -> None:
    with ps.open(store) as opened, opened.batch():
        for temperature in range(200, 260):
            opened.store_object(ethanol(f"{temperature} K"))
    assert run("ls").stdout.endswith("\n50 of 67 records.\n")
    assert len(listed(run)) == 67


def test_the_table_shows_the_type_of_what_is_no_property(run: Run) -> None:
    lines = run("ls", "--temperature", "300K").stdout.splitlines()
    assert re.split("  +", lines[1])[1:3] == ["simulation", "O"]
    header, row = run("ls", "--type", "force-field").stdout.splitlines()[:2]
    assert (header.split(), row.split()[1:]) == (["Key", "What"], ["force-field"])


def test_the_keys_in_the_table_are_as_long_as_it_takes_to_tell_them_apart(
    run: Run, store: Path
) -> None:
    with ps.open(store) as opened:
        for key in ("0123456789ab", "0123456789cd"):
            opened.store_object(ethanol(f"2{key[-2] == 'c':d}0 K"), storage_key=key)
    rows = run("ls", "--temperature", ":215K").stdout.splitlines()[1:3]
    assert [row.split()[0] for row in rows] == ["0123456789a", "0123456789c"]


def test_smiles_are_shown_as_they_are(run: Run, store: Path) -> None:
    with ps.open(store) as opened:
        salt = ps.Substance.from_components("[Na+].[Cl-]")
        opened.store_object(density("298.15 K", salt))
    assert " [Cl-].[Na+] " in run("ls", "--contains", "[Na+].[Cl-]").stdout


def test_what_fits_nothing_is_said_and_is_no_error(run: Run) -> None:
    result = run("ls", "--contains", "CCCCCCCC")
    assert (result.exit_code, result.stdout) == (0, "No record fits.\n")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--property", "density"], "No record fits. With --property Density, 4 would.\n"),
        (["--property", "viscosity"], "No record fits.\n"),
        (["--property", "Density", "--phase", "gas"], "No record fits.\n"),
    ],
)
def test_a_property_in_other_letters_is_told_as_it_is_spelt(
    run: Run, options: list[str], sentence: str
) -> None:
    assert run("ls", *options).stdout == sentence
    assert listed(run, "--contains", "CCCCCCCC") == []


def test_a_store_without_records_is_said_to_be_one(run: Run) -> None:
    run("init", "empty")
    assert run("ls", "--store", "empty").stdout == "The store has no records.\n"


def test_records_of_a_later_version_are_left_out_with_a_sentence(run: Run, store: Path) -> None:
    with ps.open(store) as opened:
        opened.store_object(ps.UnknownData(document={"type": "propstore.property_data@v2"}))
    result = run("ls", "--type", "property")
    assert result.exit_code == 0
    assert result.stdout.endswith("\n5 of 5 records.\n")
    assert result.stderr == (
        "propstore: records of propstore.property_data@v2 were stored by a later program and are "
        "left out of an answer about PropertyData.\n"
    )
