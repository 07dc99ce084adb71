"""The stores that the tests of backends run on."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import propstore as ps
import pytest_propstore
from tests.backends.three_hooks import DictBackend, JsonFolderBackend
from tests.s3_server import SECRET

S3_VARIABLE = "PROPSTORE_TEST_S3"

STORES: dict[str, Callable[[Path], ps.StorageBackend]] = {
    "memory": lambda path: ps.MemoryStorage(),
    "local": lambda path: ps.LocalFileStorage(path / "store"),
    "tinydb": lambda path: ps.TinyDBStorage(path / "store"),
    "dictionary": DictBackend,
    "json-folder": lambda path: JsonFolderBackend(path / "store"),
}


@pytest.fixture(params=[*STORES, "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ps.StorageBackend]:
    """Give an empty store of each kind."""
    if request.param == "postgres":
        yield request.getfixturevalue("propstore_postgres_store")
        return
    with STORES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture(params=["local", "tinydb"])
def folder_store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[ps.LocalFileStorage | ps.TinyDBStorage]:
    """Give an empty store of each kind that is a folder."""
    with STORES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def propstore_postgres_module_url(_propstore_postgres_server: str) -> Iterator[str]:
    """Give the URL of a store in PostgreSQL for all tests of a module."""
    yield from pytest_propstore.temporary_url(_propstore_postgres_server)


@pytest.fixture
def s3_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give a URL in an object store that no other test has; its credentials are in the environment.

    It is below the one in ``PROPSTORE_TEST_S3``, or on a server of the tests' own.
    """
    own = os.environ.get(S3_VARIABLE)
    if own:
        return f"{own.rstrip('/')}/{uuid.uuid4().hex}"
    s3 = request.getfixturevalue("s3")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.endpoint)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return f"s3://{s3.bucket}/{uuid.uuid4().hex}"


@pytest.fixture
def postgres(propstore_postgres_url: str, s3_url: str) -> Iterator[ps.PostgresStorage]:
    """Give an empty store in PostgreSQL, with its files in an object store."""
    with ps.PostgresStorage(propstore_postgres_url, files=s3_url) as opened:
        yield opened


@pytest.fixture
def local(tmp_path: Path) -> Iterator[ps.LocalFileStorage]:
    """Give an empty store in a folder."""
    with ps.LocalFileStorage(tmp_path / "store") as opened:
        yield opened
