"""A file in an archive, as a stream."""

from __future__ import annotations

import hashlib
import io
from bisect import bisect_right
from typing import TYPE_CHECKING, Protocol

from propstore.ancillary.netcdf.handle import ArchiveHandle
from propstore.ancillary.netcdf.layout import BYTES_CHUNK
from propstore.external.complaints import changed
from propstore.objects.netcdf.blocks import blocks, transfer_shape

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from propstore.ancillary.netcdf.handle import VariablePath
    from propstore.ancillary.netcdf.places import ArrayPlace, FilePlace

__all__ = ["open_file"]


def open_file(handle: ArchiveHandle, place: FilePlace) -> io.BufferedReader:
    """Open a file for reading.

    Parameters
    ----------
    handle : ArchiveHandle
        What reads the archive.
    place : FilePlace
        Where in it the file is.

    Returns
    -------
    io.BufferedReader
        A stream that can be sought in. It is digested as it is read, and when all of it was read
        in order, `ChangedExternalResourceError` is raised unless it is what was archived.
    """
    return io.BufferedReader(_FileStream(handle, place), BYTES_CHUNK)


class _Part(Protocol):
    """Some bytes of a file that are kept together."""

    @property
    def size(self) -> int: ...

    def read(self, offset: int, length: int) -> memoryview:
        """Give bytes from `offset` on: at least one, at most `length`."""


class _FileStream(io.RawIOBase):
    def __init__(self, handle: ArchiveHandle, place: FilePlace) -> None:
        self._handle = handle
        self._file = place.file
        self._parts, self._starts = _parts(handle, place)
        self._position = 0
        self._sha256 = hashlib.sha256()
        self._digested = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._file.size}
        if whence not in base:
            raise ValueError(f"whence is 0, 1 or 2, not {whence}")
        if base[whence] + offset < 0:
            raise ValueError(f"there is nothing at position {base[whence] + offset}")
        self._position = base[whence] + offset
        return self._position

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        length = min(len(view), self._file.size - self._position)
        if length > 0:
            number = bisect_right(self._starts, self._position) - 1
            data = self._parts[number].read(self._position - self._starts[number], length)
            length = len(data)
            view[:length] = data
            self._digest(data)
            self._position += length
        elif view:
            self._judge()
        return max(length, 0)

    def _digest(self, data: memoryview) -> None:
        # What was read before is not digested again, and what was skipped comes when it is read.
        known = self._digested - self._position
        if 0 <= known < len(data):
            self._sha256.update(data[known:])
            self._digested = self._position + len(data)
            self._judge()

    def _judge(self) -> None:
        if self._digested == self._file.size:
            digest = self._sha256.hexdigest()
            if digest != self._file.sha256:
                raise changed(f"{self._handle.path}/{self._file.name}", self._file.sha256, digest)


def _parts(handle: ArchiveHandle, place: FilePlace) -> tuple[list[_Part], list[int]]:
    """Give the parts of a file that are not empty, and where they start in it."""
    parts: list[_Part] = []
    starts: list[int] = []
    stored, position = place.start, 0

    def add(part: _Part) -> None:
        nonlocal position
        if part.size:
            parts.append(part)
            starts.append(position)
            position += part.size

    for offset, array in place.arrays:
        between = offset - position
        add(_StoredBytes(handle, place.variable, stored, between))
        stored += between
        add(_ArrayBytes(handle, array))
    add(_StoredBytes(handle, place.variable, stored, place.file.size - position))
    return parts, starts


class _StoredBytes:
    """A part of a variable of bytes."""

    def __init__(
        self, handle: ArchiveHandle, variable: VariablePath, start: int, size: int
    ) -> None:
        self._handle = handle
        self._variable = variable
        self._start = start
        self.size = size

    def read(self, offset: int, length: int) -> memoryview:
        start = self._start + offset
        end = start + min(length, self.size - offset)
        return self._handle.read(self._variable, slice(start, end)).data


class _ArrayBytes:
    """The bytes of an array, of which the block that was read last is kept."""

    def __init__(self, handle: ArchiveHandle, place: ArrayPlace) -> None:
        self._handle = handle
        self._place = place
        self.size = place.size
        itemsize = place.encoding.dtype.itemsize
        self._blocks = list(blocks(place.shape, transfer_shape(place.shape, itemsize)))
        self._starts = [0]
        for block in self._blocks:
            count = itemsize
            for part in block:
                count *= part.stop - part.start
            self._starts.append(self._starts[-1] + count)
        self._known = (-1, memoryview(b""))

    def read(self, offset: int, length: int) -> memoryview:
        number = bisect_right(self._starts, offset) - 1
        if self._known[0] != number:
            key = self._blocks[number] or ...
            values = self._place.encoding.decode(self._handle.read(self._place.variable, key))
            self._known = (number, memoryview(values.tobytes()))
        start = offset - self._starts[number]
        return self._known[1][start : start + length]
