"""A catalog in JSON: readable by people and by version control, whole for all who read it."""

from __future__ import annotations

import errno
import gc
import json
import multiprocessing
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from tinydb import TinyDB, where

import propstore as ps
from propstore.backends import json_catalog, tinydb, tinydb_file
from propstore.errors import (
    CorruptRecordError,
    InvalidDataError,
    NotAStoreError,
    StoreBusyError,
    StoreError,
    StoreFormatError,
    StoreReadOnlyError,
    UnsupportedOperationError,
)
from propstore.testing.samples import box, box_files, density, tree

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ps.TinyDBStorage]:
    with ps.open(f"tinydb:{tmp_path / 'store'}") as opened:
        yield opened


def catalog(store: ps.TinyDBStorage) -> Path:
    return store.root_directory / "catalog.json"


def rows(store: ps.TinyDBStorage, table: str = "records") -> dict[str, Any]:
    return json.loads(catalog(store).read_text())[table]


class TestItsText:
    def test_each_record_is_a_line_that_people_can_read(self, store):
        key = store.store_object(density(), tags={"project": "sage"})
        (line,) = [line for line in catalog(store).read_text().splitlines() if key in line]
        row = json.loads("{" + line + "}")["1"]
        assert row["document"]["type"] == "propstore.property_data@v1"
        assert row["document"]["tags"] == {"project": "sage"}

    def test_tinydb_itself_reads_it(self, store):
        key = store.store_object(density())
        store.store_object(density("310 K"))
        with TinyDB(catalog(store)) as database:
            assert len(database.table("records")) == 2
            (found,) = database.table("records").search(where("key") == key)
            assert found["document"]["value"] == {"value": 997.0, "unit": "kg/m**3"}

    def test_storing_a_record_adds_a_line_and_leaves_the_others(self, store):
        for i in range(12):
            store.store_object(density(f"{300 + i} K"))
        before = catalog(store).read_text().splitlines()
        store.store_object(density("400 K"))
        after = catalog(store).read_text().splitlines()
        added = [line for line in after if line.rstrip(",") not in {b.rstrip(",") for b in before}]
        assert len(after) == len(before) + 1
        assert len(added) == 1
        assert added[0].startswith('  "13": ')

    def test_a_record_that_is_replaced_keeps_its_line(self, store, tmp_path):
        files = box_files(tmp_path / "files")
        key = store.store_object(box(2.0), files)
        store.store_object(density())
        store.store_object(box(1.0), files)
        assert [row["key"] for row in rows(store).values()].index(key) == 0
        assert rows(store)["1"]["generation"] == 1
        ((former),) = rows(store, "superseded").values()
        assert (former["key"], former["generation"]) == (key, 0)
        assert former["document"]["statistical_inefficiency"] == 2.0

    def test_what_git_need_not_keep_is_ignored(self, store, tmp_path):
        git = ["git", "-C", str(store.root_directory)]
        if shutil.which("git") is None:
            pytest.skip("needs git")
        key = store.store_object(box(), box_files(tmp_path / "files"))
        subprocess.run([*git, "init", "--quiet"], check=True)
        status = subprocess.run(
            [*git, "status", "--porcelain", "--untracked-files=all"],
            check=True,
            capture_output=True,
            text=True,
        )
        place = f"ancillary/{key[:2]}/{key}-0"
        assert {line.removeprefix("?? ") for line in status.stdout.splitlines()} == {
            ".gitignore",
            "catalog.json",
            f"{place}.json",
            f"{place}/box.pdb",
            f"{place}/trajectories/run.dcd",
        }

    def test_a_gitignore_of_the_users_is_left_as_it_is(self, tmp_path):
        (tmp_path / ".gitignore").write_text("mine\n")
        ps.TinyDBStorage(tmp_path).close()
        assert (tmp_path / ".gitignore").read_text() == "mine\n"

    def test_the_records_of_two_branches_are_all_there_after_a_merge(self, tmp_path):
        here, there = tmp_path / "here", tmp_path / "there"
        with ps.TinyDBStorage(here) as store:
            store.store_object(density("300 K"))
        shutil.copytree(here, there)
        for folder, temperature in ((here, "310 K"), (there, "320 K")):
            with ps.TinyDBStorage(folder) as store:
                store.store_object(density(temperature))
                store.store_object(density("330 K"))
        merged, others = (json.loads((path / "catalog.json").read_text()) for path in (here, there))
        for number in ("2", "3"):
            merged["records"][f"{number}0"] = others["records"][number]
        (here / "catalog.json").write_text(json.dumps(merged, indent=2))
        with ps.TinyDBStorage(here) as store:
            assert len(store) == 5
            first, second = store.find(
                ps.PropertyData, ps.field("thermodynamic_state.temperature") == "330 K"
            ).keys()
            assert store.has_object(density("330 K")) == first
            store.remove_object(first)
            assert store.has_object(density("330 K")) == second

    def test_a_number_that_is_given_twice_is_said_and_not_dropped(self, store):
        store.store_object(density())
        (line,) = [
            line for line in catalog(store).read_text().splitlines() if '"1": {"key"' in line
        ]
        catalog(store).write_text(catalog(store).read_text().replace(line, f"{line},\n{line}"))
        with pytest.raises(StoreFormatError, match=r"'1' is given twice.*merge.*number of its own"):
            store.keys()


