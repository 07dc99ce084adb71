"""The columns of a property table: what its header says, and the headers that propstore writes.

They are those of OpenFF Evaluator's ``PhysicalPropertyDataSet.to_pandas()``: the state, the phase,
four columns for every component, two for every property, and the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from propstore.errors import DimensionError, InterchangeError
from propstore.model.property_types import PROPERTY_TYPES
from propstore.model.units import conversion, dimension_name

__all__ = [
    "COMPONENT_COLUMNS",
    "STATE_COLUMNS",
    "Column",
    "ComponentColumns",
    "PropertyColumns",
    "TableColumns",
    "property_headers",
]

STATE_COLUMNS = ("Id", "Temperature (K)", "Pressure (kPa)", "Phase", "N Components")
COMPONENT_COLUMNS = ("Component", "Role", "Mole Fraction", "Exact Amount")

_VALUE = re.compile(r"(?P<name>.+?) Value \((?P<unit>.*)\)")
_UNCERTAINTY = r"Uncertainty \((?P<unit>.*)\)"
_COMPONENT = re.compile(r"Component (?P<number>[1-9]\d*)", re.ASCII)


class Column(NamedTuple):
    """One column: its header, its place, and the unit that the header says."""

    header: str
    place: int
    unit: str | None = None


class ComponentColumns(NamedTuple):
    """The columns of one component."""

    component: Column
    role: Column | None
    mole_fraction: Column | None
    exact_amount: Column | None


class PropertyColumns(NamedTuple):
    """The columns of one property."""

    property_type: str
    value: Column
    uncertainty: Column | None


@dataclass(frozen=True)
class TableColumns:
    """Where in a row everything stands.

    Attributes
    ----------
    temperature, pressure, phase, identifier, component_count, source
        The columns of what a row has one of; ``None`` for one that the table does not have.
    components, properties
        The columns of the components, in the order of their numbers, and of the properties.
    ignored
        The headers of the columns that have no meaning here.
    """

    temperature: Column
    phase: Column
    pressure: Column | None
    identifier: Column | None
    component_count: Column | None
    source: Column | None
    components: tuple[ComponentColumns, ...]
    properties: tuple[PropertyColumns, ...]
    ignored: tuple[str, ...]

    @classmethod
    def from_header(cls, header: Sequence[str]) -> TableColumns:
        """Find the columns by their headers.

        Raises
        ------
        InterchangeError
            If a needed column is missing, one is there twice, or a unit is not one of what the
            column holds.
        """
        columns = _Headers(header)
        temperature, phase = columns.quantity("Temperature", "K"), columns.take("Phase")
        components, properties = columns.components(), columns.properties()
        found = {
            "Temperature (K)": temperature,
            "Phase": phase,
            "Component 1": components,
            "Mole Fraction 1 or Exact Amount 1": all(
                one.mole_fraction or one.exact_amount for one in components
            ),
            "a value, such as Density Value (g / ml)": properties,
        }
        missing = [name for name, column in found.items() if not column]
        if temperature is None or phase is None or missing:
            raise InterchangeError(
                f"this is not a table of properties: it has no column {'; '.join(missing)}. "
                f"Its columns are {', '.join(map(repr, header))}."
            )
        return cls(
            temperature=temperature,
            phase=phase,
            pressure=columns.quantity("Pressure", "kPa"),
            identifier=columns.take("Id"),
            component_count=columns.take("N Components"),
            source=columns.take("Source"),
            components=components,
            properties=properties,
            ignored=columns.rest(),
        )


class _Headers:
    """The headers of a table, from which those that are understood are taken one after another."""

    def __init__(self, header: Iterable[str]) -> None:
        self._columns: dict[str, Column] = {}
        for place, name in enumerate(header):
            if name and name in self._columns:
                raise InterchangeError(f"the table has two columns {name!r}.")
            self._columns[name] = Column(name, place)

    def take(self, name: str) -> Column | None:
        """Take a column by its whole header."""
        return self._columns.pop(name, None)

    def quantity(self, name: str, unit: str) -> Column | None:
        """Take the column of a temperature or a pressure, in whatever unit."""
        matches = self._matches(re.compile(rf"{name} \((?P<unit>.*)\)"))
        if len(matches) > 1:
            headers = " and ".join(repr(match[0]) for match in matches)
            raise InterchangeError(f"the table has two columns for one thing, {headers}.")
        return self._in_unit(matches[0], unit) if matches else None

    def components(self) -> tuple[ComponentColumns, ...]:
        """Take the columns of all components that have one for the SMILES."""
        matches = self._matches(_COMPONENT)
        return tuple(
            ComponentColumns(
                self._columns.pop(f"Component {number}"),
                *(self.take(f"{name} {number}") for name in COMPONENT_COLUMNS[1:]),
            )
            for number in sorted(int(match["number"]) for match in matches)
        )

    def properties(self) -> tuple[PropertyColumns, ...]:
        """Take the columns of all values, each with that of its uncertainty.

        Where a property has several columns, each needs an uncertainty in its own unit.
        """
        found = []
        values = self._matches(_VALUE)
        for match in values:
            name, known = match["name"], PROPERTY_TYPES.get(match["name"])
            value = self._in_unit(match, known.unit if known else None)
            is_only = [one["name"] for one in values].count(name) == 1
            uncertainties = [
                one
                for one in self._matches(re.compile(rf"{re.escape(name)} {_UNCERTAINTY}"))
                if is_only or one["unit"] == match["unit"]
            ]
            uncertainties.sort(key=lambda one: one["unit"] != match["unit"])
            uncertainty = self._in_unit(uncertainties[0], value.unit) if uncertainties else None
            found.append(PropertyColumns(name, value, uncertainty))
        return tuple(found)

    def rest(self) -> tuple[str, ...]:
        """Give the named headers that nobody took."""
        return tuple(name for name in self._columns if name)

    def _matches(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        return [match for match in map(pattern.fullmatch, self._columns) if match]

    def _in_unit(self, match: re.Match[str], like: str | None) -> Column:
        header, unit = match[0], match["unit"].strip() or "dimensionless"
        try:
            given = conversion(unit).canonical_unit
        except DimensionError as error:
            raise InterchangeError(f"the column {header!r}: {error}") from error
        wanted = given if like is None else conversion(like).canonical_unit
        if given != wanted:
            raise InterchangeError(
                f"the column {header!r} has a unit of {dimension_name(given)}; "
                f"it has to be one of {dimension_name(wanted)}, such as {like}."
            )
        return self._columns.pop(header)._replace(unit=unit)


def property_headers(property_type: str, unit: str) -> tuple[str, str]:
    """Give the headers of a property's value and uncertainty."""
    spelled = "" if unit == "dimensionless" else unit
    return f"{property_type} Value ({spelled})", f"{property_type} Uncertainty ({spelled})"
