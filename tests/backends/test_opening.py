"""Opening stores: new ones, old ones, damaged ones, and those that can't be written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import propstore as ps
from propstore.backends.schema import check_format
from propstore.errors import (
    NotAStoreError,
    StoreError,
    StoreFormatError,
    StoreReadOnlyError,
)
from tests.samples import box, box_files, density


def snapshot(root: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(root.rglob("*"))
    }


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    root = tmp_path / "store"
    with ps.open(root) as store:
        store.store_object(density("300 K"))
        store.store_object(box(), box_files(tmp_path / "files"))
    return root


def test_opening_makes_a_store_where_there_is_none(tmp_path):
    with ps.open(tmp_path / "deep" / "store") as store:
        assert isinstance(store, ps.LocalFileStorage)
        assert len(store) == 0
        assert store  # a store without records is still a store


def test_opening_without_making_one_says_that_there_is_none(tmp_path):
    with pytest.raises(NotAStoreError, match="no store at"):
        ps.open(tmp_path / "store", create=False)
    assert not (tmp_path / "store").exists()


def test_opening_for_reading_makes_no_store(tmp_path):
    with pytest.raises(NotAStoreError, match="no store"):
        ps.open(tmp_path / "store", read_only=True)
    assert not (tmp_path / "store").exists()


def test_memory_is_a_place(tmp_path):
    assert isinstance(ps.open("memory:"), ps.MemoryStorage)


def test_a_place_of_an_unknown_kind_is_refused_without_its_secrets():
    with pytest.raises(NotAStoreError, match="mysql") as raised:
        ps.open("mysql://user:secret@host/base")
    assert "secret" not in str(raised.value)


def test_a_file_in_the_place_of_a_store_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotAStoreError, match="is a file"):
        ps.open(tmp_path / "file")


def test_what_was_stored_is_there_after_closing_and_opening(closed):
    with ps.open(closed) as store:
        assert len(store) == 2
        assert store.find(ps.PropertyData).one().record == density("300 K")


def test_a_store_that_is_open_for_reading_refuses_to_write_and_reads(closed, tmp_path):
    with ps.open(closed, read_only=True) as store:
        key = store.find(ps.PropertyData).one().key
        for write in (
            lambda: store.store_object(density("310 K")),
            lambda: store.remove_object(key),
            lambda: store.batch(),
        ):
            with pytest.raises(StoreReadOnlyError, match="opened for reading"):
                write()
        assert len(store) == 2


def read_everything(root: Path) -> None:
    with ps.open(root, read_only=True) as store:
        assert len(store) == 2
        assert store.find(ps.PropertyData, ps.contains("O")).count() == 1
        assert (store.find(ps.StoredSimulationData).one().path / "box.pdb").read_text() == "ATOM"


def test_reading_on_a_folder_without_write_permission_writes_nothing(closed):
    for path in (closed, *closed.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    before = snapshot(closed)
    try:
        read_everything(closed)
        assert snapshot(closed) == before
    finally:
        for path in (closed, *closed.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)


def test_reading_on_read_only_media_writes_nothing(closed, tmp_path):
    mount = tmp_path / "mount"
    mount.mkdir()
    made = subprocess.run(
        ["mount", "--bind", "-o", "ro", str(closed), str(mount)], capture_output=True
    )
    if made.returncode != 0:
        pytest.skip("a read-only mount needs root and the right to mount")
    subprocess.run(["mount", "-o", "remount,ro,bind", str(mount)], check=True)
    before = snapshot(mount)
    try:
        read_everything(mount)
        assert snapshot(mount) == before
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def test_what_a_killed_writer_left_in_its_log_is_read_from_read_only_media(tmp_path):
    root = tmp_path / "store"
    script = (
        "import os, sys, propstore as ps\n"
        "from tests.samples import density\n"
        "store = ps.open(sys.argv[1]); store.store_object(density()); os._exit(9)\n"
    )
    here = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", script, str(root)], cwd=here).returncode == 9
    assert (root / "catalog.sqlite-wal").stat().st_size > 0
    (root / "catalog.sqlite-shm").unlink()
    root.chmod(0o555)
    before = snapshot(root)
    try:
        with ps.open(root, read_only=True) as store:
            assert len(store) == 1
        assert snapshot(root) == before
    finally:
        root.chmod(0o755)


def test_a_catalog_whose_log_can_not_be_opened_is_an_error_that_says_what_to_see(closed):
    (closed / "catalog.sqlite-wal").mkdir()
    with pytest.raises(StoreError, match=r"catalog\.sqlite' can't be opened.*this user may read"):
        ps.open(closed)


def test_a_store_of_a_later_format_is_refused_with_what_to_do(closed):
    connection = sqlite3.connect(closed / "catalog.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreFormatError, match=r"format 99.*install a later propstore"):
        ps.open(closed)


def test_a_database_of_another_program_is_refused(tmp_path):
    connection = sqlite3.connect(tmp_path / "catalog.sqlite")
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(NotAStoreError, match="not one of propstore"):
        ps.open(tmp_path)


def test_garbage_in_the_place_of_the_catalog_is_refused_and_left_alone(tmp_path):
    catalog = tmp_path / "catalog.sqlite"
    catalog.write_bytes(b"garbage" * 1000)
    with pytest.raises(StoreFormatError, match="damaged or no database"):
        ps.open(tmp_path)
    assert catalog.read_bytes() == b"garbage" * 1000


def test_a_truncated_catalog_is_an_error_and_no_empty_answer(closed):
    catalog = closed / "catalog.sqlite"
    os.truncate(catalog, catalog.stat().st_size // 2)
    with pytest.raises(StoreError, match="damaged|can't be used"), ps.open(closed) as store:
        list(store.find(ps.StoredData))


def test_a_moved_store_opens_where_it_is_now(closed, tmp_path):
    shutil.move(closed, tmp_path / "elsewhere")
    read_everything(tmp_path / "elsewhere")


def test_two_processes_that_make_one_store_at_once_both_succeed(tmp_path):
    script = "import sys, propstore as ps; ps.open(sys.argv[1]).close()"
    for attempt in range(3):
        root = tmp_path / str(attempt)
        processes = [subprocess.Popen([sys.executable, "-c", script, str(root)]) for _ in range(4)]
        assert [process.wait() for process in processes] == [0] * 4
        assert len(ps.open(root)) == 0


def test_a_store_says_what_made_it(closed):
    with ps.open(closed, read_only=True) as store:
        about = store.about()
    assert about["propstore"] == ps.__version__
    assert about["canonicaliser"].startswith("rdkit ")


def test_a_store_that_was_stored_to_with_normal_durability_is_the_same_store(tmp_path):
    with ps.open(tmp_path, durability="normal") as store:
        key = store.store_object(density())
    with ps.open(tmp_path) as store:
        assert key in store


def test_a_catalog_that_another_makes_meanwhile_is_not_taken_for_some_other_database(tmp_path):
    class Meanwhile(sqlite3.Connection):
        def execute(self, *given):
            answer = super().execute(*given)
            if not (tmp_path / "store").exists():
                ps.open(tmp_path / "made").close()
                shutil.move(tmp_path / "made", tmp_path / "store")
                shutil.copyfile(tmp_path / "store" / "catalog.sqlite", tmp_path / "catalog.sqlite")
            return answer

    with closing(sqlite3.connect(tmp_path / "catalog.sqlite", factory=Meanwhile)) as connection:
        assert check_format(connection, "catalog.sqlite") is False
        assert check_format(connection, "catalog.sqlite") is True


UNCLOSED = """
import gc, sys
import propstore as ps

def use():
    store = ps.open(sys.argv[1])
    store.store_object(ps.ForceFieldData(force_field_source="<SMIRNOFF/>"))
    for match in store.find(ps.StoredData):
        return match.key

use()
gc.collect()
store = ps.open(sys.argv[1])
print(len(store))
"""


def test_who_opens_a_store_need_not_close_it(tmp_path):
    program = [sys.executable, "-X", "dev", "-W", "error", "-c", UNCLOSED, str(tmp_path / "store")]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("1\n", "")
