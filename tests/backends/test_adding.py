"""Adding records to a catalog in SQLite, which is one statement for most of them."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Self

import pytest

import propstore as ps
from propstore.backends.catalog import Catalog
from propstore.backends.sqlite_storage import SQLiteStorage
from propstore.errors import CorruptRecordError, InvalidDataError, PropstoreError
from tests.backends.conftest import STORES
from tests.samples import AQUEOUS_ETHANOL, density


class Estimate(ps.ReplaceableData, type_name="tests.adding_estimate@v1"):
    """A number of which the best stays, without files."""

    identity_fields: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    error: float

    @classmethod
    def most_information(cls, stored: Self, candidate: Self) -> Self:
        return candidate if candidate.error < stored.error else stored


@pytest.fixture(params=["memory", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SQLiteStorage]:
    """Give a store whose catalog is in SQLite, and that has one record."""
    with STORES[request.param](tmp_path) as opened:
        assert isinstance(opened, SQLiteStorage)
        opened.store_object(density("298.0 K"))
        yield opened


@contextmanager
def statements(store: SQLiteStorage) -> Iterator[list[str]]:
    """List the first words of the statements that change a store."""
    words: list[str] = []
    connection = store._connections._writing_connection()
    connection.set_trace_callback(lambda text: words.append(text.split()[0]))
    try:
        yield words
    finally:
        connection.set_trace_callback(None)


def test_a_key_is_a_random_uuid(store: SQLiteStorage) -> None:
    keys = [store.store_object(density(f"{300 + number} K")) for number in range(50)]

    assert all(uuid.UUID(key).version == 4 and uuid.UUID(key).hex == key for key in keys)
    assert len(set(keys)) == 50


def test_a_new_record_of_a_known_substance_is_added_by_one_statement(store: SQLiteStorage) -> None:
    with statements(store) as alone:
        store.store_object(density("300.0 K"))
    with statements(store) as together, store.batch():
        store.store_object(density("301.0 K"))
        store.store_object(density("302.0 K"))

    assert alone == ["INSERT"]
    assert together == ["BEGIN", "INSERT", "INSERT", "COMMIT"]


def test_a_record_that_is_known_keeps_its_key_alone_and_in_a_batch(store: SQLiteStorage) -> None:
    (key,) = store.keys()

    assert store.store_object(density("298.0 K")) == key
    with store.batch():
        assert store.store_object(density("298.0 K")) == key
        assert store.store_object(density("298.0 K"), storage_key="another") == key
    assert store.keys() == [key]


def test_the_better_record_stays_also_in_a_batch_that_has_both(store: SQLiteStorage) -> None:
    with store.batch():
        key = store.store_object(Estimate(name="pi", error=0.1))
        assert store.store_object(Estimate(name="pi", error=0.01)) == key
        assert store.store_object(Estimate(name="pi", error=0.5)) == key

    stored, _ = store.retrieve_object(key, Estimate)
    assert stored is not None
    assert stored.error == 0.01
    assert len(store.history(key)) == 2


def test_a_record_under_the_key_of_another_is_refused_and_the_batch_goes_on(
    store: SQLiteStorage,
) -> None:
    (key,) = store.keys()

    with store.batch():
        with pytest.raises(InvalidDataError, match="is the key of another record"):
            store.store_object(density("400.0 K"), storage_key=key)
        store.store_object(density("401.0 K"))

    assert len(store) == 2


def test_a_record_that_sqlite_refuses_is_not_there_and_the_batch_goes_on(
    store: SQLiteStorage,
) -> None:
    store._connections._writing_connection().execute(
        "CREATE TEMP TRIGGER refuse BEFORE INSERT ON records WHEN NEW.temperature > 500 "
        "BEGIN SELECT RAISE(ABORT, 'too hot'); END"
    )

    with pytest.raises(PropstoreError, match="too hot"):
        store.store_object(density("600.0 K"))
    with store.batch():
        store.store_object(density("400.0 K"))
        with pytest.raises(PropstoreError, match="too hot"):
            store.store_object(density("601.0 K"))
        store.store_object(density("401.0 K"))

    assert len(store) == 3


def test_a_substance_is_stored_with_its_components_or_not_at_all(
    store: SQLiteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = density("300.0 K", AQUEOUS_ETHANOL)

    def interrupted(substance_id: int, substance: ps.Substance) -> list[tuple[object, ...]]:
        raise KeyboardInterrupt

    with store.batch():
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Catalog, "_component_rows", staticmethod(interrupted))
            store.store_object(new)
        assert store.has_object(new) is None
        key = store.store_object(new)

    assert store.find(ps.PropertyData, ps.contains("CCO")).keys() == [key]


def test_what_is_known_of_a_batch_that_was_undone_is_forgotten(store: SQLiteStorage) -> None:
    new = density("300.0 K", AQUEOUS_ETHANOL)

    with pytest.raises(ZeroDivisionError), store.batch():
        store.store_object(new)
        store.store_object(Estimate(name="pi", error=0.1))
        raise ZeroDivisionError
    keys = [store.store_object(new), store.store_object(Estimate(name="pi", error=0.1))]

    assert store.find(ps.PropertyData, ps.contains("CCO")).keys() == keys[:1]
    assert store.keys(Estimate) == keys[1:]


def test_a_record_that_is_damaged_is_not_taken_for_the_same(store: SQLiteStorage) -> None:
    with store._connections.writing() as connection:
        connection.execute("UPDATE records SET document = '{'")

    with pytest.raises(CorruptRecordError):
        store.store_object(density("298.0 K"))


def test_a_record_that_is_added_alone_is_there_for_others_at_once(tmp_path: Path) -> None:
    with ps.open(tmp_path / "store") as store:
        store.store_object(density("298.0 K"))
        key = store.store_object(density("299.0 K"))

        with sqlite3.connect(tmp_path / "store" / "catalog.sqlite") as other:
            found = other.execute("SELECT key FROM records ORDER BY id DESC LIMIT 1").fetchone()
        other.close()
    assert found == (key,)
