"""Stores that an earlier propstore wrote: each format has one in old_stores/, which that one made.

Whoever changes the tables raises the format, and puts a store of the one before there: with its
files, a netCDF archive and a record that was replaced, under the keys that these tests name.
"""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

import propstore as ps
from propstore.backends.local import CATALOG_NAME
from propstore.backends.schema import FORMAT
from propstore.upkeep import (
    back_up,
    collect_leftovers,
    repair_store,
    restore_backup,
    verify_store,
)
from tests.samples import density

OLD_STORES = Path(__file__).parent / "old_stores"
EARLIER = range(1, FORMAT)

COLUMNS = {
    "about": "name value",
    "claims": "token name owner since expiry beats is_doubted",
    "components": "name substance role mole_fraction exact_amount",
    "indexed_fields": "type field",
    "record_types": "id name version",
    "records": "id key type identity substance phase property_type temperature pressure value "
    "uncertainty unit indexed generation files document",
    "substances": "id identity size",
    "superseded": "key generation type files document time reason",
}
"""The tables of format 2, the one of today."""


@pytest.fixture(params=EARLIER, ids=lambda number: f"format_{number}")
def old_store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    root = tmp_path / "store"
    with zipfile.ZipFile(OLD_STORES / f"format_{request.param}.zip") as archive:
        archive.extractall(root)
    assert stored_format(root) == request.param
    return root


def stored_format(root: Path) -> int:
    with closing(sqlite3.connect(root / CATALOG_NAME)) as connection:
        (number,) = connection.execute("PRAGMA user_version").fetchone()
    return int(number)


def tables(root: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(root / CATALOG_NAME)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'index')"
        ).fetchall()
        return {
            name: connection.execute(f"PRAGMA table_xinfo('{name}')").fetchall()
            for (name,) in sorted(names)
        }


def check_contents(store: ps.LocalFileStorage) -> None:
    """Check what every store in old_stores/ has."""
    assert store.find(ps.PropertyData).count() == 5
    assert store.find(ps.PropertyData, ps.contains("CCO")).count() == 4
    (found,) = store.find(ps.StoredData, ps.field("tags.project") == "water")
    assert found.key == "density"
    assert found.record.value == ps.Quantity("996.5 kg/m**3")
    _, directory = store.retrieve_object("simulation")
    assert (Path(directory) / "box.pdb").read_text() == "ATOM 2\n"
    _, archive = store.retrieve_object("archive")
    assert (Path(archive) / "sub" / "traj.dcd").read_bytes() == bytes(range(256))
    former, present = store.history("simulation")
    assert former.reason is None
    assert former.record.statistical_inefficiency == 4.0
    assert (Path(former.path) / "box.pdb").read_text() == "ATOM 1\n"
    assert present.record.statistical_inefficiency == 2.0


def test_there_is_a_store_of_each_earlier_format():
    there = {path.name for path in OLD_STORES.iterdir()}
    assert there == {f"format_{number}.zip" for number in EARLIER}


def test_the_tables_are_those_of_the_format(tmp_path):
    # If this fails, the tables have changed: the format must, too.
    ps.open(tmp_path / "store").close()
    found = tables(tmp_path / "store")
    assert {name: " ".join(str(column[1]) for column in found[name]) for name in COLUMNS} == COLUMNS
    assert stored_format(tmp_path / "store") == FORMAT == 2


def test_a_store_of_an_earlier_format_is_opened_with_all_that_is_in_it(old_store):
    with ps.open(old_store, create=False) as store:
        check_contents(store)
        assert list(verify_store(store)) == []


def test_it_is_opened_for_reading_and_stays_as_it_is(old_store):
    before = (old_store / CATALOG_NAME).read_bytes()
    with ps.open(old_store, read_only=True) as store:
        check_contents(store)
        assert list(verify_store(store)) == []
    assert (old_store / CATALOG_NAME).read_bytes() == before


def test_it_is_read_where_nothing_can_be_written(old_store):
    old_store.chmod(0o555)
    try:
        with ps.open(old_store, read_only=True) as store:
            check_contents(store)
    finally:
        old_store.chmod(0o755)


def test_it_gets_the_tables_of_today_when_it_is_opened_for_writing(old_store, tmp_path):
    ps.open(old_store).close()
    ps.open(tmp_path / "new").close()
    assert tables(old_store) == tables(tmp_path / "new")
    assert stored_format(old_store) == FORMAT


def test_a_catalog_that_has_part_of_what_is_new_gets_the_rest(old_store, tmp_path):
    with closing(sqlite3.connect(old_store / CATALOG_NAME)) as connection, connection:
        connection.execute("ALTER TABLE superseded ADD COLUMN reason TEXT")
    with ps.open(old_store, read_only=True) as store:
        check_contents(store)
    with ps.open(old_store) as store:
        check_contents(store)
    ps.open(tmp_path / "new").close()
    assert tables(old_store) == tables(tmp_path / "new")


def test_it_is_written_to(old_store):
    with ps.open(old_store) as store:
        simulation, path = store.retrieve_object("simulation")
        better = simulation.model_copy(update={"statistical_inefficiency": 1.0})
        assert store.store_object(better, path) == "simulation"
        assert [one.number for one in store.history("simulation")] == [0, 1, 2]
        store.restore("simulation", 0)
        assert store.retrieve_object("simulation")[0].statistical_inefficiency == 4.0
        store.remove_object("archive")
        store.store_object(density("310 K"))
        assert list(collect_leftovers(store)) == []
        assert list(verify_store(store)) == []


def test_results_are_computed_once_in_it(old_store):
    with ps.open(old_store) as store:
        record = density("330 K")
        wanted = ps.PropertyDataQuery(
            substance=record.substance, thermodynamic_state=record.thermodynamic_state
        )
        key = store.compute_once(wanted, lambda: record).key
        assert store.retrieve_object(key)[0] == record


def test_it_is_backed_up_again_and_again_before_and_after_it_is_brought_up_to_date(
    old_store, tmp_path
):
    for _ in range(2):
        with ps.open(old_store, read_only=True) as store:
            back_up(store, tmp_path / "backup")
    with ps.open(old_store) as store:
        assert back_up(store, tmp_path / "backup").copied == 0
    restore_backup(tmp_path / "backup", tmp_path / "restored")
    with ps.open(tmp_path / "restored") as store:
        check_contents(store)


def test_what_was_replaced_is_kept_when_its_catalog_is_made_anew(old_store):
    catalog = old_store / CATALOG_NAME
    with closing(sqlite3.connect(catalog)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'substances'"
        ).fetchone()
    with catalog.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    assert repair_store(old_store)
    with ps.open(old_store) as store:
        check_contents(store)
    assert stored_format(old_store) == FORMAT
