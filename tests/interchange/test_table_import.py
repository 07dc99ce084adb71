"""Property tables into a store."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import propstore as ps
from propstore.errors import InterchangeError, InvalidTagError, StoreReadOnlyError
from propstore.interchange import ImportReport, import_table
from propstore.interchange.tables import importing
from tests.interchange.interchange_files import HEADER, METHANOL, MIXTURE, WATER, row, table

if TYPE_CHECKING:
    import pandas


def test_records_are_found_after_the_import(store: ps.StorageBackend) -> None:
    report = import_table(store, StringIO(table(WATER, METHANOL, MIXTURE)))
    assert report == ImportReport(added=3)
    found = store.find(ps.PropertyData, ps.field("property_type") == "Density", ps.contains("OC"))
    assert dict(found.one().record)["value"].value == 0.7866000000000002


def test_a_bad_row_is_reported_and_the_good_ones_are_kept(store: ps.StorageBackend) -> None:
    report = import_table(store, StringIO(table(WATER, row(Phase="Plasma"), MIXTURE)))
    assert (report.added, report.present) == (2, 0)
    (rejection,) = report.rejected
    assert rejection.where == "line 3"
    assert rejection.reason.startswith("Phase 'Plasma': 'Plasma' is not a phase")
    assert len(store) == 2


def test_importing_twice_adds_nothing(store: ps.StorageBackend) -> None:
    text = table(WATER, METHANOL, MIXTURE)
    import_table(store, StringIO(text))
    assert import_table(store, StringIO(text)) == ImportReport(present=3)
    assert len(store) == 3


def test_a_row_that_says_the_same_in_other_units_is_present_already(
    store: ps.StorageBackend,
) -> None:
    header = HEADER.replace("Density Value (g / ml)", "Density Value (kg / m ** 3)").replace(
        "Temperature (K)", "Temperature (degC)"
    )
    same = WATER.replace("298.15", "25").replace("0.99704", "997.04")
    import_table(store, StringIO(table(WATER)))
    assert import_table(store, StringIO(table(same, header=header))) == ImportReport(present=1)


def test_a_row_that_stands_twice_is_added_once(store: ps.StorageBackend) -> None:
    report = import_table(store, StringIO(table(WATER, WATER.replace("1,", "9,", 1))))
    assert report == ImportReport(added=1, present=1)
    assert store.find(ps.PropertyData).one().record.tags == {"id": "1"}


def test_tags_are_given_to_every_record_beside_its_id(store: ps.StorageBackend) -> None:
    import_table(store, StringIO(table(WATER, MIXTURE)), tags={"set": "training"})
    assert store.find(ps.PropertyData, ps.field("tags.set") == "training").count() == 2
    found = store.find(ps.PropertyData, ps.field("tags.id") == "3").one()
    assert found.record.tags == {"set": "training", "id": "3"}


def test_tags_that_are_none_are_refused_before_anything_is_stored(
    store: ps.StorageBackend,
) -> None:
    with pytest.raises(InvalidTagError, match="'not a name' is not the name of a tag"):
        import_table(store, StringIO(table(WATER)), tags={"not a name": "x"})
    assert len(store) == 0


def test_columns_that_have_no_meaning_are_named(store: ps.StorageBackend) -> None:
    header = HEADER.replace("Pressure (kPa)", "Presure (kPa)")
    report = import_table(store, StringIO(table(WATER, header=header)))
    assert report.ignored_columns == ("Presure (kPa)",)


def test_progress_is_told_after_every_transaction(
    store: ps.StorageBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_IN_A_BATCH", 2)
    told: list[int] = []
    text = table(WATER, METHANOL, row(Phase="Plasma"), MIXTURE, MIXTURE)
    report = import_table(store, StringIO(text), progress=told.append)
    assert told == [2, 4, 5]
    assert (report.added, report.present, len(report.rejected)) == (3, 1, 1)


def test_what_was_stored_before_an_interruption_stays_and_the_import_can_be_repeated(
    store: ps.StorageBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_IN_A_BATCH", 2)

    def interrupt(done: int) -> None:
        raise KeyboardInterrupt

    text = table(WATER, METHANOL, MIXTURE)
    with pytest.raises(KeyboardInterrupt):
        import_table(store, StringIO(text), progress=interrupt)
    assert len(store) == 2
    assert import_table(store, StringIO(text)) == ImportReport(added=1, present=2)


def test_a_header_that_is_no_table_stores_nothing(store: ps.StorageBackend) -> None:
    with pytest.raises(InterchangeError, match="this is not a table of properties"):
        import_table(store, StringIO("name,price\nwater,1\n"))
    assert len(store) == 0


def test_a_store_that_is_read_only_refuses(tmp_path: Path) -> None:
    ps.open(tmp_path / "store").close()
    with ps.open(tmp_path / "store", read_only=True) as store, pytest.raises(StoreReadOnlyError):
        import_table(store, StringIO(table(WATER)))


@pytest.fixture(scope="module")
def sage(real_data: Path) -> pandas.DataFrame:
    """Give the Sage training set as pandas reads it, with RDKit's canonical SMILES."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_csv(real_data / "sage-train-v1.csv")
    for name in ("Component 1", "Component 2"):
        frame[name] = frame[name].map(lambda smiles: ps.Component(smiles).name, na_action="ignore")
    return frame


