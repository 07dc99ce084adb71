"""JSON values, as a document or as a line each."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Any, ClassVar

from propstore.errors import SerializationError
from propstore.objects.serializers.serializer import (
    SerializedData,
    SerializedStream,
    Serializer,
    refused,
)
from propstore.objects.streams import in_blocks

__all__ = ["JsonSerializer"]

CONTENT_TYPE = "application/json"
LINES_CONTENT_TYPE = "application/jsonl"
ENCODING = "utf-8"


class JsonSerializer(Serializer[Any]):
    """Keeps what JSON can say: None, bool, int, finite float, str, and lists and dicts of these.

    What JSON would change without a word is refused: tuples, keys that are not text, subclasses,
    NaN. A stream of values is kept as JSON Lines.
    """

    name: ClassVar[str] = "propstore.json@v1"
    types = (dict, list, bool, int, float, type(None))
    content_types = (CONTENT_TYPE, LINES_CONTENT_TYPE)

    def serialize_data(self, value: Any, /) -> SerializedData:
        """Write a value as JSON.

        Raises
        ------
        SerializationError
            If JSON can't say it; the message tells which part of it.
        """
        return {
            "data": self._encoded(value),
            "content_type": CONTENT_TYPE,
            "content_encoding": ENCODING,
        }

    def deserialize_data(self, serialized: SerializedData, /) -> Any:
        """Read a value from JSON.

        Raises
        ------
        SerializationError
            If it is not JSON.
        """
        return self._decoded(serialized["data"])

    def serialize_data_stream(self, values: AsyncIterable[Any], /) -> SerializedStream:
        """Write values as JSON Lines."""

        async def lines() -> AsyncGenerator[bytes, None]:
            async for value in values:
                yield await asyncio.to_thread(self._encoded, value) + b"\n"

        return {
            "data_stream": lines(),
            "content_type": LINES_CONTENT_TYPE,
            "content_encoding": ENCODING,
        }

    async def deserialize_data_stream(
        self, serialized: SerializedStream, /
    ) -> AsyncGenerator[Any, None]:
        """Read values from JSON Lines."""
        rest = b""
        async with aclosing(in_blocks(serialized["data_stream"])) as blocks:
            async for block in blocks:
                *lines, rest = (rest + block).split(b"\n")
                for value in await asyncio.to_thread(self._decoded_lines, lines):
                    yield value
        if rest:
            yield await asyncio.to_thread(self._decoded, rest)

    def _encoded(self, value: Any) -> bytes:
        try:
            self._check(value, "the value")
            return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(ENCODING)
        except RecursionError:
            raise refused(self, value, "it is nested too deeply, or in itself") from None
        except SerializationError:
            raise
        except (
            ValueError
        ) as error:  # half of a surrogate pair, or an integer of thousands of digits
            raise refused(self, value, error) from error

    def _decoded(self, data: bytes) -> Any:
        try:
            return json.loads(data.decode(ENCODING))
        except (ValueError, RecursionError) as error:
            raise SerializationError(
                f"{self.name!r} can't read what is not JSON: {error}"
            ) from error

    def _decoded_lines(self, lines: list[bytes]) -> list[Any]:
        return [self._decoded(line) for line in lines]

    def _check(self, value: Any, place: str) -> None:
        """Refuse what JSON can't say, or what would come back as something else."""
        if type(value) is dict:
            for key, entry in value.items():
                if type(key) is not str:
                    raise refused(self, value, f"{place} has the key {key!r}, which is not text")
                self._check(entry, f"{place}[{key!r}]")
        elif type(value) is list:
            for index, entry in enumerate(value):
                self._check(entry, f"{place}[{index}]")
        elif type(value) is float:
            if not math.isfinite(value):
                raise refused(self, value, f"{place} is {value!r}, which JSON can't say")
        elif type(value) not in (str, int, bool, type(None)):
            raise refused(self, value, f"{place} is {value!r}, which JSON knows nothing of")
