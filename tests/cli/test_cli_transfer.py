"""``propstore copy`` and ``propstore diff``."""

from __future__ import annotations

from pathlib import Path

import pytest

import propstore as ps
from propstore.testing.samples import AQUEOUS_ETHANOL, ETHANOL, density
from tests.cli.sample_store import Run
from tests.s3_server import S3, SECRET


def test_a_store_is_copied_into_one_that_is_made_and_then_both_are_equal(
    run: Run, store: Path
) -> None:
    result = run("copy", store, "copy")
    assert result.exit_code == 0
    with ps.open(store, read_only=True) as opened:
        number = len(opened)
    assert result.stdout == (
        f"Made a new store in copy.\n{number} added, 0 present already, 0 replaced, 0 in conflict\n"
    )
    compared = run("diff", store, "copy")
    assert (compared.exit_code, compared.stdout) == (
        0,
        f"{number} records compared: all is equal.\n",
    )


def test_a_copy_to_a_store_of_another_kind_is_the_same(run: Run, store: Path) -> None:
    assert run("copy", store, "tinydb:copy").exit_code == 0
    assert run("diff", store, "tinydb:copy").exit_code == 0


def test_a_copy_that_is_repeated_adds_nothing(run: Run, store: Path) -> None:
    run("copy", store, "copy")
    assert run("copy", store, "copy").stdout.startswith("0 added, ")


def test_a_copy_takes_components_in_and_out(run: Run, folder: Path) -> None:
    with ps.open("a") as opened:
        for substance in (ETHANOL, AQUEOUS_ETHANOL):
            opened.store_object(density(substance=substance))
        opened.store_object(density())
    run("copy", "a", "b", "--contains", "CCO", "--without", "O")
    with ps.open("b") as copied:
        assert [match.record.substance for match in copied.find(ps.PropertyData)] == [ETHANOL]


def test_a_conflict_is_told_and_the_exit_code_says_so(run: Run, folder: Path) -> None:
    for name in ("a", "b"):
        with ps.open(name) as opened:
            opened.store_object(density(), tags={"project": name}, storage_key=f"density-{name}")
    result = run("copy", "a", "b")
    assert result.exit_code == 1
    assert "0 added, 0 present already, 0 replaced, 1 in conflict" in result.stdout
    assert "density-a (there density-b): tag project 'a', in the other 'b'" in result.stdout


def test_each_kind_of_difference_is_told_and_the_exit_code_is_1(run: Run, folder: Path) -> None:
    with ps.open("a") as first, ps.open("b") as second:
        first.store_object(density("300 K"), storage_key="only-a")
        second.store_object(density("301 K"), storage_key="only-b")
        first.store_object(density(), storage_key="both", tags={"project": "a"})
        second.store_object(density(), storage_key="both")
    result = run("diff", "a", "b")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "only in a: only-a",
        "different: both: tag project 'a', in the other none",
        "only in b: only-b",
        "3 differences.",
    ]


def test_a_source_that_is_not_there_is_said_to_be_missing(run: Run, folder: Path) -> None:
    result = run("copy", "nowhere", "copy")
    assert result.exit_code == 1
    assert "there is no store at 'nowhere'" in result.stderr
    assert not (folder / "copy").exists()


def test_a_snapshot_in_parquet_has_all_records(run: Run, store: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    with ps.open(store, read_only=True) as opened:
        keys = opened.keys()
    result = run("export", "--parquet", "snapshot")
    assert result.stdout == f"Wrote {len(keys)} rows to snapshot.\n"
    assert sorted(pandas.read_parquet("snapshot")["key"]) == sorted(keys)


def test_a_snapshot_in_parquet_has_the_records_that_are_asked_for(run: Run, store: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    run("export", "--parquet", "snapshot", "--contains", "CCO")
    with ps.open(store, read_only=True) as opened:
        wanted = opened.find(ps.StoredData, ps.contains("CCO")).keys()
    assert wanted
    assert sorted(pandas.read_parquet("snapshot")["key"]) == sorted(wanted)


def test_files_are_copied_to_where_the_destination_keeps_them(
    run: Run, store: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT", s3.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    result = run("copy", store, "copy", "--files", f"s3://{s3.bucket}/copied")
    assert result.exit_code == 0, result.stderr
    with ps.open(store, read_only=True) as opened:
        number = sum(match.path is not None for match in opened.find(ps.StoredData))
    listed = str(s3.request("GET", query="?prefix=copied/"))
    assert listed.count(".json</Key>") == number > 0
    assert run("diff", store, "copy").exit_code == 0
