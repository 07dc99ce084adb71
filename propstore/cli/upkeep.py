"""The commands ``init``, ``info`` and ``verify``."""

from __future__ import annotations

from itertools import count
from typing import Annotated

import typer

from propstore.cli.reporting import FAILED
from propstore.cli.stores import (
    DEFAULT_PLACE,
    PLACE_VARIABLE,
    StoreOption,
    open_or_make,
    open_to_read,
    with_a_catalog,
)

__all__ = ["initialise", "show_store", "verify"]


def initialise(
    path: Annotated[
        str,
        typer.Argument(metavar="PATH", envvar=PLACE_VARIABLE, help="The folder of the store."),
    ] = DEFAULT_PLACE,
) -> None:
    """Make a store in a folder, which may be there already."""
    opened, is_new = open_or_make(path)
    with opened:
        if is_new:
            typer.echo(f"Made a new store in {path}.")
        else:
            typer.echo(f"There is a store in {path} already, with {len(opened):,} records.")


def show_store(store: StoreOption = DEFAULT_PLACE) -> None:
    """Tell what a store is and what it holds."""
    from propstore.cli.screen import print_table
    from propstore.cli.summary import summary_table

    with open_to_read(store) as opened:
        table = summary_table(with_a_catalog(opened))
    print_table(table)


def verify(store: StoreOption = DEFAULT_PLACE) -> None:
    """Check every record and every file.

    What is wrong is named, and the exit code is 1 if anything is.
    """
    from propstore.cli.screen import progress
    from propstore.upkeep.verification import verify_store

    with open_to_read(store) as opened:
        number, checked = len(opened), count(1)
        with progress("verifying records", number) as done:
            faults = list(
                verify_store(with_a_catalog(opened), progress=lambda _: done(next(checked)))
            )
    for fault in faults:
        typer.echo(str(fault))
    what = f"{number:,} record{'' if number == 1 else 's'}"
    if faults:
        typer.echo(f"{what} checked: {len(faults):,} fault{'' if len(faults) == 1 else 's'}.")
        raise typer.Exit(FAILED)
    typer.echo(f"{what} checked: all is well.")
