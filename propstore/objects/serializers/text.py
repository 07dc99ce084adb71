"""Text as UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import AsyncGenerator, AsyncIterable
from typing import ClassVar

from propstore.errors import SerializationError
from propstore.objects.serializers.serializer import (
    SerializedData,
    SerializedStream,
    Serializer,
    refused,
)

__all__ = ["TextSerializer"]

CONTENT_TYPE = "text/plain"
ENCODING = "utf-8"


class TextSerializer(Serializer[str]):
    """Keeps text as UTF-8. A stream may come back in other pieces."""

    name: ClassVar[str] = "propstore.text@v1"
    types = (str,)
    content_types = (CONTENT_TYPE,)

    def serialize_data(self, value: str, /) -> SerializedData:
        """Encode text.

        Raises
        ------
        SerializationError
            If it is not text, or has half of a surrogate pair in it.
        """
        return {
            "data": self._encoded(value),
            "content_type": CONTENT_TYPE,
            "content_encoding": ENCODING,
        }

    def deserialize_data(self, serialized: SerializedData, /) -> str:
        """Decode text.

        Raises
        ------
        SerializationError
            If it is not UTF-8.
        """
        try:
            return serialized["data"].decode(ENCODING)
        except UnicodeDecodeError as error:
            raise self._malformed(error) from error

    def serialize_data_stream(self, values: AsyncIterable[str], /) -> SerializedStream:
        """Encode pieces of text."""

        async def pieces() -> AsyncGenerator[bytes, None]:
            async for value in values:
                yield self._encoded(value)

        return {
            "data_stream": pieces(),
            "content_type": CONTENT_TYPE,
            "content_encoding": ENCODING,
        }

    async def deserialize_data_stream(
        self, serialized: SerializedStream, /
    ) -> AsyncGenerator[str, None]:
        """Decode text, whose characters may be cut by the chunks."""
        decoder = codecs.getincrementaldecoder(ENCODING)()
        try:
            async for chunk in serialized["data_stream"]:
                if piece := decoder.decode(chunk):
                    yield piece
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise self._malformed(error) from error

    def _encoded(self, value: str) -> bytes:
        if type(value) is not str:
            raise refused(self, value, "give str(value)")
        try:
            return value.encode(ENCODING)
        except UnicodeEncodeError as error:
            raise refused(self, value, error) from error

    def _malformed(self, error: UnicodeDecodeError) -> SerializationError:
        return SerializationError(f"{self.name!r} can't read what is not UTF-8: {error}")
