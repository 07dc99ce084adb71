"""What a property table says, and what is wrong with it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from propstore.errors import InterchangeError
from propstore.interchange import Rejection, TableRow, read_table
from propstore.model import (
    Component,
    ExactAmount,
    MoleFraction,
    PropertyData,
    PropertyPhase,
    Quantity,
    Substance,
    ThermodynamicState,
)
from tests.interchange.interchange_files import HEADER, METHANOL, MIXTURE, WATER, row, table


def read(text: str) -> list[TableRow | Rejection]:
    return list(read_table(StringIO(text)))


def read_row(text: str) -> TableRow:
    (found,) = read(table(text))
    assert isinstance(found, TableRow), found
    return found


def rejection_of(text: str) -> str:
    (found,) = read(table(text))
    assert isinstance(found, Rejection), found
    assert found.where == "line 2"
    return found.reason


def lines(found: list[TableRow | Rejection]) -> list[int | str]:
    return [one.line if isinstance(one, TableRow) else one.where for one in found]


def test_a_row_is_one_record_with_the_numbers_as_they_are_written() -> None:
    (record,) = read_row(METHANOL).records
    assert record == PropertyData(
        property_type="Density",
        substance=Substance({"CO": 1.0}),
        thermodynamic_state=ThermodynamicState("298.15 K", "101.325 kPa"),
        phase="liquid",
        value="0.7866000000000002 g/ml",
        uncertainty="0.0002 g/ml",
        source="lab",
    )
    assert record.value.value == 0.7866000000000002


def test_a_mixture_has_all_its_components() -> None:
    (record,) = read_row(MIXTURE).records
    assert record.property_type == "EnthalpyOfMixing"
    assert record.substance == Substance({"O": 0.75, "CO": 0.25})
    assert record.value == Quantity("-0.72 kJ/mol")


def test_the_id_of_a_row_is_a_tag() -> None:
    assert read_row(METHANOL).tags == {"id": "2"}
    assert read_row(row(Id="")).tags == {}


def test_a_row_with_values_of_several_properties_gives_a_record_of_each() -> None:
    text = row(**{"EnthalpyOfMixing Value (kJ / mol)": "-0.5"})
    kinds = {record.property_type: record.value for record in read_row(text).records}
    assert kinds == {
        "Density": Quantity("0.99704 g/ml"),
        "EnthalpyOfMixing": Quantity("-0.5 kJ/mol"),
    }


def test_any_property_in_any_unit_is_read_from_its_header() -> None:
    header = (
        "Temperature (degC),Pressure (bar),Phase,Component 1,Mole Fraction 1,"
        "Flash Point Value (degC),RefractiveIndex Value (),SpeedOfSound Value (km / s)"
    )
    (found,) = read(table("25,1,liquid,CO,1,11,1.3288,1.1", header=header))
    assert isinstance(found, TableRow)
    assert {record.property_type: record.value for record in found.records} == {
        "Flash Point": Quantity(11.0, "degC"),
        "RefractiveIndex": Quantity(1.3288, "dimensionless"),
        "SpeedOfSound": Quantity("1100 m/s"),
    }
    assert found.records[0].thermodynamic_state == ThermodynamicState("298.15 K", "100 kPa")


def test_an_uncertainty_may_be_in_another_unit_than_its_value() -> None:
    header = (
        "Temperature (K),Phase,Component 1,Mole Fraction 1,"
        "Density Value (g / ml),Density Uncertainty (kg / m ** 3)"
    )
    (found,) = read(table("298,liquid,O,1,0.997,0.02", header=header))
    assert isinstance(found, TableRow)
    assert found.records[0].uncertainty == Quantity("0.02 kg/m**3")


def test_a_property_may_have_columns_in_several_units_each_with_its_uncertainty() -> None:
    header = (
        "Temperature (K),Phase,Component 1,Mole Fraction 1,Density Value (g / ml),"
        "Density Value (kg / l),Density Uncertainty (kg / l)"
    )
    found = read(table("298,liquid,O,1,0.997,,", "298,liquid,O,1,,0.998,0.1", header=header))
    values = [one.records[0] for one in found if isinstance(one, TableRow)]
    assert [(str(one.value), str(one.uncertainty)) for one in values] == [
        ("0.997 g / ml", "None"),
        ("0.998 kg / l", "0.1 kg / l"),
    ]


def test_columns_may_stand_in_any_order_and_all_but_the_needed_ones_may_be_missing() -> None:
    header = "Mole Fraction 7,Density Value (kg/m**3),Component 7,Phase,Temperature (K)"
    (found,) = read(table("1.0,997.04,O,Liquid + Gas,298.15", header=header))
    assert isinstance(found, TableRow)
    (record,) = found.records
    assert record.thermodynamic_state.pressure is None
    assert record.source is None
    assert record.phase == PropertyPhase.LIQUID | PropertyPhase.GAS


def test_exact_amounts_roles_and_labels_are_read() -> None:
    cells = {
        "N Components": "2",
        "Component 2": "label:lysozyme",
        "Role 2": "Receptor",
        "Exact Amount 2": "1.0",
    }
    (record,) = read_row(row(**cells)).records
    receptor = Component(label="lysozyme", role="receptor")
    assert record.substance == Substance({"O": MoleFraction(1.0), receptor: ExactAmount(1)})


@pytest.mark.parametrize("nothing", ["", "0", "0.0"])
def test_an_amount_of_zero_is_none(nothing: str) -> None:
    (record,) = read_row(row(**{"Exact Amount 1": nothing})).records
    assert record.substance.amounts_of("O") == (MoleFraction(1.0),)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("Component 1", "C(C", "is not a SMILES"),
        ("Component 1", "", "is empty, but has an amount"),
        ("Role 1", "Catalyst", "is not a role"),
        ("Mole Fraction 1", "0.9", "sum to 1"),
        ("Mole Fraction 1", "0", "has neither kind of amount"),
        ("Mole Fraction 1", "1.5", "is not a mole fraction"),
        ("Exact Amount 1", "1.5", "is not an exact amount"),
        ("N Components", "2", "there are 1 components"),
        ("Phase", "Plasma", "is not a phase"),
        ("Phase", "", "is not a phase"),
        ("Temperature (K)", "", "is empty"),
        ("Temperature (K)", "-1", "is not a physical temperature"),
        ("Temperature (K)", "25 degC", "not a finite number"),
        ("Pressure (kPa)", "1,013", "not a finite number"),
        ("Pressure (kPa)", "-1", "is not a physical pressure"),
        ("Density Value (g / ml)", "nan", "not a finite number"),
        ("Density Value (g / ml)", "inf", "not a finite number"),
        ("Density Value (g / ml)", "1_0", "not a finite number"),
        ("Density Value (g / ml)", "n/a", "not a finite number"),
        ("Density Value (g / ml)", "-0.9", "is not a physical density"),
        ("Density Uncertainty (g / ml)", "-0.1", "is not a physical uncertainty"),
        ("EnthalpyOfMixing Uncertainty (kJ / mol)", "0.1", "is empty"),
        ("Id", "x" * 257, "at most 256 characters"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_column_value_and_reason(
    column: str, cell: str, reason: str
) -> None:
    text = row(**{column: f'"{cell}"'})
    told = rejection_of(text)
    assert column in told
    assert repr(cell) in told or not cell
    assert reason in told


def test_a_row_without_any_value_is_rejected() -> None:
    reason = rejection_of(row(**{"Density Value (g / ml)": ""}))
    assert "no value of any property" in reason
    assert "Density Value (g / ml)" in reason


def test_a_row_is_taken_as_a_whole_or_not_at_all() -> None:
    reason = rejection_of(row(**{"EnthalpyOfMixing Value (kJ / mol)": "much"}))
    assert "EnthalpyOfMixing Value (kJ / mol) 'much'" in reason


def test_good_rows_around_a_bad_one_are_read() -> None:
    found = read(table(WATER, row(Phase="Plasma"), MIXTURE))
    assert lines(found) == [2, "line 3", 4]


def test_a_table_in_utf8_with_a_byte_order_mark_and_crlf_is_read(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"\xef\xbb\xbf" + table(WATER, MIXTURE).replace("\n", "\r\n").encode())
    assert lines(list(read_table(path))) == [2, 3]


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        (HEADER.replace("Temperature (K)", "Temperature"), "Temperature (K)"),
        (HEADER.replace("Phase", "State"), "Phase"),
        (
            HEADER.replace("Component 1", "SMILES 1").replace("Component 2", "SMILES 2"),
            "Component 1",
        ),
        (HEADER.replace("Mole Fraction", "x").replace("Exact Amount", "n"), "Mole Fraction 1"),
        (HEADER.replace(" Value", ""), "Density Value (g / ml)"),
        (HEADER.replace(",", ";"), "Temperature (K)"),
    ],
)
def test_a_header_that_lacks_a_needed_column_is_an_error_that_names_it(
    header: str, missing: str
) -> None:
    with pytest.raises(InterchangeError, match="it has no column") as error:
        read(table(header=header))
    assert missing in str(error.value).partition("Its columns are")[0]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (HEADER.replace("(K)", "(kelvins of sorts)"), "is not a unit"),
        (HEADER.replace("(K)", "(kPa)"), "has to be one of temperature"),
        (HEADER.replace("Value (g / ml)", "Value (g / mol)"), "has to be one of density"),
        (HEADER.replace("Uncertainty (g / ml)", "Uncertainty (K)"), "has to be one of density"),
        (HEADER.replace("N Components", "Phase"), "two columns 'Phase'"),
        (HEADER.replace("Id", "Temperature (degC)"), "two columns for one thing"),
    ],
)
def test_a_header_that_contradicts_itself_is_an_error(header: str, reason: str) -> None:
    with pytest.raises(InterchangeError, match=reason):
        read(table(header=header))


def test_an_empty_table_is_an_error() -> None:
    with pytest.raises(InterchangeError, match="is empty"):
        read("\n\n")


def test_a_file_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InterchangeError, match=r"nowhere\.csv can't be read: No such file"):
        list(read_table(tmp_path / "nowhere.csv"))
