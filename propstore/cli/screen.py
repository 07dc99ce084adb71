"""What a terminal shows: tables on standard output, progress on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

__all__ = ["counted", "print_table", "progress"]

Item = TypeVar("Item")

UNBOUNDED = 100_000  # columns, where no terminal limits them
ITEMS_A_STEP = 100  # so that showing how far the work is does not slow it down


def print_table(table: RenderableType) -> None:
    """Print a table: as wide as the terminal at most; whole into a file or a pipe."""
    console = Console()
    if not console.is_terminal:
        console.width = UNBOUNDED
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show how far a long piece of work is, as long as it takes and if anyone is watching.

    Parameters
    ----------
    what
        What is done, such as ``"importing rows"``.
    total
        How many steps there are; None if this is not known.

    Yields
    ------
    callable
        To be called with the number of steps that are done.
    """
    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,  # what the command writes goes where it is sent, never to the bar
        disable=not console.is_terminal,
    )
    with bars:
        task = bars.add_task(what, total=total)
        yield lambda done: bars.update(task, completed=done)


def counted(items: Iterable[Item], done: Callable[[int], None]) -> Iterator[Item]:
    """Give items, and tell now and then how many have been given."""
    for number, item in enumerate(items, start=1):
        yield item
        if number % ITEMS_A_STEP == 0:
            done(number)
