"""What the rows of a property table say: records, or the reason why a row is not valid.

A row is taken as a whole or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from propstore.errors import InterchangeError, InvalidDataError
from propstore.interchange.report import Rejection
from propstore.interchange.tables.csv_rows import CsvRow, opened_lines, split_rows
from propstore.model.amounts import ComponentAmounts
from propstore.model.component import LABEL_PREFIX, Component, ComponentRole
from propstore.model.phase import PropertyPhase
from propstore.model.quantity import Quantity
from propstore.model.records import PropertyData
from propstore.model.state import ThermodynamicState
from propstore.model.substance import Substance
from propstore.model.tags import checked_tags
from propstore.tables.columns import (
    Column,
    ComponentColumns,
    PropertyColumns,
    TableColumns,
)

__all__ = ["TableRow", "opened_table", "read_table"]

Cells = Sequence[str]


@dataclass(frozen=True)
class TableRow:
    """What one row of a property table says.

    Attributes
    ----------
    line
        The line of the file on which the row begins.
    records
        One for each property of which the row has a value.
    tags
        ``{"id": ...}`` with what stands in the column ``Id``; empty where there is none.
    """

    line: int
    records: tuple[PropertyData, ...]
    tags: Mapping[str, str]


def read_table(source: str | Path | TextIO) -> Iterator[TableRow | Rejection]:
    """Read a property table row by row, without a store.

    Parameters
    ----------
    source
        The path of a CSV file in UTF-8, or an open text stream.

    Yields
    ------
    TableRow or Rejection
        In the order of the file; a rejection names the line, the column and the value.

    Raises
    ------
    InterchangeError
        If the file can't be read, or its header lacks a needed column.
    """
    with opened_table(source) as (_, rows):
        yield from rows


@contextmanager
def opened_table(
    source: str | Path | TextIO,
) -> Iterator[tuple[TableColumns, Iterator[TableRow | Rejection]]]:
    """Open a property table: its columns, and its rows as `read_table` gives them."""
    with opened_lines(source) as lines:
        rows = split_rows(lines)
        columns = _columns(rows)
        yield columns, _table_rows(rows, columns)


def _columns(rows: Iterator[CsvRow | Rejection]) -> TableColumns:
    header = next(rows, None)
    if header is None:
        raise InterchangeError("the table is empty; it has to begin with a header.")
    if isinstance(header, Rejection):
        raise InterchangeError(f"the header can't be read. {header}")
    return TableColumns.from_header(header.cells)


def _table_rows(
    rows: Iterator[CsvRow | Rejection], columns: TableColumns
) -> Iterator[TableRow | Rejection]:
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            yield TableRow(row.line, _records(row.cells, columns), _tags(row.cells, columns))
        except InterchangeError as error:
            yield Rejection(f"line {row.line}", str(error))


@contextmanager
def _blamed_on(cells: Cells, *columns: Column | None) -> Iterator[None]:
    """Say in an error from which cells the faulty value is."""
    try:
        yield
    except InvalidDataError as error:
        given = ", ".join(f"{one.header} {cells[one.place]!r}" for one in columns if one)
        raise InterchangeError(f"{given}: {error}") from error


def _records(cells: Cells, columns: TableColumns) -> tuple[PropertyData, ...]:
    filled = [one for one in columns.properties if cells[one.value.place]]
    if not filled:
        headers = ", ".join(one.value.header for one in columns.properties)
        raise InterchangeError(f"it has no value of any property; the columns are {headers}")
    _refuse_lone_uncertainties(cells, columns)
    state, substance = _state(cells, columns), _substance(cells, columns)
    with _blamed_on(cells, columns.phase):
        phase = PropertyPhase.parse(cells[columns.phase.place])
    source = (columns.source and cells[columns.source.place]) or None
    return tuple(_record(cells, one, substance, state, phase, source) for one in filled)


def _refuse_lone_uncertainties(cells: Cells, columns: TableColumns) -> None:
    for one in columns.properties:
        if one.uncertainty and cells[one.uncertainty.place] and not cells[one.value.place]:
            raise InterchangeError(
                f"{one.uncertainty.header} {cells[one.uncertainty.place]!r}: "
                f"{one.value.header} is empty"
            )


def _record(
    cells: Cells,
    columns: PropertyColumns,
    substance: Substance,
    state: ThermodynamicState,
    phase: PropertyPhase,
    source: str | None,
) -> PropertyData:
    with _blamed_on(cells, columns.value, columns.uncertainty):
        return PropertyData(
            property_type=columns.property_type,
            substance=substance,
            thermodynamic_state=state,
            phase=phase,
            value=_quantity(cells, columns.value),
            uncertainty=_quantity(cells, columns.uncertainty),
            source=source,
        )


def _state(cells: Cells, columns: TableColumns) -> ThermodynamicState:
    temperature = _quantity(cells, columns.temperature)
    if temperature is None:
        raise InterchangeError(f"{columns.temperature.header} is empty")
    with _blamed_on(cells, columns.temperature, columns.pressure):
        return ThermodynamicState(temperature, _quantity(cells, columns.pressure))


def _substance(cells: Cells, columns: TableColumns) -> Substance:
    given = [(one, _amounts(cells, one)) for one in columns.components]
    filled = [(one, amounts) for one, amounts in given if amounts is not None]
    count = columns.component_count
    expected = None if count is None else _number(cells, count)
    if count is not None and expected is not None and expected != len(filled):
        raise InterchangeError(
            f"{count.header} {cells[count.place]!r}: there are {len(filled)} components in the row"
        )
    fractions = [one.mole_fraction for one, _ in filled if one.mole_fraction]
    with _blamed_on(cells, *(fractions or [one.component for one in columns.components])):
        return Substance(amounts for _, amounts in filled)


def _amounts(cells: Cells, columns: ComponentColumns) -> ComponentAmounts | None:
    """Read a component with its amounts, of which 0 means none; None if the cells are empty."""
    name = cells[columns.component.place]
    fraction, count = (
        _number(cells, column) or None if column else None
        for column in (columns.mole_fraction, columns.exact_amount)
    )
    if not name:
        if fraction or count:
            raise InterchangeError(f"{columns.component.header} is empty, but has an amount")
        return None
    role = (columns.role and cells[columns.role.place]) or ComponentRole.SOLVENT
    with _blamed_on(cells, columns.component, columns.role):
        label = name.removeprefix(LABEL_PREFIX) if name.startswith(LABEL_PREFIX) else None
        component = Component(None if label is not None else name, role, label=label)
    with _blamed_on(cells, columns.mole_fraction, columns.exact_amount):
        return ComponentAmounts(component=component, mole_fraction=fraction, exact_amount=count)


def _quantity(cells: Cells, column: Column | None) -> Quantity | None:
    number = None if column is None else _number(cells, column)
    if column is None or column.unit is None or number is None:
        return None
    return Quantity(number, column.unit)


def _number(cells: Cells, column: Column) -> float | None:
    """Read the number in a cell; None if it is empty."""
    cell = cells[column.place]
    if not cell:
        return None
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in cell:
        raise InterchangeError(
            f"{column.header} {cell!r}: not a finite number; where there is none, the cell is empty"
        )
    return number


def _tags(cells: Cells, columns: TableColumns) -> dict[str, str]:
    column = columns.identifier
    if column is None or not cells[column.place]:
        return {}
    with _blamed_on(cells, column):
        return checked_tags({"id": cells[column.place]})
