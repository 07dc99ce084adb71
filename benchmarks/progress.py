"""What is going on, on the terminal."""

from __future__ import annotations

import time

from rich.console import Console

__all__ = ["console", "progress"]

WIDTH = 170
"""So wide are the tables where there is no terminal."""

console = Console()
if not console.is_terminal:
    console = Console(width=WIDTH)
START = time.monotonic()


def progress(text: str) -> None:
    """Say what is being done, and since when."""
    console.print(f"[dim]{time.monotonic() - START:6.1f} s  {text}[/dim]", highlight=False)
