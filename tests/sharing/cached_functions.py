"""Functions that are cached, where another process can import them."""

from __future__ import annotations

import os
import time

import propstore as ps
from tests.samples import density
from tests.sharing.calculations import Journal

JOURNAL_VARIABLE = "PROPSTORE_TEST_JOURNAL"


def slow_density(temperature: ps.Temperature) -> ps.PropertyData:
    """Give a density slowly, and note that it was calculated."""
    from pathlib import Path

    Journal(Path(os.environ[JOURNAL_VARIABLE])).note(temperature.value)
    time.sleep(0.1)
    return density(str(temperature))


def ask(root: str, journal: str) -> str:
    """Ask for one density through a cached function."""
    os.environ[JOURNAL_VARIABLE] = journal
    with ps.open(root) as store:
        return str(store.cached(version="1")(slow_density)("298.15 K").value)
