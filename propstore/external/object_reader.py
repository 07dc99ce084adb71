"""An object in an object store, read piece by piece as a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["PIECE_SIZE", "ObjectReader"]

PIECE_SIZE = 8 * 1024 * 1024  # bytes; enough to hide the time that a request takes by itself


class ObjectReader(io.RawIOBase):
    """A seekable stream that asks for what is read, when it is read.

    One request a piece, rather than one for all, since a store may hang up on a reader who takes
    long between two reads.

    Parameters
    ----------
    load_range : callable
        Gives the bytes from a start to an end of the object, and always of the same version.
    size : int
        The number of bytes in the object.
    head : bytes
        Those with which it begins, as far as they are known.
    """

    def __init__(self, load_range: Callable[[int, int], bytes], size: int, head: bytes) -> None:
        self._load_range = load_range
        self._size = size
        self._head = head
        self._position = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that the position can be set."""
        return True

    def tell(self) -> int:
        """Give the position, in bytes from the start."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Set the position, and give it.

        Raises
        ------
        ValueError
            If it would be before the start.
        """
        bases = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}
        position = bases[whence] + offset
        if position < 0:
            raise ValueError(f"the position {position} is before the start of the stream")
        self._position = position
        return position

    def readall(self) -> bytes:
        """Read to the end."""
        pieces = []
        while piece := self.read(PIECE_SIZE):
            pieces.append(piece)
        return b"".join(pieces)

    def readinto(self, buffer: Buffer, /) -> int:
        """Read bytes into a buffer.

        Raises
        ------
        ChangedExternalResourceError
            If the object was overwritten since it was opened, and the new content is all there is.
        """
        view = memoryview(buffer).cast("B")
        start = self._position
        end = min(start + len(view), self._size)
        if start >= end:
            return 0
        chunk = self._head[start:end] or self._load_range(start, end)
        view[: len(chunk)] = chunk
        self._position += len(chunk)
        return len(chunk)
