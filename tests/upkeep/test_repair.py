"""A store that was damaged is repaired, and what can't be kept is not lost silently."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import propstore as ps
from propstore.errors import NotAStoreError, StoreBusyError, StoreFormatError
from propstore.upkeep import repair_store, verify_store
from tests.samples import ETHANOL, box, box_files, density


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a closed store: three records without files, a box and a better one, an archive."""
    with ps.open(tmp_path / "store") as store:
        for temperature in ("300 K", "310 K", "320 K"):
            store.store_object(density(temperature), tags={"project": "sage"})
        store.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
        store.store_object(box(1.0), box_files(tmp_path / "new", "NEW"))
        store.store_object(
            box(5.0, ETHANOL), box_files(tmp_path / "files", "ARCHIVED"), ancillary="netcdf"
        )
    return tmp_path / "store"


def documents(root: Path) -> dict[str, str]:
    with ps.open(root) as store:
        return {match.key: match.record.to_json() for match in store.find(ps.StoredData)}


def assert_sound(root: Path) -> None:
    with ps.open(root) as store:
        assert list(verify_store(store)) == []
    assert repair_store(root) == []


def quarantined(root: Path) -> list[str]:
    return sorted(
        path.name for path in (root / "quarantine").glob("*/*") if "catalog" not in path.name
    )


def key_of(root: Path, substance: str) -> str:
    with ps.open(root) as store:
        return store.find(ps.StoredSimulationData, ps.consists_of(substance)).one().key


def change(root: Path, statement: str, *parameters: object) -> None:
    with closing(sqlite3.connect(root / "catalog.sqlite")) as connection, connection:
        assert connection.execute(statement, parameters).rowcount > 0


def test_a_sound_store_is_left_as_it_is(root):
    before = (root / "catalog.sqlite").read_bytes()
    assert repair_store(root) == []
    assert (root / "catalog.sqlite").read_bytes() == before
    assert not (root / "quarantine").exists()


