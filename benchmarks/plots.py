"""A plot of a table: a bar for each contender, on a logarithmic axis for each column."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.tables import Table, Unit, readable, times

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw"]

ACROSS = 3
OWN, OTHER, REFERENCE = "#1b6ca8", "#b8bec6", "#6b7480"
LABELS: dict[Unit, str] = {"s": "seconds", "B": "bytes", "": "number", "/s": "a second"}


def draw(table: Table, path: Path) -> None:
    """Write the plot of a table as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = [column for column in table.units if any(table.spread(r, column) for r in table.rows)]
    down = math.ceil(len(columns) / ACROSS)
    across = min(len(columns), ACROSS)
    height = 1.2 + 0.3 * len(table.rows)
    figure = Figure(figsize=(5.2 * across, down * height), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(table.title)
    for number, column in enumerate(columns):
        _draw_column(figure.add_subplot(down, across, number + 1), table, column)
    figure.savefig(path, dpi=110)


def _draw_column(axes: Axes, table: Table, column: str) -> None:
    rows, unit = table.rows[::-1], table.units[column]
    spreads = [table.spread(row, column) for row in rows]
    least = min(spread.median for spread in spreads if spread is not None)
    most = max(spread.median for spread in spreads if spread is not None)
    for height, (row, spread) in enumerate(zip(rows, spreads, strict=True)):
        if spread is None:
            axes.annotate(_absence(table, row, column), (0.01, height), fontsize=7, va="center",
                          xycoords=("axes fraction", "data"))  # fmt: skip
            continue
        error = [[spread.median - spread.lower], [spread.upper - spread.median]]
        axes.barh(height, spread.median, color=_colour(row, table), xerr=error, ecolor="#333333")
        ratio = table.ratio(row, column)
        label = readable(spread.median, unit) + ("" if ratio is None else f"  {times(ratio)}")
        axes.annotate(label, (max(spread.upper, spread.median), height), (4, 0),
                      textcoords="offset points", va="center", fontsize=7)  # fmt: skip
    if least > 0.0:
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.set_xlim(least / 3, most * (most / least * 3) ** 0.45 * 2)
    axes.set_yticks(range(len(rows)), rows, fontsize=8)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_title(column, fontsize=9)
    axes.set_xlabel(LABELS[unit], fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _absence(table: Table, row: str, column: str) -> str:
    """Say in a word why there is no bar."""
    remark = table.cells.get((row, column))
    if not remark:
        return ""
    return "cannot" if str(remark).startswith("cannot") else "not measured"


def _colour(row: str, table: Table) -> str:
    if row.startswith("propstore"):
        return OWN
    return REFERENCE if row == table.reference else OTHER
