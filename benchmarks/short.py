"""The short table: what is asked for most, by each tool, at one size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.measuring import Spread
from benchmarks.results import read_tables
from benchmarks.tables import Remark, Table, Unit

__all__ = ["SIZE", "short"]

SIZE = 10_000
REFERENCE = "sqlite3 by hand"
TOOLS = {
    "propstore": "propstore, compute_once",
    REFERENCE: None,
    "signac": "signac",
    "ase.db": None,
    "TinyDB": None,
    "diskcache": "diskcache, memoize",
    "joblib.Memory": "joblib.Memory",
}
"""The tools, and how each shares calculations, as `benchmarks.workers` calls it."""

OPERATIONS = ("store one", "store in batches", "retrieve", "find by substance and state")
CALCULATIONS = "calculations"


def short(directory: Path) -> Table | None:
    """Give the short table of what was measured; None if that was of other sizes.

    Parameters
    ----------
    directory
        Where the results of the parts are.
    """
    tables = read_tables(directory)
    store, workers = tables.get(f"store-{SIZE}"), tables.get("workers", {})
    if store is None:
        return None
    units: dict[str, Unit] = {**dict.fromkeys(OPERATIONS, "s"), CALCULATIONS: ""}
    table = Table("short", f"{SIZE:,} records", REFERENCE, units)
    for tool, sharing in TOOLS.items():
        for operation in OPERATIONS:
            _enter(table, tool, operation, store.get((tool, operation)))
        if sharing is not None:
            _enter(table, tool, CALCULATIONS, workers.get((sharing, CALCULATIONS)))
    return table


def _enter(table: Table, row: str, column: str, cell: Mapping[str, Any] | None) -> None:
    if cell is None:
        return
    if "remark" in cell:
        table.add(row, column, Remark(cell["remark"]))
        return
    table.add(row, column, Spread.of([cell["median"]]))
    if "note" in cell:
        table.notes[row, column] = cell["note"]