def test_a_folder_without_a_store_is_refused(tmp_path):
    with pytest.raises(NotAStoreError):
        repair_store(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_store_whose_catalog_is_gone_is_not_taken_for_a_new_one(root):
    (root / "catalog.sqlite").unlink()
    with pytest.raises(StoreFormatError, match="propstore repair"):
        ps.open(root)
    assert not (root / "catalog.sqlite").exists()


def test_a_catalog_that_is_gone_is_made_from_the_json_beside_the_files(root):
    before = documents(root)
    (root / "catalog.sqlite").unlink()
    remedies = repair_store(root)
    assert len(remedies) == 2
    with ps.open(root) as store:
        (simulation,) = store.find(ps.StoredSimulationData, ps.consists_of("O"))
        assert simulation.record == box(1.0)
        assert (simulation.path / "box.pdb").read_text() == "NEW"
        assert [one.record for one in store.history(simulation.key)] == [box(2.0), box(1.0)]
        assert len(store.find(ps.StoredSimulationData, ps.consists_of("CCO")).keys()) == 1
    assert documents(root).items() <= before.items()
    assert_sound(root)


@pytest.mark.parametrize("damage", ["no database at all", ""])
def test_a_catalog_that_is_no_database_is_made_anew_and_kept_in_quarantine(root, damage):
    (root / "catalog.sqlite").write_text(damage)
    with pytest.raises(StoreFormatError):
        ps.open(root)
    repair_store(root)
    (kept,) = (root / "quarantine").glob("*/catalog.sqlite")
    assert kept.read_text() == damage
    assert_sound(root)


def page_of(root: Path, name: str) -> tuple[int, int]:
    """Give where the first page of a table or an index is in the catalog, and its length."""
    with closing(sqlite3.connect(root / "catalog.sqlite")) as connection:
        (number,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    return (number - 1) * size, size


def damage_page(root: Path, name: str) -> None:
    start, size = page_of(root, name)
    with (root / "catalog.sqlite").open("r+b") as stream:
        stream.seek(start)
        stream.write(b"\xff" * size)


@pytest.mark.parametrize(
    "index", ["records_by_substance", "records_by_state", "sqlite_autoindex_records_1"]
)
def test_an_index_that_is_damaged_loses_nothing(root, index):
    before = documents(root)
    damage_page(root, index)
    repair_store(root)
    assert documents(root) == before
    assert_sound(root)


@pytest.mark.parametrize("table", ["substances", "components", "claims", "indexed_fields"])
def test_a_table_that_can_be_worked_out_is(root, table):
    before = documents(root)
    damage_page(root, table)
    repair_store(root)
    assert documents(root) == before
    assert_sound(root)


def test_of_a_table_of_records_that_is_damaged_what_has_files_is_kept_and_the_rest_named(root):
    before = documents(root)
    damage_page(root, "records")
    remedies = repair_store(root)
    lost = {remedy.key for remedy in remedies if "is lost" in remedy.what}
    assert lost | documents(root).keys() == before.keys()
    assert len(lost) == 3
    assert_sound(root)


def test_rows_beyond_a_damaged_page_are_kept(tmp_path):
    root = tmp_path / "store"
    with ps.open(root) as store, store.batch():
        for number in range(500):
            store.store_object(density(f"{300 + number / 10} K"))
    before = documents(root)
    with closing(sqlite3.connect(root / "catalog.sqlite")) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray((root / "catalog.sqlite").read_bytes())
    middle = content.index(b'"value":340.0') // size * size
    content[middle : middle + size] = bytes(size)
    (root / "catalog.sqlite").write_bytes(content)
    remedies = repair_store(root)
    lost = {remedy.key for remedy in remedies if "is lost" in remedy.what}
    after = documents(root)
    assert after.items() <= before.items()
    assert lost == before.keys() - after.keys()
    assert 0 < len(lost) < 20
    assert_sound(root)


@pytest.mark.parametrize("column", ["temperature", "value", "substance", "identity", "phase"])
def test_a_column_that_does_not_agree_with_its_record_is_set_right(root, column):
    before = documents(root)
    change(root, f"UPDATE records SET {column} = 2 WHERE id = 1")
    repair_store(root)
    assert documents(root) == before
    assert_sound(root)


def test_components_that_do_not_agree_with_their_substance_are_set_right(root):
    change(root, "UPDATE components SET name = 'C' WHERE name = 'CCO'")
    repair_store(root)
    assert key_of(root, "CCO")
    assert_sound(root)


def test_a_record_that_can_not_be_read_is_read_from_beside_its_files(root):
    before, key = documents(root), key_of(root, "O")
    change(root, "UPDATE records SET document = '{' WHERE key = ?", key)
    remedies = repair_store(root)
    assert (key, "the record was read from the JSON beside its files.") in remedies
    assert documents(root) == before
    assert_sound(root)


def test_a_record_without_files_that_can_not_be_read_is_put_in_quarantine(root):
    change(root, "UPDATE records SET document = '{\"half\":' WHERE id = 1")
    (remedy,) = [one for one in repair_store(root) if one.key]
    assert "can't be read: it was put in quarantine/" in remedy.what
    (name,) = quarantined(root)
    assert name == f"{remedy.key}-0.document.json"
    (path,) = (root / "quarantine").glob(f"*/{name}")
    assert path.read_text() == '{"half":'
    assert remedy.key not in documents(root)
    assert_sound(root)


def files_of(root: Path, substance: str) -> Path:
    with ps.open(root) as store:
        files = store.find(ps.StoredSimulationData, ps.consists_of(substance)).one().path
        return getattr(files, "archive", files)


def damage_files(path: Path, how: str) -> None:
    if how == "removed":
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    else:
        file = path / "box.pdb" if path.is_dir() else path
        file.write_bytes(b"XXXX" + file.read_bytes()[4:])


@pytest.mark.parametrize("how", ["changed", "removed"])
def test_a_record_whose_files_are_damaged_gives_way_to_its_last_sound_generation(root, how):
    key, path = key_of(root, "O"), files_of(root, "O")
    damage_files(path, how)
    (remedy,) = repair_store(root)
    assert remedy.key == key
    assert remedy.what.endswith("and generation 0 of the record stands again.")
    with ps.open(root) as store:
        record, files = store.retrieve_object(key)
        assert record == box(2.0)
        assert (files / "box.pdb").read_text() == "OLD"
    assert f"{key}-1.json" in quarantined(root)
    assert (f"{key}-1" in quarantined(root)) == (how == "changed")
    assert_sound(root)


@pytest.mark.parametrize("how", ["changed", "removed"])
def test_a_record_that_needs_its_files_goes_with_them_if_it_has_no_other(root, how):
    key = key_of(root, "CCO")
    damage_files(files_of(root, "CCO"), how)
    (remedy,) = repair_store(root)
    assert remedy.what.endswith("and the record is with them.")
    assert key not in documents(root)
    assert f"{key}-0.document.json" in quarantined(root)
    assert_sound(root)


def test_a_record_that_does_not_need_its_damaged_files_stands_without_them(root, tmp_path):
    with ps.open(root) as store:
        key = store.store_object(density("330 K"), box_files(tmp_path / "more"))
        path = store.retrieve_object(key)[1]
    damage_files(path, "changed")
    (remedy,) = repair_store(root)
    assert remedy.what.endswith("and the record stands without them.")
    with ps.open(root) as store:
        assert store.retrieve_object(key) == (density("330 K"), None)
    assert_sound(root)


@pytest.mark.parametrize("substance", ["O", "CCO"])
@pytest.mark.parametrize("damage", ["", "{}", None])
def test_json_that_is_damaged_beside_sound_files_is_written_anew(root, substance, damage):
    before, path = documents(root), files_of(root, substance)
    beside = path.with_name(f"{path.stem}.json")
    sound = json.loads(beside.read_text())
    beside.unlink() if damage is None else beside.write_text(damage)
    (remedy,) = repair_store(root)
    assert "was written anew" in remedy.what
    assert json.loads(beside.read_text())["ancillary"]["files"] == sound["ancillary"]["files"]
    assert documents(root) == before
    assert_sound(root)


def test_a_past_generation_that_is_damaged_is_put_in_quarantine(root):
    key = key_of(root, "O")
    with ps.open(root) as store:
        damage_files(store.history(key)[0].path, "changed")
    (remedy,) = repair_store(root)
    assert remedy.what.startswith("its generation 0 is damaged")
    with ps.open(root) as store:
        assert [one.number for one in store.history(key)] == [1]
    assert_sound(root)


def test_json_that_nobody_can_read_is_put_in_quarantine_when_the_catalog_is_gone(root):
    key, path = key_of(root, "CCO"), files_of(root, "CCO")
    path.with_name(f"{path.stem}.json").write_text("nothing")
    (root / "catalog.sqlite").unlink()
    remedies = repair_store(root)
    assert any("no record can be read beside" in one.what for one in remedies)
    assert {f"{key}-0.nc", f"{key}-0.json"} <= set(quarantined(root))
    assert_sound(root)


def test_a_store_that_is_open_in_this_process_is_not_rebuilt(root):
    change(root, "UPDATE records SET temperature = 1 WHERE id = 1")
    with ps.open(root), pytest.raises(StoreBusyError, match="close it first"):
        repair_store(root)


USER = "import sys, propstore as ps; ps.open(sys.argv[1]); print(flush=True); sys.stdin.read()"


def test_a_store_that_is_open_in_another_process_is_not_rebuilt(root):
    change(root, "UPDATE records SET temperature = 1 WHERE id = 1")
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as user:
        user.stdout.readline()
        with pytest.raises(StoreBusyError, match="is in use"):
            repair_store(root)
        user.stdin.close()
    repair_store(root)
    assert_sound(root)


def test_a_repair_that_was_interrupted_at_its_last_step_is_completed(root):
    before = documents(root)
    (root / "catalog.sqlite").rename(root / "catalog.sqlite.rebuilt")
    (root / "catalog.sqlite").write_text("damaged")
    with pytest.raises(StoreFormatError, match="not completed"):
        ps.open(root)
    (remedy,) = repair_store(root)
    assert remedy.what == "an earlier repair was completed."
    assert documents(root) == before


def test_a_store_of_a_later_propstore_is_not_touched(root):
    change_version = "PRAGMA user_version = 99"
    with closing(sqlite3.connect(root / "catalog.sqlite")) as connection:
        connection.execute(change_version)
    before = (root / "catalog.sqlite").read_bytes()
    with pytest.raises(StoreFormatError, match="99"):
        repair_store(root)
    assert (root / "catalog.sqlite").read_bytes() == before


def test_the_database_of_another_program_is_not_touched(tmp_path):
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE foreign_table (a)")
    with pytest.raises(NotAStoreError, match="not one of propstore"):
        repair_store(tmp_path)
