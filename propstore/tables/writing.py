"""Property tables out: the columns of OpenFF Evaluator's ``PhysicalPropertyDataSet.to_pandas()``.

Values are written with all their digits, so that a table that is read again gives the same records.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TextIO

from propstore.errors import InterchangeError, ObjectTypeError
from propstore.model.phase import PropertyPhase
from propstore.model.quantity import Quantity
from propstore.model.records import PropertyData
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance
from propstore.model.units import conversion
from propstore.tables.columns import COMPONENT_COLUMNS, STATE_COLUMNS, property_headers

if TYPE_CHECKING:
    import pandas

__all__ = ["export_table", "to_frame"]

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


class _Row(NamedTuple):
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


class _Table:
    """The rows of an export, and which columns all of them together need."""

    def __init__(self, matches: Iterable[tuple[str, StoredData, object]]) -> None:
        self._units: dict[_Property, str] = {}
        self._component_count = 0
        self.rows = [self._row(key, record) for key, record, _ in matches]
        self._properties = sorted(self._units)

    def _row(self, key: str, record: StoredData) -> _Row:
        if not isinstance(record, PropertyData):
            raise ObjectTypeError(
                f"the record {key} is a {type(record).__name__}; "
                "only PropertyData can be written as a table."
            )
        state, value = record.thermodynamic_state, record.value
        column = _Property(record.property_type, value.canonical_unit)
        unit = self._units.setdefault(column, OPENFF_UNITS.get(record.property_type, value.unit))
        self._component_count = max(self._component_count, len(record.substance.amounts))
        return _Row(
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
        components = [
            f"{name} {number + 1}"
            for number in range(self._component_count)
            for name in COMPONENT_COLUMNS
        ]
        properties = [
            header
            for column in self._properties
            for header in property_headers(column.property_type, self._units[column])
        ]
        return [*STATE_COLUMNS, *components, *properties, "Source"]

    def cells(self) -> Iterator[list[Cell]]:
        for row in self.rows:
            components = _component_cells(row.substance)
            components += [None] * (self._component_count * 4 - len(components))
            properties: list[Cell] = [None] * (2 * len(self._properties))
            place = 2 * self._properties.index(row.property)
            properties[place : place + 2] = row.value, row.uncertainty
            yield [
                row.identifier,
                row.temperature,
                row.pressure,
                " + ".join(part.capitalize() for part in str(row.phase).split("+")),
                len(row.substance.amounts),
                *components,
                *properties,
                row.source,
            ]


def export_table(
    matches: Iterable[tuple[str, StoredData, object]], target: str | Path | TextIO
) -> int:
    """Write records as a property table in CSV.

    The column ``Id`` has a record's tag ``id``, or its key where there is none. Densities are in
    g/ml and molar energies in kJ/mol, as OpenFF Evaluator has them; a property that it does not
    know is in the unit of the first record.

    Parameters
    ----------
    matches
        Keys, records and paths, as a selection gives them.
    target
        The path of the file, which is replaced if there is one, or an open text stream.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    ObjectTypeError
        If a record is not a `PropertyData`.
    InterchangeError
        If the file can't be written.
    """
    table = _Table(matches)
    if not isinstance(target, str | Path):
        _write(table, target)
        return len(table.rows)
    try:
        with Path(target).open("w", encoding="utf-8", newline="") as stream:
            _write(table, stream)
    except OSError as error:
        raise InterchangeError(f"{target} can't be written: {error.strerror or error}.") from error
    return len(table.rows)


def to_frame(matches: Iterable[tuple[str, StoredData, object]]) -> pandas.DataFrame:
    """Give records as a data frame, with the columns and the values of `export_table`.

    Parameters
    ----------
    matches
        Keys, records and paths, as a selection gives them.

    Returns
    -------
    pandas.DataFrame
        One row a record; numbers are floats, with NaN where there is none.

    Raises
    ------
    ImportError
        If pandas is not installed.
    ObjectTypeError
        If a record is not a `PropertyData`.
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            "a data frame needs pandas, which is not installed: pip install 'propstore[pandas]'"
        ) from error
    table = _Table(matches)
    frame = pandas.DataFrame(list(table.cells()), columns=table.header())
    numeric = [name for name in frame.columns if _is_numeric(name)]
    return frame.astype({**dict.fromkeys(numeric, "float64"), "N Components": "int64"})


def _write(table: _Table, stream: TextIO) -> None:
    plain = csv.writer(stream, lineterminator="\n")
    # A writer does not quote a lone carriage return, at which readers end a line all the same.
    quoting = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(table.header())
    for cells in table.cells():
        has_return = any(isinstance(cell, str) and "\r" in cell for cell in cells)
        (quoting if has_return else plain).writerow(cells)


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


def _is_numeric(header: str) -> bool:
    return header.endswith(")") or header.startswith(("Mole Fraction ", "Exact Amount "))
