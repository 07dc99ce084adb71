"""The records that every contender keeps, and what they are asked."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from propstore.testing.generator import generated_record

__all__ = [
    "TEMPERATURE_TOLERANCE",
    "Document",
    "Entry",
    "StateQuestion",
    "Window",
    "entries",
    "random_state",
    "random_window",
]

LOWEST, MOST_COMMON, HIGHEST = 250.0, 298.15, 450.0
"""The temperatures of the records in K, which have a triangular distribution."""

TEMPERATURE_TOLERANCE = 1e-4
"""In K. The temperatures have 3 digits: what is within the tolerance is equal."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A record as plain data, with the values that a table has columns for.

    Attributes
    ----------
    number
        Its number, from 0.
    document
        The record as JSON.
    substance
        The substance as a text.
    property_type, temperature, pressure
        The property, the temperature in K and the pressure in kPa.
    """

    number: int
    document: Document
    substance: str
    property_type: str
    temperature: float
    pressure: float


@dataclass(frozen=True)
class StateQuestion:
    """A substance at a temperature in K and a pressure in kPa, with one of its properties."""

    substance: str
    components: Document
    property_type: str
    temperature: float
    pressure: float


@dataclass(frozen=True)
class Window:
    """Temperatures in K, from the one to the other."""

    lower: float
    upper: float


def entries(start: int, stop: int) -> Iterator[Entry]:
    """Make records by their numbers."""
    for number in range(start, stop):
        record = generated_record(number)
        state = record.thermodynamic_state
        assert state.pressure is not None
        yield Entry(
            number,
            record.model_dump(mode="json"),
            str(record.substance),
            record.property_type,
            state.temperature.canonical_value,
            state.pressure.canonical_value,
        )


def random_state(count: int, chance: random.Random) -> StateQuestion:
    """Ask for the substance and the state of one of the first so many records."""
    number = chance.randrange(count)
    (entry,) = entries(number, number + 1)
    return StateQuestion(
        entry.substance,
        entry.document["substance"],
        entry.property_type,
        entry.temperature,
        entry.pressure,
    )


def random_window(count: int, chance: random.Random) -> Window:
    """Ask for temperatures that about a tenth of so many records have, and 1,000 at most."""
    share = min(0.1, 1000 / count)
    start = chance.random() * (1.0 - share)
    return Window(_quantile(start), _quantile(start + share))


def _quantile(share: float) -> float:
    """Give the temperature below which a share of the records is."""
    if share < (MOST_COMMON - LOWEST) / (HIGHEST - LOWEST):
        return LOWEST + math.sqrt(share * (HIGHEST - LOWEST) * (MOST_COMMON - LOWEST))
    return HIGHEST - math.sqrt((1.0 - share) * (HIGHEST - LOWEST) * (HIGHEST - MOST_COMMON))
