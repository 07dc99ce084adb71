"""The layout of a property table: which columns its records need, and what stands in them."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from propstore.errors import ObjectTypeError
from propstore.model.phase import PropertyPhase
from propstore.model.quantity import Quantity
from propstore.model.records import PropertyData
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance
from propstore.model.units import conversion
from propstore.tables.columns import COMPONENT_COLUMNS, STATE_COLUMNS, property_headers

__all__ = ["Cell", "LayoutRow", "TableLayout"]

OPENFF_UNITS = MappingProxyType(
    {
        "Density": "g / ml",
        "DielectricConstant": "dimensionless",
        "EnthalpyOfMixing": "kJ / mol",
        "EnthalpyOfVaporization": "kJ / mol",
        "ExcessMolarVolume": "cm ** 3 / mol",
        "HostGuestBindingAffinity": "kJ / mol",
        "OsmoticCoefficient": "dimensionless",
        "SolvationFreeEnergy": "kJ / mol",
    }
)
"""The unit in which OpenFF Evaluator writes each of its properties (its ``default_unit()``)."""

Cell = str | float | int | None


class _Property(NamedTuple):
    """The columns of a property: its name, and the dimension by its canonical unit."""

    property_type: str
    canonical_unit: str


class LayoutRow(NamedTuple):
    """What one record has in its columns, as little of it as can be kept for a million."""

    identifier: str
    temperature: float
    pressure: float | None
    phase: PropertyPhase
    substance: Substance
    property: _Property
    value: float
    uncertainty: float | None
    source: str | None


class TableLayout:
    """Which columns the records of a table need, as far as they are known."""

    def __init__(self) -> None:
        self._units: dict[_Property, str] = {}
        self._component_count = 0

    def row(self, key: str, record: StoredData) -> LayoutRow:
        """Give what a record has in its columns, and take note of which they are.

        Raises
        ------
        ObjectTypeError
            If it is not a `PropertyData`.
        """
        if not isinstance(record, PropertyData):
            raise ObjectTypeError(
                f"the record {key} is a {type(record).__name__}; "
                "only PropertyData can be written as a table."
            )
        state, value = record.thermodynamic_state, record.value
        column = _Property(record.property_type, value.canonical_unit)
        unit = self._units.setdefault(column, OPENFF_UNITS.get(record.property_type, value.unit))
        self._component_count = max(self._component_count, len(record.substance.amounts))
        return LayoutRow(
            identifier=record.tags.get("id", key),
            temperature=state.temperature.to("K").value,
            pressure=None if state.pressure is None else state.pressure.to("kPa").value,
            phase=record.phase,
            substance=record.substance,
            property=column,
            value=value.to(unit).value,
            uncertainty=_difference(record.uncertainty, unit),
            source=record.source,
        )

    def header(self) -> list[str]:
        """Give the headers of all columns."""
        components = [
            f"{name} {number + 1}"
            for number in range(self._component_count)
            for name in COMPONENT_COLUMNS
        ]
        properties = [
            header
            for column in sorted(self._units)
            for header in property_headers(column.property_type, self._units[column])
        ]
        return [*STATE_COLUMNS, *components, *properties, "Source"]

    def cells(self, row: LayoutRow) -> list[Cell]:
        """Give what stands in each column."""
        components = _component_cells(row.substance)
        components += [None] * (self._component_count * len(COMPONENT_COLUMNS) - len(components))
        properties: list[Cell] = [None] * (2 * len(self._units))
        place = 2 * sorted(self._units).index(row.property)
        properties[place : place + 2] = row.value, row.uncertainty
        return [
            row.identifier,
            row.temperature,
            row.pressure,
            " + ".join(part.capitalize() for part in str(row.phase).split("+")),
            len(row.substance.amounts),
            *components,
            *properties,
            row.source,
        ]


def _component_cells(substance: Substance) -> list[Cell]:
    cells: list[Cell] = []
    for one in substance.amounts:
        role = one.component.role.value.capitalize()
        cells += [one.component.name, role, one.mole_fraction, one.exact_amount]
    return cells


def _difference(uncertainty: Quantity | None, unit: str) -> float | None:
    """Give an uncertainty in a unit, where the zero of the unit has no meaning."""
    if uncertainty is None or uncertainty.unit == unit:
        return None if uncertainty is None else uncertainty.value
    return uncertainty.value * conversion(uncertainty.unit).factor / conversion(unit).factor
