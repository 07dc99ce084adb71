"""What the commands say of a store that is not there, or is of a kind that they can't work on."""

from __future__ import annotations

from pathlib import Path

import pytest

import propstore as ps
from propstore.testing.samples import density
from tests.cli.sample_store import Run

ADVICE = "Name another by --store, or make one: propstore init."


@pytest.fixture
def in_json(folder: Path) -> Path:
    with ps.open("tinydb:store") as store:
        store.store_object(density())
    return folder / "store"


@pytest.mark.parametrize("words", [("ls",), ("gc",), ("gc", "-n"), ("rm", "a"), ("revert", "a")])
def test_a_command_with_an_option_for_the_store_advises_to_use_it(run, words):
    result = run(*words, "--store", "nowhere")
    assert (result.exit_code, result.stderr) == (
        1,
        f"propstore: there is no store at 'nowhere'. {ADVICE}\n",
    )


@pytest.mark.parametrize("words", [("copy", "nowhere", "new"), ("diff", "nowhere", "nowhere")])
def test_a_command_without_such_an_option_does_not(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert (result.exit_code, result.stderr) == (
        1,
        "propstore: there is no store at 'nowhere'.\n",
    )


@pytest.mark.parametrize("place", ["", "tinydb:"])
def test_an_empty_name_is_not_the_current_folder(run: Run, folder: Path, place: str) -> None:
    result = run("init", place)
    assert result.exit_code == 1
    assert f"{place!r} names no folder" in result.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("words", [("info",), ("backup", "copy"), ("verify",), ("gc",)])
def test_a_catalog_in_json_is_refused_with_what_can_be_done(run, in_json, words):
    result = run(*words, "--store", in_json)
    assert result.exit_code == 1
    assert "this needs a store" in result.stderr
    assert "TinyDBStorage" in result.stderr
    assert "'propstore copy' makes one of it" in result.stderr


@pytest.mark.parametrize("place", ["store", "tinydb:store"])
def test_a_catalog_in_json_is_not_hidden_by_a_repair(run: Run, in_json: Path, place: str) -> None:
    before = sorted(in_json.rglob("*"))
    result = run("repair", "--store", place)
    assert result.exit_code == 1
    assert "in SQLite" in result.stderr
    assert sorted(in_json.rglob("*")) == before
    with ps.open(in_json) as store:
        assert len(store) == 1


@pytest.mark.parametrize("place", ["tinydb:new", "postgresql://somewhere/database"])
def test_a_backup_is_restored_to_a_folder_only(run: Run, folder: Path, place: str) -> None:
    result = run("restore", "backup", "--store", place)
    assert result.exit_code == 1
    assert f"{place!r} is no folder" in result.stderr
    assert list(folder.iterdir()) == []


def test_parquet_does_not_go_to_a_folder_with_the_name_of_standard_output(run, store, folder):
    result = run("export", "-", "--parquet", "--store", store)
    assert result.exit_code == 1
    assert "standard output" in result.stderr
    assert not (folder / "-").exists()


def test_the_records_without_a_component_are_listed_and_exported(run: Run, folder: Path) -> None:
    with ps.open("store") as store:
        store.store_object(density(substance=ps.Substance.from_components("CCO")))
        store.store_object(density(substance=ps.Substance.from_components("O", "CCO")))
    assert "1 of 1 record." in run("ls", "--without", "O", "--store", "store").stdout
    assert "Wrote 1 row to" in run("export", "a.csv", "--without", "O", "--store", "store").stdout


def test_records_of_one_type_are_copied(run: Run, store: Path) -> None:
    run("copy", store, "copy", "--type", "simulation")
    with ps.open("copy") as copy, ps.open(store, read_only=True) as opened:
        assert len(copy) == opened.find(ps.StoredSimulationData).count() > 0


def test_a_copy_with_files_elsewhere_tells_that_it_made_a_store(run: Run, store: Path) -> None:
    result = run("copy", store, "copy", "--files", "elsewhere")
    assert result.stdout.startswith("Made a new store in copy.")
