"""The objects that are saved and loaded, and what is asked for that does so."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy

__all__ = ["Form", "Run", "Step", "arrays", "records"]


@dataclass
class Step:
    """A record as simulations leave it: numbers, words, and small arrays."""

    number: int
    energy: float
    label: str
    forces: numpy.ndarray[Any, Any]
    box: numpy.ndarray[Any, Any]
    parameters: dict[str, float]


@dataclass
class Run:
    """Records in a record."""

    name: str
    settings: dict[str, Any]
    steps: list[Step]


def records(count: int) -> Run:
    """Make a nested record."""
    generator = numpy.random.default_rng(1)
    steps = [
        Step(
            number,
            generator.random(),
            f"step {number}",
            generator.random((8, 3)),
            generator.random(3),
            {"temperature": generator.random(), "pressure": generator.random()},
        )
        for number in range(count)
    ]
    return Run("run", {"cutoff": 9.5, "terms": ["bonds", "angles"]}, steps)


def arrays(size: int) -> dict[str, numpy.ndarray[Any, Any]]:
    """Make arrays that can't be compressed."""
    generator = numpy.random.default_rng(2)
    return {f"array {number}": generator.random(size // 80) for number in range(10)}


class Form(ABC):
    """A way to keep an object in a file, and to get it back.

    Attributes
    ----------
    name
        What it is called in the tables.
    packages
        The packages that it needs.
    most_records
        With more records in an object it takes minutes, and is left out.
    note
        What has to be known of how it writes.
    """

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()
    most_records: ClassVar[int | None] = None
    note: ClassVar[str] = ""

    @classmethod
    def is_available(cls) -> bool:
        """Tell whether it is installed."""
        return all(importlib.util.find_spec(package) for package in cls.packages)

    @abstractmethod
    def write(self, obj: Any, path: Path) -> None:
        """Write an object to a file, or replace it."""

    @abstractmethod
    def read(self, path: Path) -> Any:
        """Read it."""
