"""Requests and calculations that the tests of computing once use."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import propstore as ps
from tests.samples import WATER, density


def wanted(temperature: str = "298.15 K", **fields: object) -> ps.PropertyDataQuery:
    """Ask for the density of water at a temperature."""
    return ps.PropertyDataQuery(
        substance=WATER,
        thermodynamic_state=ps.ThermodynamicState(temperature, "1 atm"),
        property_type="Density",
        **fields,
    )


def answered(query: ps.PropertyDataQuery) -> ps.PropertyData:
    """Give the density that a query asks for."""
    return density(str(query.thermodynamic_state.temperature))


def never(*_: object) -> ps.PropertyData:
    """Fail: nothing is to be calculated."""
    raise AssertionError("it was calculated, although it is stored")


class Journal:
    """Counts calculations in all processes, also in those that are killed: by empty files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def note(self, what: object) -> None:
        """Note that something was calculated."""
        (self.directory / f"{what}~{uuid4().hex}").touch()

    def counts(self) -> Counter[str]:
        """Give how often each was calculated."""
        return Counter(path.name.partition("~")[0] for path in self.directory.iterdir())


def wait_until(is_so: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is so, and fail if it takes too long."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be so"
        time.sleep(0.005)