class TestItsWriting:
    def test_a_batch_writes_once(self, store, tmp_path, monkeypatch):
        writes = []
        save = tinydb_file.CatalogFile._save
        monkeypatch.setattr(
            tinydb_file.CatalogFile, "_save", lambda *given: (writes.append(1), save(*given))
        )
        files = box_files(tmp_path / "files")
        with store.batch():
            for i in range(20):
                store.store_object(density(f"{300 + i} K"))
            key = store.store_object(box(2.0), files)
            store.store_object(box(1.0), files)
            store.remove_object(store.keys()[0])
        assert len(writes) == 1
        assert len(store) == 20
        assert key in store

    def test_nothing_is_written_where_nothing_changes(self, store):
        store.store_object(density())
        before = catalog(store).stat()
        store.store_object(density())
        with store.batch():
            store.store_object(density())
        assert catalog(store).stat() == before

    def test_an_unchanged_file_is_read_once(self, store, monkeypatch):
        keys = [store.store_object(density(f"{300 + i} K")) for i in range(10)]
        other = ps.TinyDBStorage(store.root_directory)
        reads = []
        read = json_catalog.CatalogText.read
        monkeypatch.setattr(
            json_catalog.CatalogText, "read", lambda *given: (reads.append(1), read(*given))[1]
        )
        for opened in (store, other):
            for key in keys:
                opened.retrieve_object(key)
                opened.has_object(density())
            list(opened.find(ps.PropertyData))
            opened.store_object(density("400 K"))
        assert reads == [1]  # of the other, after the first has stored
        other.close()

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (OSError(errno.ENOSPC, "No space left on device"), StoreError),
            (OSError(errno.EROFS, "Read-only file system"), StoreReadOnlyError),
            (PermissionError(errno.EACCES, "Permission denied"), StoreReadOnlyError),
        ],
    )
    def test_a_write_that_fails_leaves_everything_as_it_was(
        self, store, tmp_path, monkeypatch, error, expected
    ):
        key = store.store_object(density())
        files = box_files(tmp_path / "files")
        before, given = catalog(store).read_bytes(), tree(files)

        def fail(*_: Any) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(tinydb_file, "replace_durably", fail)
            with pytest.raises(expected, match=r"catalog\.json"):
                store.store_object(box(), files, move=True)
        assert catalog(store).read_bytes() == before
        assert tree(files) == given
        assert store.keys() == [key]
        assert not list(store.root_directory.glob("ancillary/*/*"))
        assert not list(store.root_directory.glob("staging/*"))
        assert store.store_object(box(), files) in store

    def test_a_record_that_json_cannot_hold_is_refused_and_the_batch_goes_on(self, store):
        document = {"type": "elsewhere.thing@v1", "size": float("nan")}
        with store.batch():
            store.store_object(density("300 K"))
            with pytest.raises(InvalidDataError):
                store.store_object(ps.UnknownData(document=document))
            store.store_object(density("310 K"))
        assert len(store) == 2

    def test_a_writer_that_waits_too_long_says_so(self, store, monkeypatch):
        monkeypatch.setattr(tinydb_file, "BUSY_TIMEOUT", 0.05)
        with FileLock(f"{catalog(store)}.lock"), pytest.raises(StoreBusyError, match="try again"):
            store.store_object(density())
        assert store.store_object(density()) in store

    def test_more_records_than_it_is_meant_for_are_warned_of_once(self, store, monkeypatch):
        monkeypatch.setattr(tinydb, "INTENDED_RECORDS", 2)
        store.store_object(density("300 K"))
        store.store_object(density("310 K"))
        with pytest.warns(ps.LargeCatalogWarning, match="3 records.*LocalFileStorage"):
            store.store_object(density("320 K"))
        store.store_object(density("330 K"))


