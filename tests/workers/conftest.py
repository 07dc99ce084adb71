from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import propstore as ps
from propstore.objects import Contents, FileContentStorage, MemoryContentStorage


@pytest.fixture(params=["memory", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ps.StorageBackend]:
    """An empty store that has transactions, of each kind."""
    with ps.open("memory:" if request.param == "memory" else tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def contents(store: ps.StorageBackend, tmp_path: Path) -> Contents:
    """Contents beside the store: in memory, or in files."""
    if isinstance(store, ps.MemoryStorage):
        return Contents(MemoryContentStorage())
    return Contents(FileContentStorage(tmp_path / "contents"))
