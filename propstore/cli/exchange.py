"""The commands ``import`` and ``export``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propstore.backends import StorageBackend
from propstore.cli.filters import (
    ContainsOption,
    Filters,
    PhaseOption,
    PressureOption,
    PropertyOption,
    SubstanceOption,
    TagOption,
    TemperatureOption,
    WithoutOption,
)
from propstore.cli.reporting import fail
from propstore.cli.stores import DEFAULT_PLACE, StoreOption, open_or_make, open_to_read

if TYPE_CHECKING:
    from propstore.interchange import ImportReport

__all__ = ["export_records", "import_records"]

OPENFF_KEYS = "object_keys.json"
STANDARD_OUTPUT = "-"


def import_records(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE", help="A table in CSV, or the folder of an OpenFF Evaluator store."
        ),
    ],
    store: StoreOption = DEFAULT_PLACE,
) -> None:
    """Import a property table or an OpenFF store.

    The store is made if it is not there. What it has already is not added again, so an import can
    be repeated. What is not valid or not there is listed, the rest is imported, and the exit code
    is 1.
    """
    _check_source(source)
    opened, is_new = open_or_make(store)
    with opened:
        if is_new:
            typer.echo(f"Made a new store in {store}.")
        report = _import(opened, source)
    typer.echo(report.summary())
    if number := len(report.rejected) + len(report.missing):
        fail(
            f"{number:,} {'entry' if number == 1 else 'entries'} of {source} could not be imported."
        )


def export_records(
    target: Annotated[
        str,
        typer.Argument(
            metavar="OUT", help="The file; - for standard output. With --parquet, a folder."
        ),
    ],
    parquet: Annotated[
        bool, typer.Option("--parquet", help="Write all records, of every type, in Parquet.")
    ] = False,
    substance: SubstanceOption = None,
    contains: ContainsOption = None,
    without: WithoutOption = None,
    property_type: PropertyOption = None,
    temperature: TemperatureOption = None,
    pressure: PressureOption = None,
    phase: PhaseOption = None,
    tag: TagOption = None,
    store: StoreOption = DEFAULT_PLACE,
) -> None:
    """Write properties as a table in CSV, or all records in Parquet.

    The columns are those of OpenFF Evaluator. A file of that name is replaced. Records that are
    not properties have no place in the table.

    With --parquet, OUT is a folder that is not there yet. It has a folder for each record type, and
    is read by DuckDB, pandas, polars and others; its columns are those of the table, the values in
    canonical units, and the records as JSON.
    """
    from propstore.cli.screen import counted, progress
    from propstore.interchange import export_parquet, export_table

    if parquet and target == STANDARD_OUTPUT:
        fail("Parquet is written to a folder, not to standard output; name one.")
    record_type = None if parquet else "property"
    filters = Filters(
        record_type,
        substance,
        contains,
        property_type,
        temperature,
        pressure,
        phase,
        tag,
        without,
    )
    with open_to_read(store) as opened:
        selection = filters.select(opened)
        with progress("exporting", selection.count()) as done:
            matches = counted(selection, done)
            if parquet:
                number = export_parquet(matches, target)
            else:
                number = export_table(matches, sys.stdout if target == STANDARD_OUTPUT else target)
    if target != STANDARD_OUTPUT:
        typer.echo(f"Wrote {number:,} row{'' if number == 1 else 's'} to {target}.")


def _check_source(source: Path) -> None:
    """Refuse what can't be imported, before a store is made for it.

    A pipe, which can be read only once, is left for the import itself.
    """
    from propstore.interchange import read_table

    if not source.is_dir() and not source.is_fifo():
        next(read_table(source), None)
    elif source.is_dir() and not (source / OPENFF_KEYS).is_file():
        fail(f"{str(source)!r} is no store of OpenFF Evaluator: it has no {OPENFF_KEYS}.")


def _import(store: StorageBackend, source: Path) -> ImportReport:
    from propstore.cli.screen import progress
    from propstore.interchange import import_openff_store, import_table

    if source.is_dir():
        with progress("importing objects") as done:
            return import_openff_store(store, source, progress=done)
    with progress("importing rows") as done:
        return import_table(store, source, progress=done)
