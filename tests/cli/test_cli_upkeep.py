"""``propstore init``, ``info`` and ``verify``; which store a command works on."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import pytest

import propstore as ps
from tests.cli.sample_store import Run, ethanol

OLD_STORES = Path(__file__).parents[1] / "backends" / "old_stores"


def information(run: Run) -> dict[str, list[str]]:
    """Give what ``info`` says under each of its titles."""
    found: dict[str, list[str]] = {}
    for line in run("info").stdout.splitlines():
        title, text = line[:12].strip(), line[12:]
        found.setdefault(title or list(found)[-1], []).append(text)
    return found


def test_a_store_is_made_once(run: Run) -> None:
    assert run("init", "results").stdout == "Made a new store in results.\n"
    again = run("init", "results")
    assert again.stdout == "There is a store in results already, with 0 records.\n"
    assert again.exit_code == 0


def test_a_store_is_made_in_the_default_folder(run: Run, folder: Path) -> None:
    run("init")
    assert (folder / "propstore-data" / "catalog.sqlite").is_file()


def test_the_environment_names_the_store_and_the_option_goes_before_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, number in (("one", 1), ("two", 2)):
        with ps.open(place) as opened:
            for temperature in range(number):
                opened.store_object(ethanol(f"{300 + temperature} K"))
    monkeypatch.setenv("PROPSTORE_STORE", "one")
    assert run("ls").stdout.endswith("\n1 of 1 record.\n")
    assert run("ls", "--store", "two").stdout.endswith("\n2 of 2 records.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        *(["info"], ["ls"], ["show", "ab"], ["rm", "ab", "--yes"], ["export", "-"], ["verify"]),
        *(["gc"], ["gc", "--dry-run"], ["backup", "copy"], ["history", "ab"], ["revert", "ab"]),
    ],
)
def test_a_store_that_is_not_there_is_an_error_and_is_not_made(
    run: Run, folder: Path, arguments: list[str]
) -> None:
    result = run(*arguments, "--store", "nowhere")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("propstore: there is no store at 'nowhere'.")
    assert not (folder / "nowhere").exists()


@pytest.mark.parametrize("arguments", [["init", "memory:"], ["ls", "--store", "memory:"]])
def test_a_store_in_memory_is_refused(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (
        1,
        "propstore: a store in memory ends with its program; name a folder.\n",
    )


def test_a_file_where_the_store_should_be_is_an_error_in_a_sentence(run: Run, folder: Path) -> None:
    (folder / "results").write_text("no store")
    result = run("init", "results")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"propstore: '{folder}/results' is a file; a store is a folder.\n"


def test_info_tells_what_the_store_is_and_what_it_holds(run: Run, store: Path) -> None:
    told = information(run)
    assert told["place"] == [str(store)]
    assert told["records"] == ["7", "1 force-field", "5 property", "1 simulation"]
    assert told["substances"] == ["3"]
    assert told["made"][0].endswith(f" UTC by propstore {ps.__version__}")
    assert told["on disk"][1].startswith("3 files beside it, ")
    assert "which is installed here" in told["SMILES"][0]


def test_info_reads_no_record(run: Run, store: Path) -> None:
    catalog = sqlite3.connect(store / "catalog.sqlite")
    with catalog:
        catalog.execute("UPDATE records SET document = '{'")
    catalog.close()
    assert information(run)["records"] == ["7", "1 force-field", "5 property", "1 simulation"]


def test_info_on_a_store_of_an_earlier_format_tells_that_format(run: Run, folder: Path) -> None:
    with zipfile.ZipFile(OLD_STORES / "format_1.zip") as archive:
        archive.extractall(folder / "propstore-data")
    assert information(run)["format"] == ["1, SQLite catalog in WAL mode"]


def test_info_says_if_another_program_made_the_smiles_canonical(run: Run, store: Path) -> None:
    catalog = sqlite3.connect(store / "catalog.sqlite")
    with catalog:
        catalog.execute("UPDATE about SET value = 'rdkit 2019.3' WHERE name = 'canonicaliser'")
    catalog.close()
    (sentence,) = information(run)["SMILES"]
    assert sentence.startswith("made canonical by rdkit 2019.3. Here rdkit ")


def test_info_warns_of_copying_the_catalog_without_its_log(run: Run, store: Path) -> None:
    assert "copying" not in information(run)
    with ps.open(store) as opened:
        opened.store_object(ethanol("299 K"))
        told = information(run)
    assert told["records"][0] == "8"
    assert told["copying"] == ["Copy catalog.sqlite-wal too: it has the latest records."]


def test_a_sound_store_is_verified(run: Run, store: Path) -> None:
    result = run("verify")
    assert (result.exit_code, result.stdout) == (0, "7 records checked: all is well.\n")


def test_a_file_that_has_changed_is_named_and_the_exit_code_is_1(run: Run, store: Path) -> None:
    (path,) = (store / "ancillary").rglob("box.pdb")
    path.write_text("ATOX")
    result = run("verify")
    assert result.exit_code == 1
    fault, summary = result.stdout.splitlines()
    assert fault.endswith("the file 'box.pdb' has changed since it was stored.")
    assert fault.startswith(path.parent.name.removesuffix("-0"))
    assert summary == "7 records checked: 1 fault."


def test_a_catalog_that_is_damaged_is_an_error_in_a_sentence(run: Run, store: Path) -> None:
    (store / "catalog.sqlite").write_bytes(b"this is no database" * 500)
    result = run("verify")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("propstore: the catalog ")
    assert "Traceback" not in result.stderr


def test_reading_commands_leave_a_store_that_can_not_be_written_as_it_is(
    run: Run, store: Path
) -> None:
    before = {path: path.read_bytes() for path in store.iterdir() if path.is_file()}
    store.chmod(0o555)
    try:
        for arguments in (["info"], ["ls"], ["verify"], ["export", "-"]):
            assert run(*arguments).exit_code == 0
        assert {path: path.read_bytes() for path in store.iterdir() if path.is_file()} == before
    finally:
        store.chmod(0o755)