class TestItsReading:
    def test_what_is_edited_by_hand_is_seen(self, store):
        key = store.store_object(density())
        text = catalog(store).read_text()
        with catalog(store).open("r+") as file:  # in place, as some editors do
            file.write(text.replace('"liquid"', '"gas"   '))
        assert store.retrieve_object(key)[0].phase == ps.PropertyPhase.GAS
        catalog(store).unlink()  # and as version control does
        catalog(store).write_text(text)
        assert store.retrieve_object(key)[0].phase == ps.PropertyPhase.LIQUID

    def test_what_others_change_is_read_as_it_is(self, store, tmp_path):
        files = box_files(tmp_path / "files")
        with ps.TinyDBStorage(store.root_directory) as other:
            for i in range(6):
                keys = [store.store_object(density(f"{300 + 10 * i + j} K")) for j in range(3)]
                other.remove_object(keys[1])
                other.store_object(box(10.0 - i), files)
                for reader in (store, other):
                    assert [
                        (row.number, row.fields) for row in reader._catalog.contents().rows.values()
                    ] == [(int(number), row) for number, row in rows(store).items()]
                    assert [
                        row.fields for row in reader._catalog.contents().superseded.values()
                    ] == list(rows(store, "superseded").values())

    def test_it_may_be_laid_out_otherwise(self, store):
        keys = [store.store_object(density(f"{300 + i} K")) for i in range(3)]
        catalog(store).write_text(json.dumps(json.loads(catalog(store).read_text()), indent=4))
        assert store.keys() == keys
        keys.append(store.store_object(density("400 K")))
        with ps.TinyDBStorage(store.root_directory) as other:
            assert other.keys() == keys

    def test_a_record_that_cannot_be_read_is_an_error_and_no_missing_row(self, store):
        key = store.store_object(density())
        catalog(store).write_text(catalog(store).read_text().replace('"liquid"', '"plasma"'))
        for read in (
            lambda: store.retrieve_object(key),
            lambda: list(store.find(ps.PropertyData)),
            lambda: store.query(ps.PropertyDataQuery()),
        ):
            with pytest.raises(CorruptRecordError, match=key):
                read()
        assert store.keys() == [key]

    def test_readers_in_other_processes_see_whole_batches_only(self, store):
        writer = SPAWN.Process(target=store_pairs, args=(store.root_directory, 40))
        writer.start()
        counts = set()
        while writer.is_alive():
            counts.add(len(store))
        writer.join()
        assert writer.exitcode == 0
        assert len(store) == 80
        assert {count % 2 for count in counts} == {0}
        assert len(counts) > 5

    def test_a_catalog_that_is_gone_is_no_empty_store(self, store):
        store.store_object(density())
        catalog(store).unlink()
        with pytest.raises(NotAStoreError, match=r"no catalog\.json"):
            store.keys()
        with pytest.raises(NotAStoreError, match=r"no catalog\.json"):
            store.store_object(density("310 K"))
        assert not catalog(store).exists()