@pytest.fixture(scope="module")
def sage_store(real_data: Path) -> Any:
    """Give a store with the Sage training set."""
    with ps.open("memory:") as store:
        report = import_table(store, real_data / "sage-train-v1.csv")
        assert report == ImportReport(added=1032)
        yield store


def test_the_sage_training_set_is_1032_records_and_a_second_import_adds_none(
    store: ps.StorageBackend, real_data: Path
) -> None:
    path = real_data / "sage-train-v1.csv"
    assert import_table(store, path) == ImportReport(added=1032)
    assert import_table(store, path) == ImportReport(present=1032)
    assert len(store) == 1032


def test_the_sage_training_set_counts_by_substance_as_in_pandas(
    sage: pandas.DataFrame, sage_store: ps.StorageBackend
) -> None:
    parts = sage[["Component 1", "Component 2"]].apply(
        lambda names: tuple(sorted(names.dropna())), axis=1
    )
    expected = parts.value_counts().to_dict()
    counted = {
        names: sage_store.find(ps.PropertyData, ps.consists_of(*names)).count()
        for names in expected
    }
    assert counted == expected
    assert sum(counted.values()) == 1032


def test_the_sage_training_set_counts_by_component_as_in_pandas(
    sage: pandas.DataFrame, sage_store: ps.StorageBackend
) -> None:
    first, second = sage["Component 1"], sage["Component 2"]
    names = {*first, *second.dropna()}
    expected = {name: int(((first == name) | (second == name)).sum()) for name in names}
    counted = {name: sage_store.find(ps.PropertyData, ps.contains(name)).count() for name in names}
    assert counted == expected


@pytest.mark.parametrize(
    ("property_type", "column"),
    [
        ("Density", "Density Value (g / ml)"),
        ("EnthalpyOfMixing", "EnthalpyOfMixing Value (kJ / mol)"),
    ],
)
def test_the_sage_training_set_counts_by_property_as_in_pandas(
    property_type: str, column: str, sage: pandas.DataFrame, sage_store: ps.StorageBackend
) -> None:
    found = sage_store.find(ps.PropertyData, ps.field("property_type") == property_type)
    assert found.count() == sage[column].notna().sum()


@pytest.mark.parametrize(
    ("low", "high"), [(291.15, 298.0), (298.15, 298.15), (298.2, 313.15), (303.15, 308.15)]
)
def test_the_sage_training_set_counts_by_temperature_as_in_pandas(
    low: float, high: float, sage: pandas.DataFrame, sage_store: ps.StorageBackend
) -> None:
    window = ps.field("thermodynamic_state.temperature").between(f"{low} K", f"{high} K")
    expected = sage["Temperature (K)"].between(low - 1e-6, high + 1e-6).sum()
    assert 0 < expected < 1032
    assert sage_store.find(ps.PropertyData, window).count() == expected


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.2), (0.2, 0.4), (0.25, 0.75), (0.9, 1.0)])
def test_the_sage_training_set_counts_by_composition_as_in_pandas(
    low: float, high: float, sage: pandas.DataFrame, sage_store: ps.StorageBackend
) -> None:
    def in_table(name: str) -> int:
        pairs = ((sage[f"Component {n}"], sage[f"Mole Fraction {n}"]) for n in (1, 2))
        return sum(int(((smiles == name) & x.between(low, high)).sum()) for smiles, x in pairs)

    def in_store(name: str) -> int:
        return sage_store.find(ps.PropertyData, ps.mole_fraction(name, low, high)).count()

    names = sorted({*sage["Component 1"], *sage["Component 2"].dropna()})
    assert {name: in_store(name) for name in names} == {name: in_table(name) for name in names}
