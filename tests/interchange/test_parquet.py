"""Snapshots in Parquet: DuckDB, pandas and polars read them, and memory is bounded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import propstore as ps
from propstore.errors import InterchangeError
from propstore.interchange import export_parquet, parquet, to_frame
from propstore.testing.generator import generated_records
from propstore.testing.samples import box, box_files, density, viscosity

pytest.importorskip("pyarrow")


@pytest.fixture
def store(tmp_path):
    with ps.LocalFileStorage(tmp_path / "store") as opened:
        with opened.batch():
            for record in generated_records(300):
                opened.store_object(record, tags={"project": "solvents"})
        opened.store_object(box(), box_files(tmp_path / "files"))
        opened.store_object(viscosity())
        opened.store_object(ps.ForceFieldData(force_field_source="<SMIRNOFF/>"))
        yield opened


@pytest.fixture
def snapshot(store, tmp_path):
    directory = tmp_path / "snapshot"
    assert export_parquet(store.find(ps.StoredData), directory) == 303
    return directory


def test_there_is_a_folder_for_each_type(snapshot):
    assert sorted(str(path.relative_to(snapshot)) for path in snapshot.rglob("*.parquet")) == [
        "type=propstore.force_field_data/part-0000.parquet",
        "type=propstore.property_data/part-0000.parquet",
        "type=propstore.sample_viscosity/part-0000.parquet",
        "type=propstore.simulation_data/part-0000.parquet",
    ]
    assert [path.name for path in snapshot.parent.glob(".snapshot*")] == []


def test_pandas_reads_the_table_and_every_record(store, snapshot):
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(snapshot)
    assert dict(frame["type"].value_counts()) == {
        "propstore.property_data": 300,
        "propstore.simulation_data": 1,
        "propstore.sample_viscosity": 1,
        "propstore.force_field_data": 1,
    }
    table = frame[frame["type"] == "propstore.property_data"].reset_index(drop=True)
    expected = to_frame(store.find(ps.PropertyData))
    pandas.testing.assert_frame_equal(
        table[list(expected.columns)], expected, check_exact=True, check_dtype=False
    )
    for key, document in zip(frame["key"], frame["document"], strict=True):
        record, _ = store.retrieve_object(key)
        assert ps.StoredData.from_json(document).to_json() == record.to_json()


def test_duckdb_asks_it_by_sql(store, snapshot):
    duckdb = pytest.importorskip("duckdb")
    found = duckdb.sql(
        "SELECT type, count(*), count(temperature_K), min(temperature_K) "
        f"FROM read_parquet('{snapshot}/*/*.parquet', hive_partitioning = true) "
        "GROUP BY type ORDER BY type"
    ).fetchall()
    temperatures = [
        match.record.thermodynamic_state.temperature.canonical_value
        for match in store.find(ps.PropertyData)
    ]
    assert found[1] == ("propstore.property_data", 300, 300, min(temperatures))
    densities = duckdb.sql(
        f"SELECT count(*) FROM read_parquet('{snapshot}/*/*.parquet', hive_partitioning = true) "
        "WHERE type = 'propstore.property_data' AND property_type = 'Density' "
        "AND temperature_K BETWEEN 290 AND 310"
    ).fetchall()
    window = ps.field("thermodynamic_state.temperature").between("290 K", "310 K")
    wanted = store.find(ps.PropertyData, ps.field("property_type") == "Density", window)
    assert densities == [(wanted.count(),)]


def test_polars_reads_only_what_it_is_asked_for(store, snapshot):
    polars = pytest.importorskip("polars")
    found = (
        polars.scan_parquet(snapshot, hive_partitioning=True)
        .filter(polars.col("type") == "propstore.property_data")
        .group_by("property_type")
        .agg(polars.len().alias("number"))
        .collect()
    )
    expected = to_frame(store.find(ps.PropertyData))
    numbers = dict(found.iter_rows())
    assert numbers["Density"] == expected["Density Value (g / ml)"].notna().sum()
    assert sum(numbers.values()) == 300


def test_values_stand_in_canonical_units_beside_those_of_the_table(tmp_path):
    pandas = pytest.importorskip("pandas")
    with ps.MemoryStorage() as store:
        store.store_object(density("25 degC", value="0.997 g/ml", uncertainty="0.001 g/ml"))
        export_parquet(store.find(ps.StoredData), tmp_path / "snapshot")
    (row,) = pandas.read_parquet(tmp_path / "snapshot").to_dict("records")
    assert (row["temperature_K"], row["Temperature (K)"]) == (298.15, 298.15)
    assert (row["canonical_value"], row["canonical_unit"]) == (997.0, "kg/m**3")
    assert (row["Density Value (g / ml)"], row["canonical_uncertainty"]) == (0.997, 1.0)


def test_a_record_of_a_type_that_is_not_registered_is_in_the_snapshot(store, tmp_path):
    pandas = pytest.importorskip("pandas")

    class Passing(ps.HashableStoredData, type_name="tests.parquet_passing@v2"):
        text: str

    store.store_object(Passing(text="here"))
    ps.model.registry.forget(Passing)
    export_parquet(store.find(ps.StoredData), tmp_path / "snapshot")
    frame = pandas.read_parquet(tmp_path / "snapshot" / "type=tests.parquet_passing")
    assert json.loads(frame["document"][0])["text"] == "here"
    assert list(frame["type_version"]) == [2]


def test_many_records_are_in_several_row_groups_and_files(store, tmp_path, monkeypatch):
    pandas = pytest.importorskip("pandas")
    monkeypatch.setattr(parquet, "ROWS_A_STEP", 25)
    monkeypatch.setattr(parquet, "STEPS_A_GROUP", 2)
    monkeypatch.setattr(parquet, "GROUPS_A_FILE", 2)
    export_parquet(store.find(ps.PropertyData), tmp_path / "snapshot")
    files = list((tmp_path / "snapshot").rglob("*.parquet"))
    assert len(files) == 3
    frame = pandas.read_parquet(tmp_path / "snapshot")
    assert list(frame["key"]) == store.keys(ps.PropertyData)


def test_a_folder_with_something_in_it_is_not_touched(store, tmp_path):
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "mine.txt").write_text("mine")
    with pytest.raises(InterchangeError, match="there is something in"):
        export_parquet(store.find(ps.StoredData), tmp_path / "snapshot")
    assert [path.name for path in (tmp_path / "snapshot").iterdir()] == ["mine.txt"]


def test_a_snapshot_that_fails_leaves_nothing(store, tmp_path):
    def breaks():
        yield from store.find(ps.StoredData).limit(10)
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        export_parquet(breaks(), tmp_path / "snapshot")
    assert [path.name for path in tmp_path.iterdir() if "snapshot" in path.name] == []


MEASURE = """
import itertools, resource, sys
from propstore.interchange import export_parquet, parquet
from propstore.testing.generator import generated_records
parquet.STEPS_A_GROUP = 2
few = itertools.cycle(list(generated_records(100)))
records = ((f"{number:08}", next(few), None) for number in range(int(sys.argv[1])))
export_parquet(records, sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_number_of_records(tmp_path):
    def peak(number):
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(number), tmp_path / str(number)],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        )
        return int(done.stdout) * (1 if sys.platform == "darwin" else 1024)

    # As Python objects 12,000 records are 120 MB.
    assert peak(15_000) < peak(3_000) + 30_000_000
