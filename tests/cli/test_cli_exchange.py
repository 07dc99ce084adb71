"""``propstore import`` and ``propstore export``."""

from __future__ import annotations

import csv
import os
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest

import propstore as ps
from tests.cli.sample_store import Run

TABLE = """\
Id,Temperature (K),Pressure (kPa),Phase,Component 1,Mole Fraction 1,Density Value (g / ml)
1,298.15,101.325,Liquid,CCO,1.0,0.7851
2,298.15,101.325,Liquid,O,1.0,0.9970
"""
WRONG_ROW = "3,-5.0,101.325,Liquid,O,1.0,0.9970\n"


@pytest.fixture
def table(folder: Path) -> Path:
    """Give a table of two rows."""
    path = folder / "table.csv"
    path.write_text(TABLE)
    return path


def test_a_table_is_imported_into_a_store_that_is_made(run: Run, table: Path) -> None:
    result = run("import", table, "--store", "results")
    assert result.exit_code == 0
    assert result.stdout == (
        "Made a new store in results.\n2 added, 0 present already, 0 rejected, 0 missing\n"
    )
    with ps.open("results", read_only=True) as opened:
        assert len(opened) == 2


def test_an_import_that_is_repeated_adds_nothing(run: Run, table: Path) -> None:
    run("import", table)
    assert run("import", table).stdout == "0 added, 2 present already, 0 rejected, 0 missing\n"


def test_rows_that_are_not_valid_are_listed_and_the_exit_code_says_so(
    run: Run, table: Path
) -> None:
    table.write_text(TABLE + WRONG_ROW)
    result = run("import", table)
    assert result.exit_code == 1
    assert "2 added, 0 present already, 1 rejected, 0 missing\n" in result.stdout
    assert "line 4: " in result.stdout
    assert result.stderr == f"propstore: 1 entry of {table} could not be imported.\n"


def test_a_table_may_come_through_a_pipe(run: Run, table: Path, folder: Path) -> None:
    os.mkfifo("pipe")
    with ThreadPoolExecutor() as pool:
        pool.submit(lambda: (folder / "pipe").write_text(table.read_text()))
        assert run("import", "pipe").stdout.startswith(
            "Made a new store in propstore-data.\n2 added"
        )


@pytest.mark.parametrize("content", [None, "a,b\n1,2\n"])
def test_no_store_is_made_for_what_is_no_table(run: Run, folder: Path, content: str | None) -> None:
    if content is not None:
        (folder / "table.csv").write_text(content)
    result = run("import", "table.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("propstore: ")
    assert not (folder / "propstore-data").exists()


def test_a_folder_that_is_no_store_of_openff_evaluator_is_refused(run: Run, folder: Path) -> None:
    (folder / "something").mkdir()
    result = run("import", "something")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "propstore: 'something' is no store of OpenFF Evaluator: it has no object_keys.json.\n"
    )


def test_a_store_of_openff_evaluator_is_known_by_itself(run: Run, real_data: Path) -> None:
    result = run("import", real_data / "openff-stored-data")
    assert "\n4 added, 0 present already, 0 rejected, 4 missing\n" in result.stdout


def test_objects_whose_files_are_missing_are_listed_and_the_exit_code_says_so(
    run: Run, folder: Path
) -> None:
    source = folder / "evaluator"
    source.mkdir()
    (source / "object_keys.json").write_text('{"object_keys": {"ForceFieldData": ["one", "two"]}}')
    result = run("import", source)
    assert result.exit_code == 1
    assert result.stdout.endswith("2 missing\nmissing:\n  one\n  two\n")
    assert result.stderr == f"propstore: 2 entries of {source} could not be imported.\n"


def test_the_real_table_goes_in_and_out_and_in_again_unchanged(run: Run, real_data: Path) -> None:
    run("import", real_data / "sage-train-v1.csv")
    assert run("export", "again.csv").stdout == "Wrote 1,032 rows to again.csv.\n"
    result = run("import", "again.csv")
    assert result.stdout == "0 added, 1,032 present already, 0 rejected, 0 missing\n"


@pytest.mark.usefixtures("store")
def test_an_export_has_the_properties_that_fit(run: Run) -> None:
    result = run("export", "-", "--substance", "CCO", "--phase", "liquid", "--temperature", "295K:")
    rows = list(csv.DictReader(StringIO(result.stdout)))
    assert [float(row["Temperature (K)"]) for row in rows] == [298.15, 310.0]
    assert [row["Density Value (g / ml)"] for row in rows] == ["0.785123456789"] * 2


@pytest.mark.usefixtures("store")
def test_an_export_to_where_nothing_can_be_written_is_an_error_in_a_sentence(run: Run) -> None:
    result = run("export", "nowhere/out.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "propstore: nowhere/out.csv can't be written: No such file or directory.\n"
    )
