"""How far many computations are, shown on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["shown_progress"]


@contextmanager
def shown_progress(total: int, *, is_wanted: bool) -> Iterator[Callable[[int, str], None]]:
    """Show how far it is, on standard error and if that is a terminal.

    Parameters
    ----------
    total
        How many requests there are.
    is_wanted
        Whether anything is to be shown.

    Yields
    ------
    callable
        To be called with the number of requests that are done, and what to say of them.
    """
    if not (is_wanted and sys.stderr.isatty()):
        yield lambda done, text: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    bars = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
        console=Console(stderr=True),
        redirect_stdout=False,
    )
    with bars:
        task = bars.add_task("", total=total)
        yield lambda done, text: bars.update(task, completed=done, description=text)
