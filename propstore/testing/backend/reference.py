"""Records as plain values, and conditions on them in plain Python: what answers are held to."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from propstore.model import PropertyData
from propstore.query import component_count, consists_of, contains, field, mole_fraction
from propstore.query.conditions import Condition
from propstore.testing.backend.filled import PRESSURE, TEMPERATURE
from propstore.testing.samples import AQUEOUS_ETHANOL, ETHANOL, LYSOZYME, WATER, density

__all__ = ["Case", "Sample", "distance", "random_cases", "random_samples"]

SUBSTANCES = {"water": WATER, "ethanol": ETHANOL, "mixture": AQUEOUS_ETHANOL, "protein": LYSOZYME}
PRESSURES = {None: None, "1 atm": 101.325, "2 bar": 200.0, "150 kPa": 150.0}


class Sample(NamedTuple):
    """A density in plain values.

    Attributes
    ----------
    temperature
        In K.
    pressure
        In kPa, if there is one.
    substance
        One of ``SUBSTANCES``.
    value, uncertainty
        In kg/m³.
    source
        Text.
    group
        The tag of that name.
    """

    temperature: float
    pressure: float | None
    substance: str
    value: float
    uncertainty: float | None
    source: str | None
    group: str | None

    def record(self) -> PropertyData:
        """Give the record; some of its quantities are in other units."""
        temperature = f"{self.temperature} K"
        if self.temperature % 0.5:
            temperature = f"{self.temperature - 273.15:.6f} degC"
        pressure = next(text for text, known in PRESSURES.items() if known == self.pressure)
        uncertainty = None if self.uncertainty is None else f"{self.uncertainty / 1000} g/ml"
        return density(
            temperature,
            SUBSTANCES[self.substance],
            f"{self.value} kg/m**3",
            pressure,
            uncertainty=uncertainty,
            source=self.source,
        )

    def tags(self) -> dict[str, str]:
        """Give the tags that the record is stored with."""
        return {} if self.group is None else {"group": self.group}


class Case(NamedTuple):
    """A condition, and the same in plain Python."""

    condition: Condition
    test: Callable[[Sample], bool]


def random_samples(number: int) -> list[Sample]:
    """Give samples that are all different records, the same each time."""
    choose = random.Random(7)
    samples: dict[Sample, Sample] = {}
    while len(samples) < number:
        sample = Sample(
            temperature=250.0 + choose.randrange(400) / 4,
            pressure=choose.choice(list(PRESSURES.values())),
            substance=choose.choice(list(SUBSTANCES)),
            value=choose.choice([700.0, 785.5, 900.0, 997.0, 1000.0]),
            uncertainty=choose.choice([None, 0.1, 1.0]),
            source=choose.choice([None, "a", "ab", "b"]),
            group=choose.choice([None, "x", "y"]),
        )
        samples.setdefault(sample._replace(group=None), sample)
    return list(samples.values())


def random_cases(number: int) -> Iterator[Case]:
    """Give conditions and combinations of them, the same each time."""
    choose = random.Random(11)
    for _ in range(number):
        yield _random_case(choose, depth=3)


def distance(sample: Sample, temperature: float, pressure: float) -> float:
    """Give the relative distance of a sample's state from another, in K and kPa."""
    if sample.pressure is None:
        return math.inf
    return math.hypot(
        (sample.temperature - temperature) / temperature, (sample.pressure - pressure) / pressure
    )


def _random_case(choose: random.Random, depth: int) -> Case:
    kind = choose.choice(["leaf", "and", "or", "not"]) if depth else "leaf"
    if kind == "leaf":
        return choose.choice([*_LEAVES, _random_range(choose)])
    one = _random_case(choose, depth - 1)
    if kind == "not":
        return Case(~one.condition, lambda sample: not one.test(sample))
    other = _random_case(choose, depth - 1)
    if kind == "and":
        return Case(
            one.condition & other.condition,
            lambda sample: one.test(sample) and other.test(sample),
        )
    return Case(
        one.condition | other.condition, lambda sample: one.test(sample) or other.test(sample)
    )


def _random_range(choose: random.Random) -> Case:
    low = 249.9 + choose.randrange(400) / 4
    high = low + choose.randrange(1, 40)
    condition = field(TEMPERATURE).between(f"{low} K", f"{high - 273.15:.6f} degC")
    return Case(condition, lambda sample: low < sample.temperature < high)


# The bounds lie between samples' values: there the noise of a unit conversion decides nothing.
_LEAVES = [
    Case(field(TEMPERATURE) < "300.1 K", lambda sample: sample.temperature < 300.1),
    Case(field(TEMPERATURE) >= "26.95 degC", lambda sample: sample.temperature > 300.1),
    Case(field(TEMPERATURE) == "275.25 K", lambda sample: sample.temperature == 275.25),
    Case(field(TEMPERATURE) != "2.1 degC", lambda sample: sample.temperature != 275.25),
    Case(
        field(TEMPERATURE).one_of("260 K", "-3.15 degC", "320.5 K"),
        lambda sample: sample.temperature in (260.0, 270.0, 320.5),
    ),
    Case(
        field(TEMPERATURE).near("300 K", "1.6 K"),
        lambda sample: abs(sample.temperature - 300.0) < 1.6,
    ),
    Case(field(PRESSURE).exists(), lambda sample: sample.pressure is not None),
    Case(
        field(PRESSURE) > "1.2 atm",
        lambda sample: sample.pressure is not None and sample.pressure > 121.59,
    ),
    Case(field("value") > "0.91 g/ml", lambda sample: sample.value > 910.0),
    Case(field("value") <= "790 g/l", lambda sample: sample.value < 790.0),
    Case(
        field("uncertainty") < "0.5 kg/m**3",
        lambda sample: sample.uncertainty is not None and sample.uncertainty < 0.5,
    ),
    Case(field("source") == "a", lambda sample: sample.source == "a"),
    Case(field("source") != "a", lambda sample: sample.source in ("ab", "b")),
    Case(
        field("source").startswith("a"),
        lambda sample: sample.source is not None and sample.source.startswith("a"),
    ),
    Case(
        field("source").matches("b$"),
        lambda sample: sample.source is not None and sample.source.endswith("b"),
    ),
    Case(field("tags.group").one_of("x", "z"), lambda sample: sample.group == "x"),
    Case(field("provenance.time") > "2020-01-01", lambda sample: True),
    Case(field("substance") == AQUEOUS_ETHANOL, lambda sample: sample.substance == "mixture"),
    Case(contains("O"), lambda sample: sample.substance != "ethanol"),
    Case(contains("OCC"), lambda sample: sample.substance in ("ethanol", "mixture")),
    Case(contains("c1ccccc1", "ligand"), lambda sample: sample.substance == "protein"),
    Case(consists_of("CCO", "O"), lambda sample: sample.substance == "mixture"),
    Case(mole_fraction("CCO", 0.2, 0.4), lambda sample: sample.substance == "mixture"),
    Case(component_count(2, 3), lambda sample: sample.substance in ("mixture", "protein")),
]
