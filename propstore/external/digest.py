"""SHA-256 digests, computed while the bytes pass by."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

__all__ = [
    "BUFFER_SIZE",
    "ContentDigest",
    "ReadableStream",
    "WritableStream",
    "checked_digest",
    "copy_digested",
    "digest_bytes",
    "digest_path",
    "digest_stream",
    "is_digest",
]

BUFFER_SIZE = 1024 * 1024  # bytes; larger ones measured no faster

_SHA256 = re.compile(r"[0-9a-f]{64}")


class ReadableStream(Protocol):
    """What can be read: ``read(n)`` gives up to n bytes, and none at the end."""

    def read(self, size: int, /) -> bytes:
        """Give up to `size` bytes."""


class WritableStream(Protocol):
    """What can be written to: ``write(data)`` takes all the bytes that it is given."""

    def write(self, data: bytes, /) -> object:
        """Take all of `data`."""


@dataclass(frozen=True, slots=True)
class ContentDigest:
    """The digest of some bytes, and how many there were.

    Parameters
    ----------
    digest : str
        The SHA-256, as 64 hexadecimal digits.
    size : int
        The number of bytes.
    """

    digest: str
    size: int


class _Discard:
    """A destination that keeps nothing."""

    def write(self, data: bytes, /) -> None:
        """Take `data` and forget it."""


def copy_digested(source: ReadableStream, destination: WritableStream) -> ContentDigest:
    """Copy a stream to its end into another, and digest it on the way.

    Parameters
    ----------
    source : ReadableStream
        A readable binary stream; it is read from where it stands.
    destination : WritableStream
        A writable binary stream.

    Returns
    -------
    ContentDigest
        The SHA-256 and the number of the bytes that were copied.
    """
    sha256 = hashlib.sha256()
    size = 0
    while chunk := source.read(BUFFER_SIZE):
        sha256.update(chunk)
        destination.write(chunk)
        size += len(chunk)
    return ContentDigest(sha256.hexdigest(), size)


def digest_stream(source: ReadableStream) -> ContentDigest:
    """Digest a stream from where it stands to its end."""
    return copy_digested(source, _Discard())


def digest_path(path: str | Path) -> ContentDigest:
    """Digest a file.

    Raises
    ------
    OSError
        If the file can't be read.
    """
    with Path(path).open("rb", buffering=0) as stream:
        return digest_stream(stream)


def digest_bytes(data: bytes) -> ContentDigest:
    """Digest bytes that are in memory."""
    return ContentDigest(hashlib.sha256(data).hexdigest(), len(data))


def is_digest(text: str) -> bool:
    """Say whether a string is a SHA-256 in the form in which digests are compared."""
    return _SHA256.fullmatch(text) is not None


def checked_digest(digest: str) -> str:
    """Give a digest in the lower case in which digests are compared.

    Raises
    ------
    ValueError
        If it is not a SHA-256 as 64 hexadecimal digits.
    """
    lowered = digest.lower()
    if not is_digest(lowered):
        raise ValueError(f"{digest!r} is not a SHA-256 digest: 64 hexadecimal digits are needed")
    return lowered
