"""Records as property tables and data frames."""

from __future__ import annotations

import csv
import math
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import propstore as ps
from propstore.errors import InterchangeError, ObjectTypeError
from propstore.interchange import (
    ImportReport,
    TableRow,
    export_table,
    import_table,
    read_table,
    to_frame,
)
from tests.interchange.interchange_files import METHANOL, MIXTURE, WATER, table

Matches = list[tuple[str, ps.StoredData, Path | None]]


def property_data(**changes: Any) -> ps.PropertyData:
    fields = {
        "property_type": "Density",
        "substance": ps.Substance({"O": 1.0}),
        "thermodynamic_state": ps.ThermodynamicState("298.15 K", "101.325 kPa"),
        "phase": "liquid",
        "value": "0.99704 g/ml",
    }
    return ps.PropertyData(**{**fields, **changes})


def exported(*records: ps.StoredData) -> list[dict[str, str]]:
    stream = StringIO()
    matches: Matches = [(f"key{n}", record, None) for n, record in enumerate(records, start=1)]
    assert export_table(matches, stream) == len(records)
    return list(csv.DictReader(StringIO(stream.getvalue())))


def test_the_columns_are_those_of_openff_evaluator() -> None:
    (row,) = exported(property_data())
    assert list(row) == [
        "Id",
        "Temperature (K)",
        "Pressure (kPa)",
        "Phase",
        "N Components",
        "Component 1",
        "Role 1",
        "Mole Fraction 1",
        "Exact Amount 1",
        "Density Value (g / ml)",
        "Density Uncertainty (g / ml)",
        "Source",
    ]


def test_a_row_has_the_values_of_its_record() -> None:
    (row,) = exported(property_data(source="lab", uncertainty="0.0001 g/ml"))
    assert list(row.values()) == [
        *("key1", "298.15", "101.325", "Liquid", "1", "O", "Solvent", "1.0", ""),
        *("0.99704", "0.0001", "lab"),
    ]


def test_the_id_is_the_tag_and_else_the_key() -> None:
    rows = exported(property_data(tags={"id": "6315"}), property_data())
    assert [row["Id"] for row in rows] == ["6315", "key2"]


def test_state_and_value_are_converted_to_the_units_of_the_columns() -> None:
    state = ps.ThermodynamicState("25 degC", "1 atm")
    (row,) = exported(
        property_data(thermodynamic_state=state, value="750 kg/m**3", uncertainty="1 kg/m**3")
    )
    assert (row["Temperature (K)"], row["Pressure (kPa)"]) == ("298.15", "101.325")
    assert float(row["Density Value (g / ml)"]) == pytest.approx(0.75, rel=1e-14)
    assert float(row["Density Uncertainty (g / ml)"]) == pytest.approx(0.001, rel=1e-14)


def test_what_a_record_does_not_have_is_an_empty_cell() -> None:
    mixture = property_data(
        property_type="EnthalpyOfMixing",
        substance=ps.Substance({"O": 0.5, "CO": 0.5}),
        value="1 kJ/mol",
    )
    no_pressure = property_data(thermodynamic_state=ps.ThermodynamicState("298.15 K"))
    first, second = exported(mixture, no_pressure)
    empty = {name for name in second if second[name] == ""}
    assert {"Pressure (kPa)", "Component 2", "Mole Fraction 2", "Source"} < empty
    assert first["Density Value (g / ml)"] == ""
    assert second["EnthalpyOfMixing Value (kJ / mol)"] == ""


@pytest.mark.parametrize(
    ("property_type", "value", "column", "cell"),
    [
        ("EnthalpyOfVaporization", "40 kJ/mol", "EnthalpyOfVaporization Value (kJ / mol)", "40.0"),
        ("ExcessMolarVolume", "-1 cm**3/mol", "ExcessMolarVolume Value (cm ** 3 / mol)", "-1.0"),
        ("DielectricConstant", (78.4, "dimensionless"), "DielectricConstant Value ()", "78.4"),
        ("SolvationFreeEnergy", "-20 kJ/mol", "SolvationFreeEnergy Value (kJ / mol)", "-20.0"),
        ("SpeedOfSound", "1.5 km/s", "SpeedOfSound Value (km/s)", "1.5"),
    ],
)
def test_a_property_is_in_the_unit_of_openff_evaluator_or_of_its_first_record(
    property_type: str, value: Any, column: str, cell: str
) -> None:
    (row,) = exported(property_data(property_type=property_type, value=value))
    assert row[column] == cell


