"""``propstore backup`` and ``propstore restore``."""

from __future__ import annotations

from pathlib import Path

import propstore as ps
from tests.cli.sample_store import Run, ethanol


def test_a_backup_is_made_and_the_second_copies_only_what_is_new(run: Run, store: Path) -> None:
    first = run("backup", "copy")
    assert (first.exit_code, first.stdout) == (
        0,
        "Backed up 7 records to copy: the files of 1 were copied.\n",
    )
    with ps.open(store) as opened:
        opened.store_object(ethanol("299 K"))
    assert run("backup", "copy").stdout == (
        "Backed up 8 records to copy: the files of 0 were copied, those of 1 were there already.\n"
    )
    assert run("verify", "--store", "copy").stdout == "8 records checked: all is well.\n"


def test_a_backup_is_restored_to_a_new_store(run: Run, store: Path) -> None:
    run("backup", "copy")
    result = run("restore", "copy", "--store", "again")
    assert (result.exit_code, result.stdout) == (
        0,
        "Restored 7 records to again: the files of 1 were copied.\n",
    )
    assert run("ls", "--json", "--store", "again").stdout.replace(
        "/again/", "/propstore-data/"
    ) == (run("ls", "--json").stdout)
    with ps.open("again") as opened:
        opened.store_object(ethanol("299 K"))


def test_a_store_is_not_restored_over(run: Run, store: Path) -> None:
    run("backup", "copy")
    result = run("restore", "copy")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "name a new folder" in result.stderr


def test_a_destination_with_something_else_in_it_is_refused(
    run: Run, store: Path, folder: Path
) -> None:
    (folder / "taken").mkdir()
    (folder / "taken" / "thesis.tex").write_text("x")
    result = run("backup", "taken")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no backup" in result.stderr


def test_files_that_have_changed_are_named_and_the_exit_code_is_1(run: Run, store: Path) -> None:
    (path,) = (store / "ancillary").rglob("box.pdb")
    path.write_text("ATOX")
    result = run("backup", "copy")
    assert result.exit_code == 1
    fault, summary = result.stdout.splitlines()
    assert fault.startswith("not copied: ")
    assert summary == "Backed up 7 records to copy: the files of 0 were copied."


def test_a_backup_that_is_not_there_is_an_error_in_a_sentence(run: Run, folder: Path) -> None:
    result = run("restore", "nowhere")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("propstore: there is no store at ")
    assert not (folder / "propstore-data").exists()
