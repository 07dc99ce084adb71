"""Arrow tables in Arrow's own format for streams."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING, Any, ClassVar

from propstore.errors import SerializationError
from propstore.objects.serializers.late import import_pyarrow
from propstore.objects.serializers.serializer import (
    SerializedData,
    SerializedStream,
    Serializer,
    imported_types,
    refused,
)
from propstore.objects.streams import spooled

if TYPE_CHECKING:
    import pyarrow as pa
    from typing_extensions import Buffer

__all__ = ["ArrowSerializer"]

CONTENT_TYPE = "application/vnd.apache.arrow.stream"


class ArrowSerializer(Serializer[Any]):
    """Keeps a `pyarrow.Table`, or a stream of `pyarrow.RecordBatch` of one schema.

    Both are in the IPC streaming format, which every implementation of Arrow reads.
    """

    name: ClassVar[str] = "propstore.arrow@v1"
    content_types = (CONTENT_TYPE,)

    @property
    def types(self) -> tuple[type, ...]:
        """`pyarrow.Table` and `pyarrow.RecordBatch`, if pyarrow is imported."""
        return imported_types("pyarrow", "Table", "RecordBatch")

    def serialize_data(self, value: pa.Table, /) -> SerializedData:
        """Write a table.

        Raises
        ------
        SerializationError
            If it is not a table.
        ImportError
            If pyarrow is not installed.
        """
        pa = import_pyarrow()
        if not isinstance(value, pa.Table):
            raise refused(self, value, "it is not a table; pyarrow.Table.from_batches([batch]) is")
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, value.schema) as writer:
            writer.write_table(value)
        return {
            "data": sink.getvalue(),
            "content_type": CONTENT_TYPE,
            "content_encoding": None,
        }

    def deserialize_data(self, serialized: SerializedData, /) -> pa.Table:
        """Read a table.

        Raises
        ------
        SerializationError
            If it is not in the IPC streaming format.
        ImportError
            If pyarrow is not installed.
        """
        pa = import_pyarrow()
        try:
            return pa.ipc.open_stream(serialized["data"]).read_all()
        except (pa.ArrowException, OSError) as error:
            raise self._malformed(error) from error

    def serialize_data_stream(self, values: AsyncIterable[pa.RecordBatch], /) -> SerializedStream:
        """Write record batches of one schema."""
        return {
            "data_stream": self._messages(values),
            "content_type": CONTENT_TYPE,
            "content_encoding": None,
        }

    async def deserialize_data_stream(
        self, serialized: SerializedStream, /
    ) -> AsyncGenerator[pa.RecordBatch, None]:
        """Read record batches, of which one is in memory at a time."""
        pa = import_pyarrow()
        async with spooled(serialized["data_stream"]) as file:
            if await asyncio.to_thread(file.seek, 0, io.SEEK_END) == 0:
                return  # no batch, so no schema either
            await asyncio.to_thread(file.seek, 0)
            try:
                reader = await asyncio.to_thread(pa.ipc.open_stream, file)
                while (batch := await asyncio.to_thread(next, reader, None)) is not None:
                    yield batch
            except (pa.ArrowException, OSError) as error:
                raise self._malformed(error) from error

    async def _messages(
        self, batches: AsyncIterable[pa.RecordBatch]
    ) -> AsyncGenerator[bytes, None]:
        pa = import_pyarrow()
        outbox = _Outbox()
        writer: Any = None
        async for batch in batches:
            if not isinstance(batch, pa.RecordBatch):
                raise refused(self, batch, "a stream is of record batches; see Table.to_batches()")
            if writer is None:
                writer = pa.ipc.new_stream(outbox, batch.schema)
            try:
                await asyncio.to_thread(writer.write_batch, batch)
            except pa.ArrowInvalid as error:  # another schema than the first batch had
                raise refused(self, batch, error) from error
            yield outbox.take()
        if writer is not None:
            writer.close()
            yield outbox.take()

    def _malformed(self, error: Exception) -> SerializationError:
        return SerializationError(f"{self.name!r} can't read what is not an Arrow stream: {error}")


class _Outbox(io.RawIOBase):
    """A file whose content is taken away as it is written."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        self._written.append(bytes(data))
        return len(self._written[-1])

    def take(self) -> bytes:
        """Give what was written since the last time."""
        taken = b"".join(self._written)
        self._written.clear()
        return taken
