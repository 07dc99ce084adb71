"""The stores that are imported into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import propstore as ps
from tests.backends.three_hooks import DictBackend
from tests.interchange.interchange_files import OpenFFStore

STORES: dict[str, Callable[[Path], ps.StorageBackend]] = {
    "memory": lambda path: ps.open("memory:"),
    "local": ps.open,
    "three-hooks": DictBackend,  # it has no transactions
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ps.StorageBackend]:
    """Give an empty store of each kind."""
    with STORES[request.param](tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def openff_store(tmp_path: Path) -> OpenFFStore:
    """Give an empty store of OpenFF Evaluator."""
    return OpenFFStore(tmp_path / "openff")
