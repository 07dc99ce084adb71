"""Records to look for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import propstore as ps
from propstore.query import Condition


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Sample(ps.StoredData, type_name="tests.query_sample@v1"):
    """A record with a field of each kind."""

    number: float | None = None
    count: int = 0
    is_good: bool = True
    text: str = ""
    choice: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    quantity: ps.Quantity | None = None
    length: Annotated[ps.Quantity, ps.Dimension("length", "m")] | None = None
    error: Annotated[ps.Quantity | None, ps.Dimension("uncertainty", None, is_difference=True)] = (
        None
    )
    when: datetime | None = None
    day: date | None = None
    mixed: int | str | None = None
    numbers: dict[str, float] = {}  # noqa: RUF012  pydantic copies defaults
    temperatures: dict[str, ps.Temperature] = {}  # noqa: RUF012
    nested: dict[str, dict[str, int]] = {}  # noqa: RUF012
    anything: dict[str, Any] = {}  # noqa: RUF012
    several: list[int] = []  # noqa: RUF012
    unique: UUID | None = None


def density(
    temperature: str = "298.15 K",
    pressure: str | None = "1 atm",
    substance: ps.Substance | None = None,
    **fields: Any,
) -> ps.PropertyData:
    """Give a density of water, or of something else."""
    return ps.PropertyData(
        **{
            "property_type": "Density",
            "substance": substance or ps.Substance({"O": 1.0}),
            "thermodynamic_state": ps.ThermodynamicState(temperature, pressure),
            "phase": "liquid",
            "value": "0.997 g/ml",
            **fields,
        }
    )


def holds(condition: Condition, record: ps.StoredData) -> bool:
    """Tell whether a condition, bound to the type of a record, holds for it."""
    return condition.bind(type(record)).matches(record)


def matching(condition: Condition, records: Iterable[ps.StoredData]) -> list[ps.StoredData]:
    """Give the records for which a condition holds."""
    return [record for record in records if holds(condition, record)]