def test_one_property_in_two_dimensions_has_columns_of_each() -> None:
    first = property_data(property_type="Solubility", value="0.1 mol/l")
    second = property_data(property_type="Solubility", value="3 g/l")
    one, other = exported(first, second)
    assert (one["Solubility Value (mol/l)"], one["Solubility Value (g/l)"]) == ("0.1", "")
    assert (other["Solubility Value (mol/l)"], other["Solubility Value (g/l)"]) == ("", "3.0")


def test_an_uncertainty_of_a_temperature_is_a_difference() -> None:
    (row,) = exported(
        property_data(property_type="FlashPoint", value="11 degC", uncertainty="0.5 K")
    )
    assert row["FlashPoint Uncertainty (degC)"] == "0.5"


def test_phases_roles_labels_and_exact_amounts_are_written_as_they_are_read() -> None:
    ligand = ps.Component("c1ccccc1", role="ligand")
    host = ps.Component(label="cucurbit[7]uril", role="receptor")
    substance = ps.Substance({"O": 1.0, ligand: ps.ExactAmount(1), host: ps.ExactAmount(2)})
    record = property_data(
        property_type="HostGuestBindingAffinity",
        substance=substance,
        phase=ps.PropertyPhase.LIQUID | ps.PropertyPhase.GAS,
        value="-30 kJ/mol",
    )
    (row,) = exported(record)
    assert row["Phase"] == "Liquid + Gas"
    assert {row[f"Role {n}"]: row[f"Exact Amount {n}"] for n in (1, 2, 3)} == {
        "Solvent": "",
        "Ligand": "1",
        "Receptor": "2",
    }
    with ps.open("memory:") as store:
        key = store.store_object(record)
        target = StringIO()
        export_table(store.find(ps.PropertyData), target)
        assert import_table(store, StringIO(target.getvalue())) == ImportReport(present=1)
        assert store.keys() == [key]


def test_what_was_imported_is_exported_with_every_digit_and_can_be_imported_again(
    store: ps.StorageBackend, tmp_path: Path
) -> None:
    import_table(store, StringIO(table(WATER, METHANOL, MIXTURE)))
    path = tmp_path / "out.csv"
    assert export_table(store.find(ps.PropertyData), path) == 3
    assert "0.7866000000000002,0.0002" in path.read_text(encoding="utf-8")
    assert import_table(store, path) == ImportReport(present=3)


@settings(max_examples=60, deadline=None)
@given(
    temperature=st.floats(1e-3, 5000.0),
    pressure=st.none() | st.floats(0.0, 1e6),
    fraction=st.floats(1e-5, 1.0, exclude_max=True),
    count=st.none() | st.integers(1, 1000),
    phase=st.integers(1, 7),
    value=st.floats(allow_nan=False, allow_infinity=False),
    uncertainty=st.none() | st.floats(0.0, 1e6),
    source=st.text(
        st.characters(exclude_categories=["C"]) | st.sampled_from(',"\n\r;'), max_size=9
    ),
)
def test_any_record_comes_back_from_its_table_with_all_its_digits(
    temperature: float,
    pressure: float | None,
    fraction: float,
    count: int | None,
    phase: int,
    value: float,
    uncertainty: float | None,
    source: str,
) -> None:
    solute = [ps.MoleFraction(fraction), *([] if count is None else [ps.ExactAmount(count)])]
    record = property_data(
        property_type="EnthalpyOfMixing",
        substance=ps.Substance({"O": 1.0 - fraction, ps.Component("CO", role="solute"): solute}),
        thermodynamic_state=ps.ThermodynamicState(
            (temperature, "K"), None if pressure is None else (pressure, "kPa")
        ),
        phase=ps.PropertyPhase(phase),
        value=(value, "kJ/mol"),
        uncertainty=None if uncertainty is None else (uncertainty, "kJ/mol"),
        source=source.strip() or None,
    )
    stream = StringIO(newline="")
    export_table([("key", record, None)], stream)
    (row,) = read_table(StringIO(stream.getvalue(), newline=""))
    assert isinstance(row, TableRow), row
    assert row.records == (record,)
    assert row.records[0].value.value == value


