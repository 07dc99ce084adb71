"""The commands ``history`` and ``revert``."""

from __future__ import annotations

from typing import Annotated

import typer

from propstore.cli.reporting import fail
from propstore.cli.stores import DEFAULT_PLACE, StoreOption, full_key, open_to_read, open_to_write

__all__ = ["revert", "show_history"]

KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="The key, or the beginning that tells it.")
]


def show_history(key: KeyArgument, store: StoreOption = DEFAULT_PLACE) -> None:
    """Tell which records have stood under a key, and why each was replaced.

    The last one stands now.
    """
    from propstore.cli.screen import print_table
    from propstore.cli.tables import history_table

    with open_to_read(store) as opened:
        table = history_table(opened.history(full_key(opened, key)))
    print_table(table)


def revert(
    key: KeyArgument,
    generation: Annotated[
        int | None,
        typer.Option(
            "--generation",
            "-g",
            metavar="NUMBER",
            help="Which, as history has it; the one before unless told otherwise.",
        ),
    ] = None,
    store: StoreOption = DEFAULT_PLACE,
) -> None:
    """Put an earlier generation of a record back into its place.

    The one that stands until then becomes a part of the history, so this can be undone too.
    """
    with open_to_write(store) as opened:
        whole_key = full_key(opened, key)
        if generation is None:
            numbers = [one.number for one in opened.history(whole_key)]
            if len(numbers) == 1:
                fail(f"{whole_key} has no earlier generation.")
            generation = numbers[-2]
        number = opened.restore(whole_key, generation)
    typer.echo(f"Generation {generation} of {whole_key} stands again, as generation {number}.")
