"""Tables of measurements, and how they are printed and written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rich.markup import escape
from rich.table import Table as RichTable

from benchmarks.measuring import Spread

__all__ = ["Remark", "Table", "Unit", "readable", "times"]

Unit = Literal["s", "B", "", "/s"]


class Remark(str):
    """Why there is no measurement."""

    __slots__ = ()


@dataclass
class Table:
    """Measurements of what each contender does, beside those of one of them.

    Attributes
    ----------
    name
        The name of its files.
    title
        What is measured.
    reference
        The contender that the ratios are to; None if there is nothing to compare.
    units
        The columns, and the unit of each: seconds, bytes, a number, or something a second.
    cells
        What was measured, or why not, by contender and column.
    notes
        What has to be known of a measurement, by contender and column.
    """

    name: str
    title: str
    reference: str | None
    units: dict[str, Unit]
    cells: dict[tuple[str, str], Spread | Remark] = field(default_factory=dict)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, row: str, column: str, values: Sequence[float] | Spread | Remark) -> None:
        """Enter what was measured, or why it was not."""
        if not isinstance(values, Spread | Remark):
            values = Spread.of(values)
        self.cells[row, column] = values

    @property
    def rows(self) -> list[str]:
        """The contenders, in the order in which they were entered."""
        return list(dict.fromkeys(row for row, _ in self.cells))

    def spread(self, row: str, column: str) -> Spread | None:
        """Give what was measured, or None."""
        found = self.cells.get((row, column))
        return found if isinstance(found, Spread) else None

    def ratio(self, row: str, column: str) -> float | None:
        """Give how many times the median of the reference a median is."""
        own = self.spread(row, column)
        other = self.spread(self.reference, column) if self.reference is not None else None
        if own is None or other is None or other.median == 0.0:
            return None
        return own.median / other.median

    def to_json(self) -> dict[str, Any]:
        """Give the table as JSON; ``ratio`` is that of a median to the reference's."""
        cells = []
        for (row, column), cell in self.cells.items():
            entry: dict[str, Any] = {"row": row, "column": column, "unit": self.units[column]}
            if isinstance(cell, Spread):
                entry |= vars(cell) | {"ratio": self.ratio(row, column)}
            else:
                entry["remark"] = str(cell)
            if (row, column) in self.notes:
                entry["note"] = self.notes[row, column]
            cells.append(entry)
        head = {"name": self.name, "title": self.title, "reference": self.reference}
        return {**head, "cells": cells}

    def to_rich(self) -> RichTable:
        """Give the table for a terminal, with medians and ratios."""
        footnotes = _Footnotes(self)
        table = RichTable(title=self.title, caption=footnotes.text() or None, show_lines=True)
        table.caption_justify = "left"
        table.add_column("")
        for column in self.units:
            table.add_column(column, justify="right")
        for row in self.rows:
            table.add_row(
                escape(row), *(self._short(row, column, footnotes) for column in self.units)
            )
        return table

    def to_markdown(self) -> str:
        """Give the table as Markdown, with medians, quartiles and ratios."""
        footnotes = _Footnotes(self)
        lines = [
            "| |" + "|".join(f" {column} " for column in self.units) + "|",
            "| --- |" + " ---: |" * len(self.units),
        ]
        for row in self.rows:
            cells = (self._long(row, column, footnotes) for column in self.units)
            lines.append(f"| {row} |" + "|".join(f" {cell} " for cell in cells) + "|")
        text = "\n".join(lines)
        if footnotes.texts:
            text += "\n\n" + "\n".join(f"- {line}" for line in footnotes.lines())
        return text

    def _short(self, row: str, column: str, footnotes: _Footnotes) -> str:
        spread, mark = self.spread(row, column), footnotes.mark(row, column)
        if spread is None:
            return mark or "–"
        ratio = self.ratio(row, column)
        text = readable(spread.median, self.units[column])
        return text + (f" {mark}" if mark else "") + ("" if ratio is None else f"\n{times(ratio)}")

    def _long(self, row: str, column: str, footnotes: _Footnotes) -> str:
        spread, mark = self.spread(row, column), footnotes.mark(row, column)
        if spread is None:
            return mark or "–"
        unit, ratio = self.units[column], self.ratio(row, column)
        text = readable(spread.median, unit)
        if spread.samples > 1:
            text += f" ({readable(spread.lower, unit)} – {readable(spread.upper, unit)})"
        if ratio is not None:
            text += f", **{times(ratio)}**"
        return text + (f" {mark}" if mark else "")


class _Footnotes:
    """The remarks and notes of a table, each given once and numbered."""

    def __init__(self, table: Table) -> None:
        self._table = table
        remarks = (cell for cell in table.cells.values() if isinstance(cell, Remark) and cell)
        self.texts: list[str] = list(dict.fromkeys([*map(str, remarks), *table.notes.values()]))

    def mark(self, row: str, column: str) -> str:
        cell = self._table.cells.get((row, column))
        marks = [str(cell)] if isinstance(cell, Remark) and cell else []
        if (row, column) in self._table.notes:
            marks.append(self._table.notes[row, column])
        numbers = ", ".join(str(self.texts.index(text) + 1) for text in marks)
        word = "cannot " if isinstance(cell, Remark) and cell.startswith("cannot") else ""
        return f"{word}({numbers})" if numbers else ""

    def lines(self) -> Iterator[str]:
        for number, text in enumerate(self.texts, 1):
            yield f"({number}) {text}"

    def text(self) -> str:
        return "\n".join(self.lines())


SCALES: dict[Unit, tuple[tuple[float, str], ...]] = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "B": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
}


def readable(value: float, unit: Unit) -> str:
    """Give a value with a unit of a fitting size."""
    for factor, name in SCALES.get(unit, ()):
        if abs(value) >= factor or name in ("µs", "B"):
            return f"{_three_digits(value / factor)} {name}"
    return f"{_three_digits(value)}{' /s' if unit == '/s' else ''}"


def times(ratio: float) -> str:
    """Give a ratio."""
    return f"×{_three_digits(ratio)}"


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