def store_pairs(root: Path, number: int) -> None:
    with ps.TinyDBStorage(root) as store:
        for i in range(number):
            with store.batch():
                store.store_object(density(f"{300 + i} K"))
                store.store_object(density(f"{400 + i} K"))


def truncated(text: str) -> str:
    return text[: len(text) // 2]


def without_key(text: str) -> str:
    tables = json.loads(text)
    del tables["records"]["1"]["key"]
    return json.dumps(tables)


def with_one_key_twice(text: str) -> str:
    tables = json.loads(text)
    tables["records"]["2"] = tables["records"]["1"]
    return json.dumps(tables)


def with_a_list(text: str) -> str:
    tables = json.loads(text)
    tables["records"]["1"]["document"] = []
    return json.dumps(tables)


def with_a_name_for_a_number(text: str) -> str:
    return text.replace('"1": {"key"', '"one": {"key"')


class TestItsDamage:
    @pytest.mark.parametrize(
        ("damage", "says"),
        [
            (truncated, "damaged"),
            (lambda text: "", "damaged"),
            (lambda text: "garbage" * 1000, "damaged"),
            (lambda text: text.replace('"format": 1', '"format": "1"'), "format is '1'"),
            (without_key, "number 1 of 'records' has None as its key"),
            (with_one_key_twice, "two records have the key"),
            (with_a_list, r"number 1 of 'records' has \[\] as its document"),
            (with_a_name_for_a_number, "'one' of 'records' is no numbered row"),
        ],
    )
    def test_damage_is_said_and_the_file_is_left_alone(self, store, damage, says):
        store.store_object(density())
        text = damage(catalog(store).read_text())
        catalog(store).write_text(text)
        for use in (
            lambda: ps.TinyDBStorage(store.root_directory),
            lambda: ps.TinyDBStorage(store.root_directory, read_only=True),
            lambda: store.keys(),
            lambda: store.store_object(density("310 K")),
        ):
            with pytest.raises(StoreFormatError, match=says):
                use()
        assert catalog(store).read_text() == text

    def test_what_is_nested_too_deeply_is_damage(self, tmp_path):
        gc.collect()  # so deep in the stack, what is still to be finalized could not be
        with pytest.raises(StoreFormatError, match="damaged"):
            json_catalog.CatalogText(tmp_path / "catalog.json").read(b"[" * 100_000)

    def test_bytes_that_are_no_text_are_damage(self, store):
        catalog(store).write_bytes(b"\xff\xfe\x00" * 100)
        with pytest.raises(StoreFormatError, match="damaged.*version control"):
            ps.TinyDBStorage(store.root_directory)

    def test_a_later_format_is_refused_with_what_to_do(self, store):
        catalog(store).write_text(catalog(store).read_text().replace('"format": 1', '"format": 99'))
        with pytest.raises(StoreFormatError, match=r"format 99.*install a later propstore"):
            ps.TinyDBStorage(store.root_directory)

    @pytest.mark.parametrize(
        "content",
        ["{}", "[]", "7", '{"_default": {"1": {"a": 1}}}', '{"about": {"1": {"format": 1}}}'],
    )
    def test_json_of_another_program_is_refused_and_left_alone(self, tmp_path, content):
        (tmp_path / "catalog.json").write_text(content)
        with pytest.raises(NotAStoreError, match="not a catalog of propstore"):
            ps.TinyDBStorage(tmp_path)
        assert (tmp_path / "catalog.json").read_text() == content

    def test_files_without_a_catalog_are_no_new_store(self, store, tmp_path):
        store.store_object(box(), box_files(tmp_path / "files"))
        catalog(store).unlink()
        with pytest.raises(StoreFormatError, match=r"files of records and no catalog\.json"):
            ps.TinyDBStorage(store.root_directory)


class TestItsOpening:
    def test_a_folder_that_has_a_catalog_in_json_is_opened_as_what_it_is(self, store):
        key = store.store_object(density())
        with ps.open(store.root_directory, create=False) as opened:
            assert isinstance(opened, ps.TinyDBStorage)
            assert key in opened

    def test_one_folder_is_not_two_stores(self, store, tmp_path):
        with pytest.raises(NotAStoreError, match="folder of a TinyDBStorage"):
            ps.LocalFileStorage(store.root_directory)
        ps.LocalFileStorage(tmp_path / "local").close()
        with pytest.raises(NotAStoreError, match="folder of a LocalFileStorage"):
            ps.TinyDBStorage(tmp_path / "local")

    def test_a_catalog_json_of_another_program_hinders_no_local_store(self, tmp_path):
        (tmp_path / "catalog.json").write_text('{"type": "Catalog"}')
        with ps.open(tmp_path) as store:
            assert isinstance(store, ps.LocalFileStorage)

    @pytest.mark.parametrize("options", [{"create": False}, {"read_only": True}])
    def test_no_store_is_made_where_none_is_wanted(self, tmp_path, options):
        with pytest.raises(NotAStoreError, match="no store at"):
            ps.open(f"tinydb:{tmp_path / 'store'}", **options)
        assert not (tmp_path / "store").exists()

    def test_a_file_in_the_place_of_a_store_is_refused(self, tmp_path):
        (tmp_path / "file").write_text("x")
        with pytest.raises(NotAStoreError, match="is a file"):
            ps.open(f"tinydb:{tmp_path / 'file'}")

    def test_files_elsewhere_are_refused(self, tmp_path):
        with pytest.raises(UnsupportedOperationError, match="in its folder only"):
            ps.open(f"tinydb:{tmp_path / 'store'}", files="s3://bucket/prefix")
        assert not (tmp_path / "store").exists()

    def test_what_is_open_for_reading_refuses_to_write(self, store):
        key = store.store_object(density())
        with ps.open(store.root_directory, read_only=True) as opened:
            for write in (
                lambda: opened.store_object(density("310 K")),
                lambda: opened.remove_object(key),
                lambda: opened.batch(),
            ):
                with pytest.raises(StoreReadOnlyError, match="opened for reading"):
                    write()
            assert opened.keys() == [key]

    def test_reading_writes_nothing(self, store, tmp_path):
        store.store_object(box(), box_files(tmp_path / "files"))
        (store.root_directory / "catalog.json.lock").unlink()
        before = sorted(store.root_directory.rglob("*"))
        with ps.open(store.root_directory, read_only=True) as opened:
            (found,) = opened.find(ps.StoredSimulationData)
            assert (found.path / "box.pdb").read_text() == "ATOM"
        assert sorted(store.root_directory.rglob("*")) == before

    def test_processes_that_make_one_store_at_once_all_succeed(self, tmp_path):
        processes = [SPAWN.Process(target=ps.TinyDBStorage, args=(tmp_path,)) for _ in range(4)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * 4
        with ps.TinyDBStorage(tmp_path) as store:
            assert len(store) == 0

    def test_a_moved_store_opens_where_it_is_now(self, store, tmp_path):
        key = store.store_object(box(), box_files(tmp_path / "files"))
        shutil.move(store.root_directory, tmp_path / "elsewhere")
        with ps.open(tmp_path / "elsewhere") as opened:
            assert (opened.retrieve_object(key)[1] / "box.pdb").read_text() == "ATOM"

    def test_it_says_what_made_it(self, store):
        assert store.about()["propstore"] == ps.__version__
        assert store.about()["canonicaliser"].startswith("rdkit ")
