"""What a tool is asked for that keeps records."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.records import Document, Entry, StateQuestion, Window

__all__ = ["Cannot", "Contender"]


class Cannot(Exception):  # noqa: N818 - it is an answer
    """A tool has no such operation; the message says why."""


class Contender(ABC):
    """A tool that keeps records, used as its own documentation says.

    Each operation gives what the tool gives; `document` turns it into plain data, which is not
    timed. An operation that a tool does not have raises `Cannot`.

    Parameters
    ----------
    directory
        An empty directory for what it keeps.

    Attributes
    ----------
    name
        What it is called in the tables.
    packages
        The packages that it needs.
    notes
        What has to be known of an operation, by its name in the table.
    """

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()
    notes: ClassVar[dict[str, str]] = {}

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def is_available(cls) -> bool:
        """Tell whether it is installed."""
        return all(importlib.util.find_spec(package) for package in cls.packages)

    def prepare(self, entries: Sequence[Entry]) -> Sequence[Any]:
        """Make what a user has in hand when storing begins; this is not timed."""
        return entries

    @abstractmethod
    def open(self) -> None:
        """Open what was kept, or begin."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""

    @abstractmethod
    def store(self, prepared: Any) -> Any:
        """Store one record and give its key."""

    def store_batch(self, prepared: Sequence[Any]) -> Sequence[Any]:
        """Store many and give their keys; one by one unless the tool knows better."""
        return [self.store(one) for one in prepared]

    @abstractmethod
    def retrieve(self, key: Any) -> Any:
        """Get a record."""

    def prepare_question(self, question: StateQuestion) -> Any:
        """Make a question that `query` answers."""
        return question

    def query(self, question: Any) -> Sequence[Any]:
        """Find the records of a substance at a state."""
        raise Cannot(f"cannot: {self.name} finds by key only.")

    def window(self, window: Window) -> Sequence[Any]:
        """Find the records with a temperature in a window."""
        raise Cannot(f"cannot: {self.name} finds by key only.")

    def nearest(self, question: StateQuestion) -> Any:
        """Find the record nearest in temperature, of a substance and a property."""
        raise Cannot(f"cannot: {self.name} finds by key only.")

    def count(self, window: Window) -> int:
        """Count the records with a temperature in a window."""
        raise Cannot(f"cannot: {self.name} finds by key only.")

    @abstractmethod
    def document(self, answer: Any) -> Document:
        """Give a record that an operation gave as plain data."""

    def size(self) -> int:
        """Give the bytes that are taken on the disk."""
        paths = [path for path in self.directory.rglob("*") if path.is_file()]
        return sum(path.stat().st_blocks * 512 for path in paths)
