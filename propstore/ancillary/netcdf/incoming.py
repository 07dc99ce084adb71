"""What goes into an archive: folders, files, and the arrays that files hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, BinaryIO

from propstore.objects.netcdf.encoding import Encoding

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["IncomingArray", "IncomingDirectory", "IncomingFile"]


@dataclass(frozen=True)
class IncomingArray:
    """An array that a file holds.

    Parameters
    ----------
    name : str
        Its name among all arrays: the path of an ``.npy`` file without that ending, or the path of
        an ``.npz`` file, a slash, and its name in there.
    shape : tuple of int
        Its shape.
    encoding : Encoding
        How its elements are held.
    values : callable
        What gives the array, or something that gives parts of it when it is indexed; None if it
        turns out to be unreadable. It is not called where the array is read with its file.
    offset : int, optional
        Where in the file its bytes stand, in C order and nothing between; None if they don't.
    member : str, optional
        Its name in an ``.npz`` file.
    dimensions : tuple of str, optional
        The names of its axes.
    attributes : mapping of str to object
        What else is known of it: ``units``, for one.
    """

    name: str
    shape: tuple[int, ...]
    encoding: Encoding
    values: Callable[[], Any | None]
    offset: int | None = None
    member: str | None = None
    dimensions: tuple[str, ...] | None = None
    attributes: Mapping[str, ArrayLike] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of its bytes."""
        return math.prod(self.shape) * self.encoding.dtype.itemsize

    @property
    def inline(self) -> bool:
        """Whether its bytes in the file need not be kept beside the variable."""
        return self.offset is not None and self.encoding.exact


@dataclass(frozen=True)
class IncomingFile:
    """A file, or what would be one.

    Parameters
    ----------
    name : str
        Its name in its folder.
    size, mode, modified : int
        Its size in bytes, its permission bits, and when it was changed, in nanoseconds since
        1970-01-01 UTC.
    open : callable
        What opens its bytes.
    arrays : tuple of IncomingArray
        The arrays that it holds.
    """

    name: str
    size: int
    mode: int
    modified: int
    open: Callable[[], BinaryIO]
    arrays: tuple[IncomingArray, ...] = ()

    @property
    def inline_arrays(self) -> list[tuple[int, IncomingArray]]:
        """The arrays whose bytes need not be kept beside their variable, each after its offset."""
        pairs = [
            (array.offset, array)
            for array in self.arrays
            if array.offset is not None and array.inline
        ]
        return sorted(pairs, key=itemgetter(0))

    @property
    def stored_size(self) -> int:
        """The number of its bytes that are in no variable of its arrays."""
        return self.size - sum(array.size for _, array in self.inline_arrays)


@dataclass(frozen=True)
class IncomingDirectory:
    """A folder, without those in it.

    Parameters
    ----------
    parts : tuple of str
        The names that lead to it from the source; none for the source itself.
    mode, modified : int
        Its permission bits, and when it was changed, in nanoseconds since 1970-01-01 UTC.
    files : tuple of IncomingFile
        The files in it.
    """

    parts: tuple[str, ...]
    mode: int
    modified: int
    files: tuple[IncomingFile, ...] = ()
