"""The stores that the tests of backends run on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import propstore as ps
from tests.backends.three_hooks import DictBackend, JsonFolderBackend

STORES: dict[str, Callable[[Path], ps.StorageBackend]] = {
    "memory": lambda path: ps.MemoryStorage(),
    "local": lambda path: ps.LocalFileStorage(path / "store"),
    "tinydb": lambda path: ps.TinyDBStorage(path / "store"),
    "dictionary": DictBackend,
    "json-folder": lambda path: JsonFolderBackend(path / "store"),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ps.StorageBackend]:
    """Give an empty store of each kind."""
    with STORES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture(params=["local", "tinydb"])
def folder_store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[ps.LocalFileStorage | ps.TinyDBStorage]:
    """Give an empty store of each kind that is a folder."""
    with STORES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def local(tmp_path: Path) -> Iterator[ps.LocalFileStorage]:
    """Give an empty store in a folder."""
    with ps.LocalFileStorage(tmp_path / "store") as opened:
        yield opened
