"""The commands ``copy`` and ``diff``."""

from __future__ import annotations

from typing import Annotated

import typer

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
from propstore.cli.reporting import FAILED
from propstore.cli.stores import open_or_make, open_there

__all__ = ["copy_records", "show_differences"]


def copy_records(
    source: Annotated[str, typer.Argument(metavar="SRC", help="The store to copy from.")],
    destination: Annotated[
        str, typer.Argument(metavar="DEST", help="The store to copy to; it is made if need be.")
    ],
    record_type: TypeOption = None,
    substance: SubstanceOption = None,
    contains: ContainsOption = None,
    without: WithoutOption = None,
    property_type: PropertyOption = None,
    temperature: TemperatureOption = None,
    pressure: PressureOption = None,
    phase: PhaseOption = None,
    tag: TagOption = None,
    files: Annotated[
        str | None,
        typer.Option(
            "--files", metavar="URL", help="Where DEST keeps files, if that is not in a folder."
        ),
    ] = None,
) -> None:
    """Copy the records of a store to another, with their files.

    Keys, tags and provenance are kept. SRC may be written to meanwhile. What DEST has is not
    copied again, so a copy that was interrupted goes on when it is asked for again. What differs
    from what DEST has, without it being told which has more information, is listed and left, and
    the exit code is 1.
    """
    from propstore.cli.screen import progress

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
    with open_there(source, read_only=True) as opened:
        selection = filters.select(opened)
        destined, is_new = open_or_make(destination, files=files)
        with destined:
            if is_new:
                typer.echo(f"Made a new store in {destination}.")
            with progress("copying records", selection.count()) as done:
                report = destined.update(selection, progress=done)
    typer.echo(report.summary())
    if report.conflicts:
        raise typer.Exit(FAILED)


def show_differences(
    first: Annotated[str, typer.Argument(metavar="A", help="A store.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another store.")],
) -> None:
    """Tell in which records two stores differ.

    Records are compared by their fields, their tags and the digests of their files, not by who
    stored them and when. The exit code is 1 if there is a difference.
    """
    from propstore.cli.screen import progress

    number = 0
    with (
        open_there(first, read_only=True) as one,
        open_there(second, read_only=True) as other,
    ):
        with progress("comparing records", len(one) + len(other)) as done:
            for difference in one.differences(other, progress=done):
                number += 1
                typer.echo(_line(*difference, first, second))
        if not number:
            typer.echo(f"{len(one):,} record{'' if len(one) == 1 else 's'} compared: all is equal.")
    if number:
        typer.echo(f"{number:,} difference{'' if number == 1 else 's'}.")
        raise typer.Exit(FAILED)


def _line(kind: str, key: str, reason: str, first: str, second: str) -> str:
    where = {
        "only in the first": f"only in {first}",
        "only in the second": f"only in {second}",
        "different": "different",
    }
    return f"{where[kind]}: {key}" + (f": {' '.join(reason.split())}" if reason else "")
