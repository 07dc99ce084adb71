"""The content of a large field: a value as the bytes of a file, and back."""

from __future__ import annotations

import hashlib
import io
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from propstore.errors import SerializationError
from propstore.external.streams import VerifyingReader

if TYPE_CHECKING:
    from propstore.external.digest import WritableStream
    from propstore.objects.serializers import SerializerRegistry

__all__ = ["NUMPY", "FieldContent", "file_ending", "read_content", "serializers", "write_content"]

NUMPY = "propstore.numpy@v1"

_ENDINGS = {
    "propstore.arrow@v1": ".arrow",
    "propstore.bytes@v1": ".bin",
    "propstore.json@v1": ".json",
    NUMPY: ".npy",
    "propstore.pandas@v1": ".parquet",
    "propstore.text@v1": ".txt",
}


class FieldContent(NamedTuple):
    """What the content of a field is, without the content.

    Attributes
    ----------
    serializer
        The name of the serializer that wrote it.
    sha256
        The SHA-256 of the bytes, as 64 hexadecimal digits.
    size
        The number of bytes.
    """

    serializer: str
    sha256: str
    size: int


@cache
def serializers() -> SerializerRegistry:
    """Give the serializers that write large fields: those that propstore comes with, not pickle."""
    from propstore.objects.serializers import default_serializers

    return default_serializers()


def file_ending(serializer: str) -> str:
    """Give the ending of the names of the files that a serializer writes."""
    return _ENDINGS[serializer]


def write_content(value: object, stream: WritableStream | None = None) -> FieldContent:
    """Write a value to a stream, or only work out what its content would be.

    Raises
    ------
    UnregisteredError
        If there is no serializer for values of its type.
    SerializationError
        If it could not be read back as it is.
    """
    serializer = serializers().for_type(type(value))
    sink = _DigestedSink(stream)
    if serializer.name == NUMPY:
        from propstore.objects.serializers import NumpySerializer

        NumpySerializer().write_array(_without_map(value), sink)
    else:
        sink.write(serializer.serialize_data(value)["data"])
    return FieldContent(serializer.name, sink.sha256.hexdigest(), sink.size)


def read_content(content: FieldContent, source: BinaryIO, name: str) -> Any:
    """Read a value from a stream to its end, and check the bytes on the way.

    Parameters
    ----------
    content
        What it has to be.
    source
        The stream.
    name
        What errors call it.

    Raises
    ------
    ChangedExternalResourceError
        If the bytes are not those that were written.
    SerializationError
        If they are none of the serializer's.
    UnregisteredError
        If the serializer is not one that propstore comes with.
    """
    serializer = serializers().get(content.serializer)
    reader = VerifyingReader(source, name, content.sha256)
    stream = io.BufferedReader(reader)
    try:
        if content.serializer == NUMPY:
            from propstore.objects.serializers import NumpySerializer

            value: Any = NumpySerializer().read_array(stream)
        else:
            value = serializer.deserialize_data(
                {
                    "data": stream.read(),
                    "content_type": serializer.content_types[0],
                    "content_encoding": None,
                }
            )
    except SerializationError:
        reader.drain()  # bytes that have changed are the cause, and not only how it shows
        raise
    reader.drain()
    return value


class _DigestedSink:
    """Digests what is written, and passes it on."""

    def __init__(self, stream: WritableStream | None) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes, /) -> None:
        self.sha256.update(data)
        self.size += memoryview(data).nbytes
        if self._stream is not None:
            self._stream.write(data)


def _without_map(array: Any) -> Any:
    """Give a memory-mapped array as the plain array that it is, and any other as it is."""
    import numpy as np

    return np.asarray(array) if type(array) is np.memmap else array
