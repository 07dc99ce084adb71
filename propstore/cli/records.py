"""The commands ``ls``, ``show`` and ``rm``."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from propstore.backends import Match, StorageBackend
from propstore.cli.files import files_path
from propstore.cli.filters import (
    ContainsOption,
    Filters,
    PhaseOption,
    PressureOption,
    PropertyOption,
    SubstanceOption,
    TagOption,
    TemperatureOption,
    TypeOption,
    WithoutOption,
)
from propstore.cli.reporting import fail
from propstore.cli.stores import DEFAULT_PLACE, StoreOption, full_key, open_to_read, open_to_write
from propstore.model import StoredData

__all__ = ["list_records", "remove_records", "show_record"]

ROWS_IN_A_TABLE = 50

JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, with all digits.")]


def list_records(
    record_type: TypeOption = None,
    substance: SubstanceOption = None,
    contains: ContainsOption = None,
    without: WithoutOption = None,
    property_type: PropertyOption = None,
    temperature: TemperatureOption = None,
    pressure: PressureOption = None,
    phase: PhaseOption = None,
    tag: TagOption = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="NUMBER",
            min=1,
            help="How many at most; 50 unless told otherwise, and all with --json.",
        ),
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = DEFAULT_PLACE,
) -> None:
    """List the records that fit all options.

    With --json, each line is an object: the record's key, the directory of its files, and the
    record as it is stored.
    """
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
        if as_json:
            for match in selection if limit is None else selection.limit(limit):
                sys.stdout.write(f"{_json_line(opened, match)}\n")
            return
        matches = list(selection.limit(limit or ROWS_IN_A_TABLE))
        if not matches:
            none_fits = f"No record fits.{filters.advice(opened)}"
            typer.echo(none_fits if filters != Filters() else "The store has no records.")
            return
        from propstore.cli.screen import print_table
        from propstore.cli.tables import records_table

        print_table(records_table(matches))
        number = selection.count()
        typer.echo(f"\n{len(matches):,} of {number:,} record{'' if number == 1 else 's'}.")


def show_record(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="The key, or the beginning that tells it.")
    ],
    as_json: JsonOption = False,
    store: StoreOption = DEFAULT_PLACE,
) -> None:
    """Show a record with its files."""
    with open_to_read(store) as opened:
        whole_key = full_key(opened, key)
        record, path = opened.retrieve_object(whole_key)
        if record is None:
            fail(f"the record {whole_key} was removed just now.")
        match = Match(whole_key, record, path)
        if as_json:
            sys.stdout.write(f"{_json_line(opened, match)}\n")
            return
        from propstore.cli.screen import print_table
        from propstore.cli.tables import details_table

        place = None if path is None else files_path(opened, path)
        print_table(details_table(match, "elsewhere" if place is None else str(place)))


def remove_records(
    keys: Annotated[
        list[str],
        typer.Argument(metavar="KEY", help="The keys, or the beginnings that tell them."),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    store: StoreOption = DEFAULT_PLACE,
) -> None:
    """Remove records and their files.

    All that are named are removed, or none if one of them is not there.
    """
    with open_to_write(store) as opened:
        whole_keys = list(dict.fromkeys(full_key(opened, key) for key in keys))
        what = whole_keys[0] if len(whole_keys) == 1 else f"{len(whole_keys)} records"
        if not yes:
            if not sys.stdin.isatty():
                fail("rm asks before it removes, and no terminal can answer; give --yes.")
            if not typer.confirm(f"Remove {what} with all files?"):
                fail("nothing was removed.")
        with opened.batch():
            for key in whole_keys:
                opened.remove_object(key)
    typer.echo(f"Removed {what}.")


def _json_line(store: StorageBackend, match: Match[StoredData]) -> str:
    """Write a record as it is stored, after its key and where its files are.

    The files are null where there are none, and true where they are not on this machine.
    """
    files: str | bool | None = None
    if match.path is not None:
        place = files_path(store, match.path)
        files = True if place is None else str(place)
    head = f'"key":{json.dumps(match.key)},"files":{json.dumps(files)}'
    return f'{{{head},"record":{match.record.to_json()}}}'
