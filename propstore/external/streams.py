"""What `ExternalStorage.load_stream` hands out."""

from __future__ import annotations

import hashlib
import io
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, cast

from propstore.external.complaints import changed
from propstore.external.digest import BUFFER_SIZE, ReadableStream

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["LoadedStream", "VerifyingReader", "read_up_to", "skip"]


class VerifyingReader(io.RawIOBase):
    """A stream that is digested as it is read, forwards only, and judged at its end.

    Parameters
    ----------
    source : BinaryIO
        The stream to read.
    location : str
        Its location, for the error.
    digest : str
        The SHA-256 that its content has to have.
    """

    def __init__(self, source: BinaryIO, location: str, digest: str) -> None:
        self._source = source
        self._location = location
        self._expected = digest
        self._sha256 = hashlib.sha256()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Read bytes into a buffer.

        Raises
        ------
        ChangedExternalResourceError
            At the end, if the content was another one.
        """
        view = memoryview(buffer).cast("B")
        chunk = self._source.read(len(view))
        view[: len(chunk)] = chunk
        self._sha256.update(chunk)
        if view and not chunk:
            self._judge()
        return len(chunk)

    def drain(self) -> None:
        """Read what is left, so that the whole content is judged.

        Raises
        ------
        ChangedExternalResourceError
            If the content was another one.
        """
        while chunk := self._source.read(BUFFER_SIZE):
            self._sha256.update(chunk)
        self._judge()

    def _judge(self) -> None:
        digest = self._sha256.hexdigest()
        if digest != self._expected:
            raise changed(self._location, self._expected, digest)


class LoadedStream(AbstractContextManager[BinaryIO]):
    """An open stream that can be read in a ``with`` block only, and once.

    Parameters
    ----------
    context : context manager of BinaryIO
        What gives the stream; it is entered at once, so that what is missing is known at once.
    location : str
        The location that is read.
    digest : str, optional
        The SHA-256 that the content has to have.
    """

    def __init__(
        self, context: AbstractContextManager[BinaryIO], location: str, digest: str | None
    ) -> None:
        self._cleanup = ExitStack()
        self._entered = False
        stream = self._cleanup.enter_context(context)
        self._location = location
        self._verifier = None if digest is None else VerifyingReader(stream, location, digest)
        if self._verifier is not None:
            stream = cast(BinaryIO, io.BufferedReader(self._verifier, BUFFER_SIZE))
        self._stream = stream

    def __enter__(self) -> BinaryIO:
        if self._entered:
            raise RuntimeError(
                f"the stream of {self._location!r} was read already; call load_stream() again"
            )
        self._entered = True
        return self._stream

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._cleanup:
            if error is None and self._verifier is not None:
                self._verifier.drain()

    def __del__(self) -> None:
        # A stream that was asked for and never read holds a file or a connection.
        self._cleanup.close()


def read_up_to(stream: ReadableStream, length: int) -> bytes:
    """Read so many bytes, or fewer where the stream ends before."""
    chunks = []
    while length and (chunk := stream.read(min(length, BUFFER_SIZE))):
        chunks.append(chunk)
        length -= len(chunk)
    return b"".join(chunks)


def skip(stream: ReadableStream, length: int) -> None:
    """Read so many bytes and forget them."""
    while length and (chunk := stream.read(min(length, BUFFER_SIZE))):
        length -= len(chunk)