def test_the_sage_training_set_comes_out_as_it_went_in(
    real_data: Path, store: ps.StorageBackend, tmp_path: Path
) -> None:
    pandas = pytest.importorskip("pandas")
    import_table(store, real_data / "sage-train-v1.csv")
    path = tmp_path / "out.csv"
    assert export_table(store.find(ps.PropertyData), path) == 1032
    assert import_table(store, path) == ImportReport(present=1032)
    given = pandas.read_csv(real_data / "sage-train-v1.csv").set_index("Id")
    written = pandas.read_csv(path).set_index("Id").loc[given.index]
    assert set(written.columns) == set(given.columns)
    same = ["Temperature (K)", "Pressure (kPa)", "Phase", "N Components", "Source"]
    same += [name for name in given.columns if " Value " in name]
    pandas.testing.assert_frame_equal(written[same], given[same], check_exact=True)


def test_a_frame_has_the_columns_and_values_of_the_table(store: ps.StorageBackend) -> None:
    pandas = pytest.importorskip("pandas")
    import_table(store, StringIO(table(WATER, METHANOL, MIXTURE)))
    stream = StringIO()
    export_table(store.find(ps.PropertyData), stream)
    frame = store.find(ps.PropertyData).to_pandas()
    expected = pandas.read_csv(StringIO(stream.getvalue()), dtype={"Id": str})
    pandas.testing.assert_frame_equal(frame, expected, check_exact=True)


def test_numbers_in_a_frame_are_floats_and_nan_where_there_is_none() -> None:
    pytest.importorskip("pandas")
    record = property_data(thermodynamic_state=ps.ThermodynamicState("298.15 K"))
    frame = to_frame([("key", record, None)])
    for name in ("Pressure (kPa)", "Exact Amount 1", "Density Uncertainty (g / ml)"):
        assert frame[name].dtype == "float64"
        assert math.isnan(frame[name][0])
    assert frame["N Components"].dtype == "int64"


def test_no_records_are_a_table_with_a_header_only() -> None:
    pytest.importorskip("pandas")
    assert exported() == []
    frame = to_frame([])
    assert len(frame) == 0
    assert list(frame.columns) == [
        *("Id", "Temperature (K)", "Pressure (kPa)", "Phase", "N Components", "Source")
    ]


def test_importing_and_exporting_a_table_needs_neither_pandas_nor_numpy() -> None:
    program = (
        "import sys, io, propstore as ps; from propstore.interchange import *\n"
        "store = ps.open('memory:'); text = sys.stdin.read()\n"
        "assert import_table(store, io.StringIO(text)).added == 1\n"
        "assert export_table(store.find(ps.PropertyData), io.StringIO()) == 1\n"
        "print([name for name in ('pandas', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=table(WATER), capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_without_pandas_a_frame_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install 'propstore\[pandas\]'"):
        to_frame([])


def test_a_record_that_is_no_property_is_refused_by_its_key(tmp_path: Path) -> None:
    force_field = ps.ForceFieldData(force_field_source="<SMIRNOFF/>")
    path = tmp_path / "out.csv"
    with pytest.raises(ObjectTypeError, match="the record key2 is a ForceFieldData"):
        export_table([("key1", property_data(), None), ("key2", force_field, None)], path)
    assert not path.exists()


def test_a_target_that_can_not_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InterchangeError, match=r"nowhere/out\.csv can't be written: No such file"):
        export_table([], tmp_path / "nowhere" / "out.csv")
