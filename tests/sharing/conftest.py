"""The stores that the tests of computing once run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import propstore as ps
from tests.backends.conftest import STORES


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ps.StorageBackend]:
    """Give an empty store of each kind."""
    with STORES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def local(tmp_path: Path) -> Iterator[ps.LocalFileStorage]:
    """Give an empty store in a folder."""
    with ps.LocalFileStorage(tmp_path / "store") as opened:
        yield opened
