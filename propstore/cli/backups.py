"""The commands ``backup`` and ``restore``."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Annotated

import typer

from propstore.cli.reporting import FAILED
from propstore.cli.stores import DEFAULT_PLACE, StoreOption, folder_of, in_a_folder, open_to_read

if TYPE_CHECKING:
    from propstore.upkeep.backup import BackedUp

__all__ = ["backup", "restore"]


def backup(
    destination: Annotated[
        str, typer.Argument(metavar="DEST", help="A new folder, or one with an earlier backup.")
    ],
    store: StoreOption = DEFAULT_PLACE,
) -> None:
    """Copy the store as it is at one moment, while others go on writing.

    To a folder that has a backup of the store already, only what is new is copied. Files that can't
    be copied, since they have changed, are named, and the exit code is 1.
    """
    from propstore.cli.screen import progress
    from propstore.upkeep.backup import back_up

    with open_to_read(store) as opened, progress("copying files") as done:
        copied = count(1)
        result = back_up(in_a_folder(opened), destination, progress=lambda _: done(next(copied)))
    _tell(result, f"Backed up {_records(result)} to {destination}")


def restore(
    source: Annotated[str, typer.Argument(metavar="BACKUP", help="The folder of the backup.")],
    store: StoreOption = DEFAULT_PLACE,
) -> None:
    """Make a store of a backup, which stays as it is.

    The store is the folder that --store names, which is not there yet or is empty.
    """
    from propstore.cli.screen import progress
    from propstore.upkeep.backup import restore_backup

    with progress("copying files") as done:
        copied = count(1)
        result = restore_backup(source, folder_of(store), progress=lambda _: done(next(copied)))
    _tell(result, f"Restored {_records(result)} to {store}")


def _records(result: BackedUp) -> str:
    return f"{result.records:,} record{'' if result.records == 1 else 's'}"


def _tell(result: BackedUp, what: str) -> None:
    for fault in result.faults:
        typer.echo(f"not copied: {fault}")
    files = f"the files of {result.copied:,} were copied"
    if result.kept:
        files += f", those of {result.kept:,} were there already"
    typer.echo(f"{what}: {files}.")
    if result.faults:
        raise typer.Exit(FAILED)
