"""Digests: what is known of content, without the content."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol, TypedDict

from propstore.errors import UnreadStreamError
from propstore.objects.serializers.serializer import SerializedData, SerializedStream
from propstore.objects.streams import in_blocks

__all__ = ["HASH_ALGORITHM", "Digest", "DigestedStream", "GetStreamDigest", "digest_data"]

HASH_ALGORITHM = "sha256"


class Digest(TypedDict):
    """What is known of content.

    Attributes
    ----------
    content_type : str
        Its media type, such as ``"application/json"``.
    content_encoding : str or None
        How text is encoded in it, such as ``"utf-8"``.
    content_hash_algorithm : str
        How the hash was made: ``"sha256"``.
    content_hash : str
        The hash, as hexadecimal digits.
    content_size : int
        The number of bytes.
    """

    content_type: str
    content_encoding: str | None
    content_hash_algorithm: str
    content_hash: str
    content_size: int


class GetStreamDigest(Protocol):
    """Gives the digest of a stream, once the stream has been read to its end."""

    def __call__(self) -> Digest:
        """Give the digest.

        Raises
        ------
        UnreadStreamError
            If the stream has not been read to its end.
        """


def digest_data(serialized: SerializedData) -> Digest:
    """Give the digest of a serialized value."""
    return {
        "content_type": serialized["content_type"],
        "content_encoding": serialized["content_encoding"],
        "content_hash_algorithm": HASH_ALGORITHM,
        "content_hash": hashlib.sha256(serialized["data"]).hexdigest(),
        "content_size": len(serialized["data"]),
    }


class DigestedStream:
    """A stream of bytes that is digested as it is read, once.

    Parameters
    ----------
    serialized : SerializedStream
        The stream, and what it is.
    """

    def __init__(self, serialized: SerializedStream) -> None:
        self._serialized = serialized
        self._hash = hashlib.sha256()
        self._size = 0
        self._is_read = False

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """Give the bytes, in blocks that are worth the work of a thread."""
        async with aclosing(in_blocks(self._serialized["data_stream"])) as blocks:
            async for block in blocks:
                await asyncio.to_thread(self._hash.update, block)
                self._size += len(block)
                yield block
        self._is_read = True

    def get_digest(self) -> Digest:
        """Give the digest.

        Raises
        ------
        UnreadStreamError
            If the stream has not been read to its end.
        """
        if not self._is_read:
            raise UnreadStreamError(
                f"the stream is not read to its end (after {self._size} bytes), so its digest is "
                "not known yet; ask for it after the last chunk"
            )
        return {
            "content_type": self._serialized["content_type"],
            "content_encoding": self._serialized["content_encoding"],
            "content_hash_algorithm": HASH_ALGORITHM,
            "content_hash": self._hash.hexdigest(),
            "content_size": self._size,
        }
