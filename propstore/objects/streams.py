"""Streams of bytes that the event loop passes on, without waiting for a disk itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from tempfile import NamedTemporaryFile
from typing import IO

from propstore.external.digest import BUFFER_SIZE

__all__ = ["in_blocks", "spooled"]


async def in_blocks(stream: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    """Join the small chunks of a stream, so that each is worth the work of a thread.

    Parameters
    ----------
    stream : async iterable of bytes
        Chunks of any size.

    Yields
    ------
    bytes
        Chunks of a mebibyte or more, but for the last.
    """
    waiting: list[bytes] = []
    size = 0
    async for chunk in stream:
        waiting.append(chunk)
        size += len(chunk)
        if size >= BUFFER_SIZE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


@asynccontextmanager
async def spooled(stream: AsyncIterable[bytes]) -> AsyncIterator[IO[bytes]]:
    """Write a stream to a temporary file, which is gone at the end.

    Parameters
    ----------
    stream : async iterable of bytes
        What to write.

    Yields
    ------
    binary file
        All of the stream, to be read from its beginning; it has a ``name``. To be used in threads.
    """
    file = await asyncio.to_thread(_temporary_file)
    try:
        async with aclosing(in_blocks(stream)) as blocks:
            async for block in blocks:
                await asyncio.to_thread(file.write, block)
        await asyncio.to_thread(file.seek, 0)  # which also flushes it
        yield file
    finally:
        await asyncio.to_thread(file.close)


def _temporary_file() -> IO[bytes]:
    return NamedTemporaryFile(prefix="propstore-")
