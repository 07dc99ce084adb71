"""A directory of an external storage as a zarr store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Condition
from typing import Any

from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
)
from zarr.core.buffer import Buffer, BufferPrototype

from propstore.errors import ExternalResourceError, MissingExternalResourceError
from propstore.objects.serializers.persistent import Folder

__all__ = ["ZarrFolder"]

_CHUNKS = "c"


class ZarrFolder(Store):
    """Zarr's keys as files in a directory, each written wholly or not at all.

    For zarr a chunk that isn't there is one of zeros. Here every chunk is written, so one that
    isn't there was removed or lost, and to read it is an error.

    Parameters
    ----------
    folder : Folder
        The directory.
    read_only : bool
        Whether nothing is to be written.
    """

    supports_writes = True
    supports_deletes = True
    supports_listing = True

    def __init__(self, folder: Folder, *, read_only: bool) -> None:
        super().__init__(read_only=read_only)
        self._folder = folder
        self._gate = _Gate()

    def stop_writing(self) -> None:
        """Let nothing more be written in this process, and wait for what is being written."""
        self._gate.close()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ZarrFolder) and other._folder == self._folder

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._folder!r})"

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Read a file, or a part of it; None for metadata that aren't there.

        Raises
        ------
        MissingExternalResourceError
            For a chunk that isn't there.
        """
        try:
            data = await asyncio.to_thread(self._load, key, byte_range)
        except MissingExternalResourceError:
            if self.read_only and key.partition("/")[0] == _CHUNKS:
                raise
            return None
        return prototype.buffer.from_bytes(data)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Read parts of files."""
        parts = (self.get(key, prototype, byte_range) for key, byte_range in key_ranges)
        return list(await asyncio.gather(*parts))

    async def exists(self, key: str) -> bool:
        """Tell whether there is such a file."""
        return await asyncio.to_thread(self._folder.storage.exists, self._folder.locate(key))

    async def set(self, key: str, value: Buffer) -> None:
        """Write a file."""
        self._check_writable()
        await asyncio.to_thread(self._store, key, memoryview(value.as_buffer_like()))

    async def delete(self, key: str) -> None:
        """Remove a file, if it is there."""
        self._check_writable()
        with suppress(MissingExternalResourceError):
            await asyncio.to_thread(self._folder.remove, key)

    async def list(self) -> AsyncIterator[str]:
        """Iterate over all files."""
        async for key in self.list_prefix(""):
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """Iterate over the files whose names begin so."""
        for key in await asyncio.to_thread(self._keys, prefix):
            yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Iterate over what is directly in a directory."""
        start = f"{prefix.rstrip('/')}/" if prefix else ""
        keys = await asyncio.to_thread(self._keys, start)
        for name in sorted({key.removeprefix(start).partition("/")[0] for key in keys}):
            yield name

    def _store(self, key: str, data: memoryview) -> None:
        with self._gate.passed():
            self._folder.storage.store_bytes(self._folder.locate(key), data)

    def _keys(self, prefix: str) -> Any:
        start = self._folder.locate("")
        return [
            location.removeprefix(start)
            for location in self._folder.storage.iter_contents(start + prefix)
        ]

    def _load(self, key: str, byte_range: ByteRequest | None) -> bytes:
        storage, location = self._folder.storage, self._folder.locate(key)
        if isinstance(byte_range, RangeByteRequest):
            return storage.load_range(location, byte_range.start, byte_range.end - byte_range.start)
        with storage.load_stream(location) as stream:
            data = stream.read()
        if isinstance(byte_range, OffsetByteRequest):
            return data[byte_range.offset :]
        if isinstance(byte_range, SuffixByteRequest):
            return data[-byte_range.suffix :]
        return data


class _Gate:
    """Lets through until it is closed; its copy in another process is another gate."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside = 0
        self._is_closed = False

    def __reduce__(self) -> tuple[type[_Gate], tuple[()]]:
        return _Gate, ()

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Be inside, or raise if it is closed."""
        with self._changed:
            if self._is_closed:
                raise ExternalResourceError("nothing is written any more: another chunk failed")
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Let none through any more, and wait until all are out."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: self._inside == 0)
