"""What an archive holds, and where in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from propstore.ancillary.manifest import FileEntry
from propstore.ancillary.netcdf.handle import VariablePath
from propstore.objects.netcdf.encoding import Encoding

__all__ = ["ArchiveIndex", "ArrayPlace", "DirectoryPlace", "FilePlace"]


@dataclass(frozen=True)
class ArrayPlace:
    """An array, and the variable that holds it.

    Parameters
    ----------
    name : str
        Its name among all arrays.
    variable : tuple of str
        The variable.
    shape : tuple of int
        Its shape.
    encoding : Encoding
        How the variable holds it.
    dimensions : tuple of str
        The names of its axes.
    attributes : mapping of str to object
        What else is known of it.
    """

    name: str
    variable: VariablePath
    shape: tuple[int, ...]
    encoding: Encoding
    dimensions: tuple[str, ...]
    attributes: Mapping[str, Any]

    @property
    def size(self) -> int:
        """The number of its bytes."""
        return math.prod(self.shape) * self.encoding.dtype.itemsize


@dataclass(frozen=True)
class FilePlace:
    """A file, and where its bytes are.

    Parameters
    ----------
    file : FileEntry
        The file.
    variable : tuple of str
        The variable that holds its bytes, but for those of arrays.
    start : int
        Where in the variable they begin.
    arrays : tuple of tuple of int and ArrayPlace
        The arrays that hold the others, each after its offset in the file, in that order.
    """

    file: FileEntry
    variable: VariablePath
    start: int
    arrays: tuple[tuple[int, ArrayPlace], ...]

    @property
    def stored_size(self) -> int:
        """The number of its bytes that are in the variable."""
        return self.file.size - sum(array.size for _, array in self.arrays)

    @property
    def is_consistent(self) -> bool:
        """Whether the arrays fit into the file, one after the other."""
        ends = [0, *(offset + array.size for offset, array in self.arrays)]
        starts = [*(offset for offset, _ in self.arrays), self.file.size]
        return all(end <= start for end, start in zip(ends, starts, strict=True))


@dataclass(frozen=True)
class DirectoryPlace:
    """A folder: its path, its permission bits, and when it was changed, in ns since 1970."""

    name: str
    mode: int
    modified: int


@dataclass(frozen=True)
class ArchiveIndex:
    """Everything in an archive, by name; a folder comes after the one that it is in."""

    files: dict[str, FilePlace] = field(default_factory=dict)
    arrays: dict[str, ArrayPlace] = field(default_factory=dict)
    directories: dict[str, DirectoryPlace] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
