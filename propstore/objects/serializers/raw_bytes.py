"""Bytes as they are."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import ClassVar

from propstore.objects.serializers.serializer import (
    SerializedData,
    SerializedStream,
    Serializer,
    refused,
)

__all__ = ["BytesSerializer"]

CONTENT_TYPE = "application/octet-stream"


class BytesSerializer(Serializer[bytes]):
    """Keeps bytes as they are. A stream may come back in other chunks."""

    name: ClassVar[str] = "propstore.bytes@v1"
    types = (bytes,)
    content_types = (CONTENT_TYPE,)

    def serialize_data(self, value: bytes, /) -> SerializedData:
        """Give the bytes."""
        return {
            "data": self._checked(value),
            "content_type": CONTENT_TYPE,
            "content_encoding": None,
        }

    def deserialize_data(self, serialized: SerializedData, /) -> bytes:
        """Give the bytes."""
        return serialized["data"]

    def serialize_data_stream(self, values: AsyncIterable[bytes], /) -> SerializedStream:
        """Give the chunks."""

        async def chunks() -> AsyncGenerator[bytes, None]:
            async for value in values:
                yield self._checked(value)

        return {"data_stream": chunks(), "content_type": CONTENT_TYPE, "content_encoding": None}

    async def deserialize_data_stream(
        self, serialized: SerializedStream, /
    ) -> AsyncGenerator[bytes, None]:
        """Give the chunks."""
        async for chunk in serialized["data_stream"]:
            yield chunk

    def _checked(self, value: bytes) -> bytes:
        if type(value) is not bytes:
            raise refused(self, value, "give bytes(value)")
        return value
