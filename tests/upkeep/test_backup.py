"""A backup is one moment of a store, whatever is written meanwhile."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import propstore as ps
from propstore.errors import NotAStoreError, StoreReadOnlyError
from propstore.external import FileStorage
from propstore.upkeep import back_up, collect_leftovers, restore_backup, verify_store
from tests.samples import ETHANOL, box, box_files, density
from tests.upkeep.operations import NO_TIME, contents


@pytest.fixture
def store(local: ps.LocalFileStorage, tmp_path: Path) -> ps.LocalFileStorage:
    """Give a store with records without files, a replaced box, and an archive."""
    local.store_object(density("300 K"))
    local.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
    local.store_object(box(1.0), box_files(tmp_path / "new", "NEW"))
    local.store_object(box(5.0, ETHANOL), box_files(tmp_path / "third"), ancillary="netcdf")
    return local


def read(folder: Path) -> list:
    with ps.open(folder, read_only=True) as opened:
        assert list(verify_store(opened)) == []
        return contents(opened)


def test_a_backup_is_a_store_that_can_be_read(store, tmp_path):
    result = back_up(store, tmp_path / "backup")
    assert result == (3, 3, 0, [])
    assert read(tmp_path / "backup") == contents(store)


def test_a_backup_is_not_written_to(store, tmp_path):
    back_up(store, tmp_path / "backup")
    with pytest.raises(StoreReadOnlyError, match="propstore restore"):
        ps.open(tmp_path / "backup")


def test_a_second_backup_copies_only_the_files_that_are_new(store, tmp_path):
    back_up(store, tmp_path / "backup")
    store.store_object(box(0.5), box_files(tmp_path / "better", "BETTER"))
    store.store_object(density("310 K"))
    assert back_up(store, tmp_path / "backup") == (4, 1, 3, [])
    assert read(tmp_path / "backup") == contents(store)


def test_what_was_removed_is_gone_from_the_next_backup(store, tmp_path):
    back_up(store, tmp_path / "backup")
    store.remove_object(store.find(ps.StoredSimulationData, ps.consists_of("O")).one().key)
    back_up(store, tmp_path / "backup")
    assert read(tmp_path / "backup") == contents(store)
    files = (tmp_path / "backup" / "ancillary").glob("*/*")
    assert sorted(path.suffix for path in files) == [".json", ".nc"]


def test_a_backup_is_restored_to_a_store_that_can_be_written(store, tmp_path):
    before = contents(store)
    back_up(store, tmp_path / "backup")
    assert restore_backup(tmp_path / "backup", tmp_path / "again") == (3, 3, 0, [])
    with ps.open(tmp_path / "again") as restored:
        assert contents(restored) == before
        restored.store_object(density("350 K"))
        assert restored.about()["identifier"] != store.about()["identifier"]
    assert read(tmp_path / "backup") == before


def test_a_store_that_was_restored_is_backed_up_to_a_folder_of_its_own(store, tmp_path):
    back_up(store, tmp_path / "backup")
    restore_backup(tmp_path / "backup", tmp_path / "again")
    with ps.open(tmp_path / "again") as restored:
        with pytest.raises(NotAStoreError, match="is not a backup of"):
            back_up(restored, tmp_path / "backup")
        back_up(restored, tmp_path / "other")


@pytest.mark.parametrize("place", ["store/backup", ".", "store"])
def test_a_destination_that_is_not_apart_from_the_store_is_refused(store, tmp_path, place):
    with pytest.raises(NotAStoreError, match="not apart"):
        back_up(store, tmp_path / place)


def test_a_destination_with_other_things_in_it_is_refused_and_left_as_it_is(store, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.tex").write_text("x")
    with pytest.raises(NotAStoreError, match="no backup"):
        back_up(store, tmp_path / "taken")
    with ps.open(tmp_path / "other"):
        pass
    with pytest.raises(NotAStoreError, match="not a backup of"):
        back_up(store, tmp_path / "other")
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["thesis.tex"]


def test_restoring_over_something_is_refused(store, tmp_path):
    back_up(store, tmp_path / "backup")
    with pytest.raises(NotAStoreError, match="name a new folder"):
        restore_backup(tmp_path / "backup", store.root_directory)


def test_a_store_that_is_no_backup_is_not_restored(store, tmp_path):
    with pytest.raises(NotAStoreError, match="not a backup"):
        restore_backup(store.root_directory, tmp_path / "again")


def test_files_that_have_changed_are_named_and_do_not_replace_those_of_an_earlier_backup(
    store, tmp_path
):
    back_up(store, tmp_path / "backup")
    match = store.find(ps.StoredSimulationData, ps.consists_of("O")).one()
    (match.path / "box.pdb").write_text("XXX")
    assert back_up(store, tmp_path / "backup").faults == []
    assert read(tmp_path / "backup")
    (fault,) = back_up(store, tmp_path / "other").faults
    assert fault.key == match.key
    assert "have changed" in fault.what


def test_a_reader_without_the_right_to_write_makes_a_backup_too(store, tmp_path):
    with ps.open(store.root_directory, read_only=True) as reader:
        back_up(reader, tmp_path / "backup")
    assert read(tmp_path / "backup") == contents(store)


def test_files_in_an_external_storage_are_backed_up_and_put_back(tmp_path):
    elsewhere = FileStorage(tmp_path / "elsewhere")
    with ps.LocalFileStorage(tmp_path / "store", files=elsewhere) as store:
        store.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
        store.store_object(box(1.0), box_files(tmp_path / "new", "NEW"), ancillary="netcdf")
        before = contents(store)
        assert back_up(store, tmp_path / "backup") == (1, 2, 0, [])
        assert back_up(store, tmp_path / "backup") == (1, 0, 2, [])
    for location in list(elsewhere):
        elsewhere.delete(location)
    restore_backup(tmp_path / "backup", tmp_path / "again", files=elsewhere)
    with ps.LocalFileStorage(tmp_path / "again", files=elsewhere) as again:
        assert contents(again) == before
        assert list(verify_store(again)) == []


WRITER = """
import itertools, json, sys
import propstore as ps
from tests.samples import box, box_files, density
from pathlib import Path

folder = Path(sys.argv[1])
with ps.open(folder / "store") as store:
    for number in itertools.count(1):
        source = box_files(folder / "sources" / str(number), str(number))
        key = store.store_object(box(1000.0 - number), source, move=True)
        other = store.store_object(density(f"{300 + number / 1000} K"))
        if number % 5 == 0:
            store.remove_object(key)
        print(number, flush=True)
"""


def test_backups_made_while_others_write_are_sound_and_never_older_than_acknowledged(tmp_path):
    folder = tmp_path
    with ps.open(folder / "store") as store:
        store.store_object(density("299 K"))
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as writer:
            for _ in range(6):
                acknowledged = int(writer.stdout.readline())
                assert back_up(store, folder / "backup").faults == []
                with ps.open(folder / "backup", read_only=True) as backup:
                    assert list(verify_store(backup)) == []
                    assert backup.find(ps.PropertyData).count() > acknowledged
            writer.kill()
        list(collect_leftovers(store, past_older_than=NO_TIME, litter_older_than=NO_TIME))
        assert list(verify_store(store)) == []


def test_the_backup_says_of_what_and_when_it_is_one(store, tmp_path):
    back_up(store, tmp_path / "backup")
    with closing(sqlite3.connect(tmp_path / "backup" / "catalog.sqlite")) as connection:
        about = dict(connection.execute("SELECT name, value FROM about"))
    assert about["backup of"] == str(store.root_directory)
    assert about["backup time"].endswith("+00:00")
    assert json.dumps(about)
