"""What the tests of all packages share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Give the directory of data that this project did not write, or skip the test."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    directory = Path(os.environ.get("PROPSTORE_REAL_DATA", beside))
    needed = ("sage-train-v1.csv", "openff-stored-data/object_keys.json")
    missing = [name for name in needed if not (directory / name).is_file()]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not found in {directory}; set PROPSTORE_REAL_DATA")
    return directory
