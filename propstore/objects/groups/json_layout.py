"""How a JSON file of groups is laid out.

::

    {"propstore_groups":1,
    "content":{
    "a":{"type":"builtins.int","document":5},
    "run":{"group":{
    "forces":{"type":"numpy.ndarray","document":{...},"parts":["AAAAAAAA8D8..."]}
    }}},
    "index":{"a":{"type":"builtins.int","at":[38,78],"document":[...]},"run":{"group":{...}}},
    "index_at":[     1234,      1300]}

It is JSON for everyone. ``index`` says where in the file each value begins and ends, and, from the
beginning of the value, where its document, its pool and its parts do: so one of them is read
without the others. Pools and parts are Base64.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from propstore.errors import StoreFormatError
from propstore.objects.values import PackedValue, Summary

if TYPE_CHECKING:
    import numpy

__all__ = [
    "CURRENT_FORMAT",
    "FORMAT_MARK",
    "TRAILER_SIZE",
    "Reader",
    "StoredJSONValue",
    "read_trailer",
    "trailer",
]

CURRENT_FORMAT = 1
_BLOCK = 2**20  # characters; a multiple of 4, so that each block is Base64 of its own
FORMAT_MARK = b'{"propstore_groups":'

Reader = Callable[[int, int], bytes]
"""Gives the bytes of a file from one offset to another."""

_TRAILER = re.compile(rb',\n"index_at":\[ *(\d+), *(\d+)\]\}\n')


def trailer(start: int, end: int) -> bytes:
    """Write the end of a file, which tells where the index is."""
    return b',\n"index_at":[%20d,%20d]}\n' % (start, end)


TRAILER_SIZE = len(trailer(0, 0))


def read_trailer(data: bytes) -> tuple[int, int] | None:
    """Read where the index is; None if it isn't the end of such a file."""
    match = _TRAILER.fullmatch(data)
    return None if match is None else (int(match[1]), int(match[2]))


class StoredJSONValue(PackedValue):
    """A value in a JSON file.

    Parameters
    ----------
    read : callable
        Reads the file.
    entry : dict
        What the index says of the value.
    """

    def __init__(self, read: Reader, entry: dict[str, Any]) -> None:
        shape = entry.get("shape")
        shape = None if shape is None else tuple(shape)
        super().__init__(Summary(entry["type"], shape, entry.get("dtype")))
        self.entry = entry
        self.read = read
        self.start, self.end = entry["at"]

    def document(self) -> str:
        """Read the document."""
        try:
            return self._read(self.entry["document"]).decode()
        except UnicodeDecodeError as error:
            raise StoreFormatError(f"a stored document can't be read: {error}") from error

    def pool(self) -> bytearray:
        """Read the bytes of the small arrays."""
        return self._decoded(self.entry["pool"]) if "pool" in self.entry else bytearray()

    def part(
        self, number: int, dtype: numpy.dtype[Any], shape: Sequence[int]
    ) -> numpy.ndarray[Any, Any]:
        """Read a large array."""
        import numpy
        import pybase64

        array = numpy.empty(shape, dtype)
        target = array.reshape(-1).view("u1")
        start, end = self.entry["parts"][number]
        position = 0
        # Block by block, since what fits into the cache of the processor is decoded there.
        for begin in range(start, end, _BLOCK):
            block = self._read([begin, min(begin + _BLOCK, end)])
            data = pybase64.b64decode(block, validate=True)
            target[position : position + len(data)] = numpy.frombuffer(data, "u1")
            position += len(data)
        if position != array.nbytes:
            raise ValueError(f"{position} bytes are stored of an array of {array.nbytes}")
        return array

    def _decoded(self, place: list[int]) -> bytearray:
        import pybase64

        return pybase64.b64decode_as_bytearray(self._read(place), validate=True)

    def _read(self, place: list[int]) -> bytes:
        return self.read(self.start + place[0], self.start + place[1])
