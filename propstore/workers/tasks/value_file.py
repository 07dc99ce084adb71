"""A packed value as one file: a line of JSON that says how long the parts are, and the parts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from propstore.errors import SerializationError
from propstore.objects.values import FreshValue, PackedValue, Summary

if TYPE_CHECKING:
    import numpy

__all__ = ["StoredValue", "ValueStream"]

CURRENT_FORMAT = 1


class ValueStream:
    """The bytes of a packed value, one part after the other, without a copy of the whole.

    Parameters
    ----------
    value : FreshValue
        The value.
    """

    def __init__(self, value: FreshValue) -> None:
        document = value.text.encode()
        parts = [part.reshape(-1).view("u1").data for part in value.parts]
        sizes = {
            "propstore_value": CURRENT_FORMAT,
            "type": value.summary.type,
            "document": len(document),
            "pool": len(value.data),
            "parts": [len(part) for part in parts],
        }
        head = json.dumps(sizes).encode() + b"\n"
        self._pieces = [memoryview(head), memoryview(document), memoryview(value.data), *parts]

    def read(self, size: int, /) -> bytes:
        """Give up to `size` bytes, and none at the end."""
        while self._pieces and not len(self._pieces[0]):
            del self._pieces[0]
        if not self._pieces:
            return b""
        piece = self._pieces[0]
        self._pieces[0] = piece[size:]
        return bytes(piece[:size])


class StoredValue(PackedValue):
    """A packed value, out of the bytes of its file.

    Parameters
    ----------
    data : bytes
        The bytes.

    Raises
    ------
    SerializationError
        If they are not those of a value.
    """

    def __init__(self, data: bytes) -> None:
        end = data.find(b"\n") + 1
        try:
            sizes: dict[str, Any] = json.loads(data[:end])
            if sizes["propstore_value"] != CURRENT_FORMAT:
                raise ValueError(f"its format is {sizes['propstore_value']!r}")
            super().__init__(Summary(sizes["type"]))
            lengths = [sizes["document"], sizes["pool"], *sizes["parts"]]
        except (ValueError, LookupError, TypeError) as error:
            raise SerializationError(f"the bytes are no value of propstore's: {error}") from error
        self._pieces: list[memoryview] = []
        view = memoryview(data)[end:]
        for length in lengths:
            self._pieces.append(view[:length])
            view = view[length:]

    def document(self) -> str:
        """Give the JSON document."""
        return str(self._pieces[0], "utf-8")

    def pool(self) -> bytes:
        """Give the bytes of the small arrays."""
        return bytes(self._pieces[1])

    def part(
        self, number: int, dtype: numpy.dtype[Any], shape: Sequence[int]
    ) -> numpy.ndarray[Any, Any]:
        """Give a copy of a large array."""
        import numpy

        return numpy.frombuffer(self._pieces[2 + number], dtype).reshape(shape).copy()
