"""Many records at once in PostgreSQL: batches, and what other stores bring."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

import propstore as ps
from propstore.backends.postgres import connections, statements
from propstore.cli.app import app
from propstore.errors import InvalidDataError, StoreBusyError
from propstore.query import contains
from propstore.testing.generator import generated_records
from propstore.upkeep import collect_leftovers
from tests.samples import density


@pytest.fixture
def store(propstore_postgres_url: str) -> Iterator[ps.PostgresStorage]:
    with ps.PostgresStorage(propstore_postgres_url) as opened:
        yield opened


@pytest.fixture
def source(tmp_path: Path) -> Iterator[ps.StorageBackend]:
    with ps.open(tmp_path / "source") as opened:
        yield opened


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each statement that is carried out, but for those that are sent along with another."""
    texts: list[str] = []
    execute = statements.execute

    def noting(connection, text, parameters):
        texts.append(text)
        return execute(connection, text, parameters)

    monkeypatch.setattr(connections, "execute", noting)
    monkeypatch.setattr(statements, "execute", noting)
    return texts


def test_a_block_of_records_comes_in_a_few_statements(
    store: ps.PostgresStorage, source: ps.StorageBackend, executed: list[str]
) -> None:
    with source.batch():
        for record in generated_records(500):
            source.store_object(record)
    assert store.update(source).added == 500
    assert len(executed) < 20
    executed.clear()
    assert store.update(source).present == 500
    assert list(store.differences(source)) == []
    assert len(executed) < 20


def test_a_record_of_a_batch_takes_one_statement_if_it_is_new(
    store: ps.PostgresStorage, executed: list[str]
) -> None:
    store.store_object(density("300 K"))
    executed.clear()
    with store.batch():
        for temperature in range(301, 401):
            store.store_object(density(f"{temperature} K"))
    assert len(executed) < 110
    assert len(store) == 101


def test_records_come_in_the_order_that_they_have(
    store: ps.PostgresStorage, source: ps.StorageBackend
) -> None:
    for record in generated_records(50):
        source.store_object(record)
    store.update(source)
    assert store.keys() == source.keys()


def test_what_another_stores_between_looking_and_storing_is_looked_at_again(
    store: ps.PostgresStorage, source: ps.StorageBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, new = source.store_object(density("300 K")), source.store_object(density("310 K"))
    mine = store.store_object(density("300 K"))
    monkeypatch.setattr(store, "_find_identities", _Once({}, store._find_identities))
    report = store.update(source)
    assert (report.added, report.present, report.conflicts) == (1, 1, ())
    assert report.renamed == ((theirs, mine),)
    assert store.keys() == [mine, new]


class _Once:
    """Answers the first question so, and the others as they are answered."""

    def __init__(self, first, later) -> None:
        self.first, self.later = [first], later

    def __call__(self, asked):
        return self.first.pop() if self.first else self.later(asked)


def test_steps_of_a_batch_that_fail_are_undone_and_the_others_stand(
    store: ps.PostgresStorage,
) -> None:
    kept = []
    with store.batch():
        for number in range(300, 310):
            with pytest.raises(InvalidDataError, match="can't store that"):
                store.store_object(ps.ForceFieldData(force_field_source="a\0b"))
            kept.append(store.store_object(density(f"{number} K")))
            assert store.store_object(density(f"{number} K")) == kept[-1]
    assert store.keys() == kept


@pytest.mark.parametrize("before", [0, 1, 99, 100, 101, 205])
def test_a_record_that_fails_leaves_those_before_it_under_their_keys(
    store: ps.PostgresStorage, before: int
) -> None:
    store.store_object(density("290 K", source="first"))
    records = [density(f"{300 + number} K") for number in range(before)]
    with store.batch():
        keys = [store.store_object(record) for record in records]
        with pytest.raises(InvalidDataError, match="can't store that"):
            store.store_object(density("310 K", source="a\0b"))
        with pytest.raises(ZeroDivisionError), store._transaction():
            store.store_object(density("800 K"))
            raise ZeroDivisionError
        keys.append(store.store_object(density("900 K")))
        assert [store.store_object(record) for record in records] == keys[:-1]
    assert store.keys()[1:] == keys
    assert [store.retrieve_object(key)[0] for key in keys[:-1]] == records


def test_a_batch_whose_record_another_stores_while_it_is_stored_again_stores_nothing(
    store: ps.PostgresStorage, propstore_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store.store_object(density("290 K"))
    again = statements.Statements._add_again
    with ps.open(propstore_postgres_url) as other:
        theirs = []

        def store_there_and_add_again(self, additions):
            self.connection.execute("ROLLBACK TO adding")
            theirs.append(other.store_object(density("300 K")))
            again(self, additions)

        monkeypatch.setattr(statements.Statements, "_add_again", store_there_and_add_again)
        with pytest.raises(StoreBusyError, match="nothing of it was stored"), store.batch():
            for number in (300, 310):
                store.store_object(density(f"{number} K"))
            store.store_object(density("320 K", source="a\0b"))
        assert store.keys() == other.keys() == [first, *theirs]


def test_a_record_alone_takes_one_statement_and_one_more_for_a_new_substance(
    store: ps.PostgresStorage, executed: list[str]
) -> None:
    store.store_object(density("300 K"))
    executed.clear()
    store.store_object(density("310 K"))
    assert len(executed) == 1
    store.store_object(density("310 K", ps.Substance.from_components("CCO")))
    assert len(executed) == 3


def test_a_question_takes_one_statement(store: ps.PostgresStorage, executed: list[str]) -> None:
    key = store.store_object(density())
    selection = store.find(ps.PropertyData, contains("O"))
    executed.clear()
    assert selection.keys() == [key]
    assert selection.count() == 1
    assert selection.nearest(temperature="300 K").first().key == key
    assert store.retrieve_object(key)[0] == density()
    assert len(executed) == 4


def test_a_step_that_fails_before_it_wrote_anything_leaves_the_batch_usable(
    store: ps.PostgresStorage,
) -> None:
    with store.batch():
        for _ in range(2):
            with pytest.raises(ZeroDivisionError), store._transaction():
                raise ZeroDivisionError
        with pytest.raises(ZeroDivisionError), store._transaction():
            with store._transaction():
                store.store_object(density("300 K"))
            raise ZeroDivisionError
        key = store.store_object(density("310 K"))
    assert store.keys() == [key]


def test_a_store_without_a_place_for_files_is_collected_and_described(
    store: ps.PostgresStorage, propstore_postgres_url: str
) -> None:
    key = store.store_object(density())
    with store._lock, store._transaction():
        store._store_object(density(), key)
    (left,) = collect_leftovers(store, past_older_than=timedelta(0))
    assert left.what == "past generation"
    assert len(store.history(key)) == 1
    shown = CliRunner().invoke(app, ["info", "--store", propstore_postgres_url])
    assert shown.exit_code == 0
    assert "no place yet" in shown.output
    assert "PostgreSQL" in shown.output
    collected = CliRunner().invoke(app, ["gc", "--store", propstore_postgres_url])
    assert collected.exit_code == 0, collected.output
