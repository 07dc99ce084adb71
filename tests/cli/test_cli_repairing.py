"""``propstore repair``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import propstore as ps
from tests.cli.sample_store import Run
from tests.samples import ETHANOL, box_files, density


def test_a_sound_store_needs_no_repair(run: Run, store: Path) -> None:
    result = run("repair")
    assert (result.exit_code, result.stdout) == (0, "All is well: there was nothing to repair.\n")


def test_a_catalog_that_is_gone_is_made_anew_and_verified(run: Run, store: Path) -> None:
    (store / "catalog.sqlite").unlink()
    refused = run("ls")
    assert refused.exit_code == 1
    result = run("repair")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].endswith("now all is well with 1 record.")
    assert run("verify").stdout == "1 record checked: all is well.\n"


def test_what_a_repair_did_is_told_record_by_record(run: Run, store: Path) -> None:
    (path,) = (store / "ancillary").rglob("box.pdb")
    key = path.parent.name.removesuffix("-0")
    path.write_text("ATOX")
    assert run("verify").exit_code == 1
    told, summary = run("repair").stdout.splitlines()
    assert told.startswith(f"{key}: its files are damaged: ")
    assert summary == "1 finding; now all is well with 6 records."
    assert run("verify").exit_code == 0


def test_a_catalog_that_does_not_agree_with_its_documents_is_made_anew(
    run: Run, store: Path
) -> None:
    with closing(sqlite3.connect(store / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE records SET temperature = 1 WHERE id = 2")
    assert run("verify").exit_code == 1
    assert run("repair").exit_code == 0
    assert run("verify").stdout == "7 records checked: all is well.\n"


def test_what_can_not_be_repaired_is_told_and_the_exit_code_is_1(run: Run, folder: Path) -> None:
    files = box_files(folder / "files")
    with ps.LocalFileStorage(folder / "propstore-data", files=str(folder / "elsewhere")) as opened:
        opened.store_object(density("300 K", ETHANOL), files)
    (path,) = (folder / "elsewhere").rglob("box.pdb")
    path.write_text("XXXX")
    result = run("repair")
    assert result.exit_code == 1
    assert "they were left as is" in result.stdout
    assert "still wrong: " in result.stdout


def test_a_folder_without_a_store_is_an_error_in_a_sentence(run: Run, folder: Path) -> None:
    result = run("repair", "--store", "nowhere")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"propstore: there is no store at '{folder}/nowhere'.\n"
    assert not (folder / "nowhere").exists()


def test_a_store_that_is_in_use_is_not_rebuilt(run: Run, store: Path) -> None:
    with closing(sqlite3.connect(store / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE records SET temperature = 1 WHERE id = 2")
    with ps.open(store):
        result = run("repair")
    assert result.exit_code == 1
    assert "close it first" in result.stderr
