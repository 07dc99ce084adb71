"""The command ``gc``."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from propstore.cli.ages import age
from propstore.cli.reporting import FAILED
from propstore.cli.sizes import readable_size
from propstore.cli.stores import (
    DEFAULT_PLACE,
    StoreOption,
    open_to_read,
    open_to_write,
    with_a_catalog,
)

if TYPE_CHECKING:
    from propstore.upkeep.collection import Leftover

__all__ = ["collect"]


def collect(
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", "-n", help="Tell what would be removed, and remove nothing."),
    ] = False,
    older_than: Annotated[
        timedelta,
        typer.Option(
            "--older-than",
            metavar="AGE",
            parser=age,
            help="Remove the generations that were replaced so long ago: 30d, 12h, 0.",
            show_default="30d",
        ),
    ] = timedelta(days=30),
    litter_older_than: Annotated[
        timedelta,
        typer.Option(
            "--litter-older-than",
            metavar="AGE",
            parser=age,
            help="Remove what no record names and nobody has written to for so long.",
            show_default="1d",
        ),
    ] = timedelta(days=1),
    store: StoreOption = DEFAULT_PLACE,
) -> None:
    """Remove what nobody needs any more.

    These are records that were replaced, files that were staged or placed by programs that were
    killed before they were done, and claims of such programs. What a reader has pinned stays, and
    so does what a program may be writing that holds a claim.
    """
    from propstore.upkeep.collection import collect_leftovers

    leftovers = []
    with (open_to_read if dry_run else open_to_write)(store) as opened:
        for leftover in collect_leftovers(
            with_a_catalog(opened),
            past_older_than=older_than,
            litter_older_than=litter_older_than,
            dry_run=dry_run,
        ):
            typer.echo(_line(leftover, dry_run=dry_run))
            leftovers.append(leftover)
    typer.echo(_summary(leftovers, dry_run=dry_run))
    if any(leftover.is_stuck for leftover in leftovers):
        raise typer.Exit(FAILED)


def _line(leftover: Leftover, *, dry_run: bool) -> str:
    size = f" ({readable_size(leftover.size)})" if leftover.size else ""
    fate = leftover.fate.future if dry_run else str(leftover.fate)
    return f"{leftover.what} {leftover.name}{size}: {fate}"


def _summary(leftovers: list[Leftover], *, dry_run: bool) -> str:
    if not leftovers:
        return "There is nothing to collect."
    numbers: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for leftover in leftovers:
        fate = leftover.fate.future if dry_run else str(leftover.fate)
        numbers[fate] += 1
        sizes[fate] += leftover.size
    return "; ".join(f"{numbers[fate]:,} {fate} ({readable_size(sizes[fate])})" for fate in numbers)
