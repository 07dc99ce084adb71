"""A store in a folder, and processes that work on copies of one until they are killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import propstore as ps
from tests.upkeep.victims import Victims


@pytest.fixture
def local(tmp_path: Path) -> Iterator[ps.LocalFileStorage]:
    """Give an empty store in a folder."""
    with ps.LocalFileStorage(tmp_path / "store") as opened:
        yield opened


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    """Give a process that forks others, which are killed at a step that is chosen."""
    with Victims() as started:
        yield started
