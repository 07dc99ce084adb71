"""The budgets of the plan, beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Spread
from benchmarks.results import Cells, read_tables
from benchmarks.tables import Remark, Table

__all__ = ["budgets"]

Place = tuple[str, str, str]
"""A table, a row and a column."""


@dataclass(frozen=True)
class Budget:
    """How many times one measurement another may be, at most.

    Attributes
    ----------
    name
        What is bounded.
    own, other
        The table, the row and the column of the two; without the other, it is the own value.
    most
        The bound.
    """

    name: str
    own: Place
    other: Place | None
    most: float


def _store(operation: str, column: str, most: float, size: int = 10_000) -> Budget:
    table = f"store-{size}"
    other = (table, "sqlite3 by hand", column)
    return Budget(f"{operation}, to sqlite3 by hand", (table, "propstore", column), other, most)


def _peer(operation: str, column: str, peer: str, least_times: float) -> Budget:
    table, name = "store-10000", f"{operation}, to {peer}"
    return Budget(name, (table, "propstore", column), (table, peer, column), 1 / least_times)


FEW_HITS = "find by substance and state"
BUDGETS: Sequence[Budget] = (
    _store("store one record, durable", "store one", 2),
    _peer("store one record, durable", "store one", "signac", 3),
    _peer("store one record, durable", "store one", "ase.db", 20),
    _store("store in a batch", "store in batches", 3),
    Budget(
        "store in a batch, seconds a record",
        ("store-10000", "propstore", "store in batches"),
        None,
        1e-4,
    ),
    _store("retrieve by key", "retrieve", 2.5),
    _peer("retrieve by key", "retrieve", "signac", 5),
    _store("query, few hits", FEW_HITS, 3),
    _peer("query, few hits", FEW_HITS, "signac", 100),
    _peer("query, few hits", FEW_HITS, "ase.db", 100),
    Budget(
        "query, few hits, 1,000,000 records, to 10,000",
        ("store-1000000", "propstore", FEW_HITS),
        ("store-10000", "propstore", FEW_HITS),
        1.5,
    ),
    Budget(
        "open, 1,000,000 records, to 1,000",
        ("store-1000000", "propstore", "reopen"),
        ("store-1000", "propstore", "reopen"),
        1.2,
    ),
    Budget("a hit in compute_once, to query", ("hits", "compute_once", "time"),
           ("hits", "query", "time"), 2),
    Budget("files of a record, to cp -r, sha256sum and sync",
           ("files-small", "propstore, directory", "keep"),
           ("files-small", "cp -r, sha256sum, sync", "keep"), 1 / 0.8),
    Budget("a large file, to cp -r, sha256sum and sync",
           ("files-large", "propstore, directory", "keep"),
           ("files-large", "cp -r, sha256sum, sync", "keep"), 1 / 0.8),
    Budget("one frame, to netCDF4", ("frames", "propstore, arrays() once", "a frame"),
           ("frames", "netCDF4", "a frame"), 2),
    Budget("import propstore, seconds", ("footprint", "propstore", "import"), None, 0.2),
)  # fmt: skip


def budgets(directory: Path) -> Table:
    """Give how what was measured compares with the budgets.

    Parameters
    ----------
    directory
        Where the results of the parts are.
    """
    tables = read_tables(directory)
    table = Table("budgets", "Budgets", None, {"budget": "", "measured": "", "of the budget": ""})
    for budget in BUDGETS:
        table.add(budget.name, "budget", [budget.most])
        measured = _measured(budget, tables)
        if measured is None:
            table.add(budget.name, "measured", Remark("not measured in these runs."))
            continue
        table.add(budget.name, "measured", [measured])
        table.add(budget.name, "of the budget", Spread.of([measured / budget.most]))
        if measured > budget.most:
            table.notes[budget.name, "of the budget"] = "missed."
    return table


def _measured(budget: Budget, tables: Mapping[str, Cells]) -> float | None:
    own = _median(budget.own, tables)
    if own is None or budget.other is None:
        return own
    other = _median(budget.other, tables)
    return None if other is None else own / other


def _median(place: Place, tables: Mapping[str, Cells]) -> float | None:
    table, row, column = place
    median: float | None = tables.get(table, {}).get((row, column), {}).get("median")
    return median
