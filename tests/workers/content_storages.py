"""Storages for content that do what is rare."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

from propstore.external import ExternalStorage, MemoryStorage
from propstore.objects import (
    ContentPointer,
    Digest,
    ExternalContentStorage,
    FileContentStorage,
    GetStreamDigest,
    MemoryContentStorage,
    Storage,
    TagMap,
)


class PlainStorage(Storage[str]):
    """Keeps content in a dictionary, and can't remove it."""

    name = "test.plain@v1"

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    async def write_data(self, data: bytes, digest: Digest, tags: TagMap, /) -> str:
        self.contents[digest["content_hash"]] = data
        return digest["content_hash"]

    async def read_data(self, storage_data: str, /) -> bytes:
        return self.contents[storage_data]


class MeetingStorage(MemoryContentStorage):
    """Writes content only when so many are being written at once."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self._meeting = asyncio.Barrier(parties)

    async def write_data(self, data: bytes, digest: Digest, tags: TagMap, /) -> ContentPointer:
        async with asyncio.timeout(60):
            await self._meeting.wait()
        return await super().write_data(data, digest, tags)


class CrowdedStorage(MemoryContentStorage):
    """Counts how much is written at once."""

    def __init__(self) -> None:
        super().__init__()
        self._present = 0
        self.most_present = 0

    async def write_data(self, data: bytes, digest: Digest, tags: TagMap, /) -> ContentPointer:
        self._present += 1
        self.most_present = max(self.most_present, self._present)
        pointer = await super().write_data(data, digest, tags)
        self._present -= 1
        return pointer


class FreeingStorage(ExternalContentStorage):
    """Loses what it has just written, as if another had removed it as garbage."""

    name = "test.freeing@v1"

    def __init__(self, losses: int, external: ExternalStorage | None = None) -> None:
        super().__init__(MemoryStorage() if external is None else external)
        self.losses = losses

    async def write_data(self, data: bytes, digest: Digest, tags: TagMap, /) -> ContentPointer:
        return await self._lose(await super().write_data(data, digest, tags))

    async def write_data_stream(
        self, stream: AsyncIterator[bytes], get_digest: GetStreamDigest, tags: TagMap, /
    ) -> ContentPointer:
        return await self._lose(await super().write_data_stream(stream, get_digest, tags))

    async def _lose(self, pointer: ContentPointer) -> ContentPointer:
        if self.losses > 0:
            self.losses -= 1
            await self.delete_data(pointer)
        return pointer


class DyingStorage(FileContentStorage):
    """Has its process killed: after so many writes, or before it removes content."""

    def __init__(self, root_dir: Any, *, writes: int) -> None:
        super().__init__(root_dir)
        self._writes = writes

    async def write_data(self, data: bytes, digest: Digest, tags: TagMap, /) -> ContentPointer:
        pointer = await super().write_data(data, digest, tags)
        self._writes -= 1
        if self._writes == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return pointer

    async def delete_data(self, pointer: ContentPointer, /) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
