"""The command ``repair``."""

from __future__ import annotations

import typer

from propstore.cli.reporting import FAILED
from propstore.cli.stores import DEFAULT_PLACE, StoreOption, folder_of, in_a_folder, open_to_read

__all__ = ["repair"]


def repair(store: StoreOption = DEFAULT_PLACE) -> None:
    """Make a damaged store sound again.

    A damaged catalog is made anew from what can be read of it, and from the JSON beside the files.
    What can't be read is put in the folder quarantine of the store. All that is done is told, and
    the store is verified after it; the exit code is 1 if something is still wrong.
    """
    from propstore.upkeep.repair import repair_store
    from propstore.upkeep.verification import verify_store

    remedies = repair_store(folder_of(store))
    for remedy in remedies:
        typer.echo(str(remedy))
    if not remedies:
        typer.echo("All is well: there was nothing to repair.")
        return
    with open_to_read(store) as opened:
        faults = list(verify_store(in_a_folder(opened)))
        number = len(opened)
    for fault in faults:
        typer.echo(f"still wrong: {fault}")
    told = f"{len(remedies):,} finding{'' if len(remedies) == 1 else 's'}"
    if faults:
        typer.echo(f"{told}; {len(faults):,} fault{'' if len(faults) == 1 else 's'} left.")
        raise typer.Exit(FAILED)
    typer.echo(f"{told}; now all is well with {number:,} record{'' if number == 1 else 's'}.")
