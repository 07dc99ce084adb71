"""Every backend passes the shipped suite, those that write three hooks and nothing else too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import propstore as ps
from propstore.model import load_document
from propstore.testing import StorageBackendSuite
from propstore.testing.backend.batches import BatchesSuite
from propstore.testing.backend.files import FilesSuite
from propstore.testing.backend.history import HistorySuite
from propstore.testing.backend.moving import MovingSuite
from propstore.upkeep import verify_store
from tests.backends.three_hooks import DictBackend, JsonFolderBackend


class TestLocalFileStorage(StorageBackendSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[ps.LocalFileStorage]:
        with ps.LocalFileStorage(tmp_path / "store") as store:
            yield store

    def check(self, store: ps.LocalFileStorage) -> None:
        assert list(verify_store(store)) == []


class TestTinyDBStorage(StorageBackendSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[ps.TinyDBStorage]:
        with ps.TinyDBStorage(tmp_path / "store") as store:
            yield store

    def check(self, store: ps.TinyDBStorage) -> None:
        contents = store._catalog.contents()
        for row in contents.rows.values():
            assert load_document(row.document, trusted=False).identity() == row.identity
        for row in (*contents.rows.values(), *contents.superseded.values()):
            assert row.files is None or list(store.area.faults(row.files)) == []


class TestPostgresStorage(StorageBackendSuite):
    @pytest.fixture
    def store(self, propstore_postgres_url: str, s3_url: str) -> Iterator[ps.PostgresStorage]:
        with ps.PostgresStorage(propstore_postgres_url, files=s3_url) as store:
            yield store

    def check(self, store: ps.PostgresStorage) -> None:
        assert list(verify_store(store)) == []


class TestPostgresStorageWithFilesInAFolder(FilesSuite, MovingSuite, HistorySuite, BatchesSuite):
    @pytest.fixture
    def store(self, propstore_postgres_store: ps.PostgresStorage) -> ps.PostgresStorage:
        return propstore_postgres_store

    def check(self, store: ps.PostgresStorage) -> None:
        assert list(verify_store(store)) == []


class TestMemoryStorage(StorageBackendSuite):
    can_be_reopened = False
    can_be_shared = False
    can_be_pickled = False
    survives_kills = False

    @pytest.fixture
    def store(self) -> Iterator[ps.MemoryStorage]:
        with ps.MemoryStorage() as store:
            yield store

    def check(self, store: ps.MemoryStorage) -> None:
        assert list(verify_store(store)) == []


class ThreeHooksSuite(StorageBackendSuite):
    can_move = False
    can_archive = False
    has_batches = False
    keeps_history = False
    can_be_shared = False
    can_be_pickled = False
    survives_kills = False
    number_of_records = 1000
    number_of_conditions = 10


class TestDictBackend(ThreeHooksSuite):
    can_remove = False
    can_be_reopened = False

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[DictBackend]:
        with DictBackend(tmp_path) as store:
            yield store


class TestJsonFolderBackend(ThreeHooksSuite):
    number_of_records = 400

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[JsonFolderBackend]:
        with JsonFolderBackend(tmp_path / "store") as store:
            yield store

    def opener(self, store: JsonFolderBackend) -> Callable[[], ps.StorageBackend]:
        return partial(JsonFolderBackend, store.directory)
