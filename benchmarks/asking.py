"""What a tool is asked for that keeps the results of a function."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

__all__ = ["Asking", "Calculation"]

Calculation = Callable[[int], float]


class Asking(ABC):
    """A tool that calculates what was not calculated before, used as its own documentation says.

    Parameters
    ----------
    directory
        Where it keeps the results; the directory is that of other processes, too.
    calculate
        What calculates a result by its number.

    Attributes
    ----------
    name
        What it is called in the tables.
    packages
        The packages that it needs.
    """

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()

    def __init__(self, directory: Path, calculate: Calculation) -> None:
        self.directory = directory
        self.calculate = calculate
        self.open()

    @classmethod
    def is_available(cls) -> bool:
        """Tell whether it is installed."""
        return all(importlib.util.find_spec(package) for package in cls.packages)

    @classmethod  # noqa: B027 - most need nothing
    def prepare(cls, directory: Path) -> None:
        """Make what has to be there before the first process comes."""

    @abstractmethod
    def open(self) -> None:
        """Open what is kept, or begin."""

    @abstractmethod
    def ask(self, number: int) -> float:
        """Give a result: the one that is kept, or a new one."""

    def ask_all(self, numbers: Sequence[int]) -> list[float]:
        """Give several; one by one unless the tool knows better."""
        return [self.ask(number) for number in numbers]
