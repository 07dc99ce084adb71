"""Which records a command is about: the options that say it, and the search that they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from propstore.backends import Selection, StorageBackend
from propstore.cli.record_types import OfUnknownType, find_type
from propstore.errors import QueryError
from propstore.model import Component, Quantity, StoredData, UnknownData
from propstore.model.property_types import PROPERTY_TYPES
from propstore.query import Condition, consists_of, contains, field
from propstore.query.fields import resolve_field

__all__ = [
    "ContainsOption",
    "Filters",
    "PhaseOption",
    "PressureOption",
    "PropertyOption",
    "SubstanceOption",
    "TagOption",
    "TemperatureOption",
    "TypeOption",
    "WithoutOption",
]

TEMPERATURE = "thermodynamic_state.temperature"
PRESSURE = "thermodynamic_state.pressure"
NEAR_TEMPERATURE = "0.5 K"
NEAR_PRESSURE = 0.01  # of the pressure
LABEL = "label:"

TypeOption = Annotated[
    str | None,
    typer.Option(
        "--type",
        metavar="NAME",
        help="property, force-field, simulation, equilibration, free-energy, or a whole name.",
    ),
]
SubstanceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--substance",
        metavar="SMILES,...",
        help="The substance consists of these components.",
        show_default=False,
    ),
]
ContainsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--contains",
        metavar="SMILES,...",
        help="The substance has these components, and perhaps others.",
        show_default=False,
    ),
]
WithoutOption = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="SMILES,...",
        help="The substance has none of these components.",
        show_default=False,
    ),
]
PropertyOption = Annotated[
    str | None, typer.Option("--property", metavar="NAME", help="The property, such as Density.")
]
TemperatureOption = Annotated[
    str | None,
    typer.Option(
        "--temperature",
        metavar="WINDOW",
        help="290K:310K, 290K:, :310K, or 298K for what is within 0.5 K, the nearest first.",
    ),
]
PressureOption = Annotated[
    str | None,
    typer.Option(
        "--pressure",
        metavar="WINDOW",
        help="1atm:10atm, 1atm:, :10atm, or 1atm for what is within 1 %, the nearest first.",
    ),
]
PhaseOption = Annotated[
    str | None, typer.Option("--phase", metavar="NAME", help="liquid, gas, solid, or liquid+gas.")
]
TagOption = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="NAME=VALUE", help="A tag that it has.", show_default=False),
]


@dataclass(frozen=True)
class Filters:
    """What the options of a command say; what none of them speaks of may be anything."""

    record_type: str | None = None
    substance: Sequence[str] | None = None
    contains: Sequence[str] | None = None
    property_type: str | None = None
    temperature: str | None = None
    pressure: str | None = None
    phase: str | None = None
    tags: Sequence[str] | None = None
    without: Sequence[str] | None = None

    def select(self, store: StorageBackend) -> Selection[StoredData]:
        """Select the records of a store.

        Raises
        ------
        PropstoreError
            If an option is not what it has to be.
        """
        record_type: type[StoredData] = StoredData
        conditions = self._conditions()
        if self.record_type is not None:
            found = find_type(store, self.record_type)
            if isinstance(found, OfUnknownType):
                record_type, conditions = UnknownData, [found, *conditions]
            else:
                record_type = found
        selection = store.find(record_type, *conditions)
        nearest = {
            name: text
            for name, text in (("temperature", self.temperature), ("pressure", self.pressure))
            if text is not None and ":" not in text
        }
        return selection.nearest(**nearest) if nearest else selection

    def advice(self, store: StorageBackend) -> str:
        """Say what would fit where nothing does, as the end of a sentence; empty if unknown.

        The names of properties are compared to the letter; those that propstore knows are found
        in small letters or capitals as well.
        """
        given = self.property_type or ""
        for name in PROPERTY_TYPES:
            if name != given and name.casefold() == given.casefold():
                number = replace(self, property_type=name).select(store).count()
                return f" With --property {name}, {number:,} would." if number else ""
        return ""

    def _conditions(self) -> list[Condition]:
        conditions: list[Condition] = []
        if self.substance:
            conditions.append(consists_of(*_components(self.substance)))
        conditions += [contains(component) for component in _components(self.contains or ())]
        conditions += [~contains(component) for component in _components(self.without or ())]
        if self.property_type is not None:
            conditions.append(field("property_type") == self.property_type)
        if self.temperature is not None:
            conditions.append(_window(TEMPERATURE, self.temperature))
        if self.pressure is not None:
            conditions.append(_window(PRESSURE, self.pressure))
        if self.phase is not None:
            conditions.append(field("phase") == self.phase)
        return conditions + [_tag(text) for text in self.tags or ()]


def _components(texts: Sequence[str]) -> list[Component]:
    names = [name.strip() for text in texts for name in text.split(",")]
    return [
        Component(label=name.removeprefix(LABEL)) if name.startswith(LABEL) else Component(name)
        for name in names
    ]


def _window(path: str, text: str) -> Condition:
    low, colon, high = (part.strip() for part in text.partition(":"))
    if not colon:
        return field(path).near(text, _tolerance(path, text))
    if low and high:
        return field(path).between(low, high)
    if low:
        return field(path) >= low
    if high:
        return field(path) <= high
    raise QueryError(f"{text!r} is not a window: give LOW:HIGH, LOW:, :HIGH or one value.")


def _tolerance(path: str, text: str) -> Quantity:
    value, unit = resolve_field(StoredData, path).quantity(text)
    if path == TEMPERATURE:
        return Quantity(NEAR_TEMPERATURE)
    return Quantity(value * NEAR_PRESSURE, unit)


def _tag(text: str) -> Condition:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise QueryError(f"{text!r} is not a tag: give NAME=VALUE, such as project=solvents.")
    return field(f"tags.{name}") == value
