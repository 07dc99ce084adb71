"""NumPy arrays in NumPy's own format."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterable
from typing import IO, TYPE_CHECKING, Any, ClassVar, TypeAlias

from propstore.errors import SerializationError
from propstore.external.digest import WritableStream
from propstore.objects.serializers.serializer import (
    SerializedData,
    SerializedStream,
    Serializer,
    imported_types,
    refused,
)
from propstore.objects.streams import spooled

if TYPE_CHECKING:
    import numpy as np

__all__ = ["NumpySerializer"]

CONTENT_TYPE = "application/x-npy"
SEQUENCE_CONTENT_TYPE = "application/x-npy-sequence"
LONGEST_HEADER = 2**24  # characters; NumPy's own limit is less than a record of 500 fields takes

Array: TypeAlias = "np.ndarray[Any, Any]"


class NumpySerializer(Serializer[Array]):
    """Keeps arrays as ``.npy`` files, without pickle.

    A stream of arrays is one ``.npy`` file after the other, as `numpy.load` reads them from an open
    file. Subclasses of arrays, such as masked arrays, would lose what makes them one, and arrays of
    Python objects would need pickle: both are refused.
    """

    name: ClassVar[str] = "propstore.numpy@v1"
    content_types = (CONTENT_TYPE, SEQUENCE_CONTENT_TYPE)

    @property
    def types(self) -> tuple[type, ...]:
        """`numpy.ndarray`, if NumPy is imported."""
        return imported_types("numpy", "ndarray")

    def serialize_data(self, value: Array, /) -> SerializedData:
        """Write an array.

        Raises
        ------
        SerializationError
            If it is not a plain array, or one of Python objects.
        """
        return {
            "data": self._encoded(value),
            "content_type": CONTENT_TYPE,
            "content_encoding": None,
        }

    def deserialize_data(self, serialized: SerializedData, /) -> Array:
        """Read an array.

        Raises
        ------
        SerializationError
            If it is not an ``.npy`` file, or one that needs pickle.
        """
        return self.read_array(io.BytesIO(serialized["data"]))

    def serialize_data_stream(self, values: AsyncIterable[Array], /) -> SerializedStream:
        """Write arrays, one after the other."""

        async def files() -> AsyncGenerator[bytes, None]:
            async for value in values:
                yield await asyncio.to_thread(self._encoded, value)

        return {
            "data_stream": files(),
            "content_type": SEQUENCE_CONTENT_TYPE,
            "content_encoding": None,
        }

    async def deserialize_data_stream(
        self, serialized: SerializedStream, /
    ) -> AsyncGenerator[Array, None]:
        """Read arrays, of which one is in memory at a time; the bytes wait in a temporary file."""
        async with spooled(serialized["data_stream"]) as file:
            while not await asyncio.to_thread(_is_at_end, file):
                yield await asyncio.to_thread(self.read_array, file)

    def write_array(self, value: Array, stream: WritableStream) -> None:
        """Write an array to a file, block by block.

        Raises
        ------
        SerializationError
            If it is not a plain array, or one of Python objects.
        """
        import numpy as np

        if type(value) is not np.ndarray:
            raise refused(self, value, "it is not a plain array; numpy.asarray(value) is")
        if value.dtype.kind == "T":  # numpy.save would warn first, and then refuse it
            raise refused(self, value, "strings of any length would need pickle")
        try:
            np.save(stream, value, allow_pickle=False)
        except ValueError as error:
            raise refused(self, value, error) from error

    def read_array(self, stream: IO[bytes]) -> Array:
        """Read an array from a file, from where it stands to the end of the array.

        Raises
        ------
        SerializationError
            If no ``.npy`` file begins there, or one that needs pickle.
        """
        import numpy as np

        try:
            array = np.lib.format.read_array(
                stream, allow_pickle=False, max_header_size=LONGEST_HEADER
            )
        except (ValueError, EOFError, SyntaxError) as error:
            raise SerializationError(
                f"{self.name!r} can't read what is not an .npy file: {error}"
            ) from error
        return array

    def _encoded(self, value: Array) -> bytes:
        stream = io.BytesIO()
        self.write_array(value, stream)
        return stream.getvalue()


def _is_at_end(file: IO[bytes]) -> bool:
    position = file.tell()
    is_at_end = not file.read(1)
    file.seek(position)
    return is_at_end
