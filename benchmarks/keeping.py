"""What a tool is asked for that keeps directories."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

__all__ = ["Keeping", "files_of"]


class Keeping(ABC):
    """A tool that keeps directories of files, used as its own documentation says.

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
    note
        What has to be known of how it keeps files.
    """

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()
    note: ClassVar[str] = ""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.open()

    @classmethod
    def is_available(cls) -> bool:
        """Tell whether it is installed."""
        return all(importlib.util.find_spec(package) for package in cls.packages)

    @abstractmethod
    def open(self) -> None:
        """Begin."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""

    @abstractmethod
    def keep(self, source: Path, number: int) -> None:
        """Keep the files of a directory, under a number."""

    @abstractmethod
    def read(self, number: int) -> dict[str, bytes]:
        """Read all files that were kept under a number, by their names in the directory."""


def files_of(directory: Path) -> dict[str, bytes]:
    """Read the files of a directory, by their names in it."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }
