"""A file that is digested while it is read into an archive."""

from __future__ import annotations

import hashlib
import math
from types import TracebackType
from typing import TYPE_CHECKING, Any

from propstore.errors import AncillaryDataError
from propstore.external.digest import BUFFER_SIZE, WritableStream

if TYPE_CHECKING:
    import numpy

    from propstore.ancillary.netcdf.incoming import IncomingArray, IncomingFile

__all__ = ["DigestedReader"]


class DigestedReader:
    """What reads a file from its start to its end, once.

    Parameters
    ----------
    file : IncomingFile
        The file; it is open in a ``with`` block.

    Attributes
    ----------
    position : int
        How many of its bytes were read.
    """

    def __init__(self, file: IncomingFile) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self.position = 0

    def __enter__(self) -> DigestedReader:
        try:
            self._stream = self._file.open()
        except OSError as error:
            raise self._unreadable(error) from error
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stream.close()

    def copy_to(self, destination: WritableStream, length: int) -> None:
        """Copy the bytes that come next.

        Raises
        ------
        AncillaryDataError
            If there are fewer.
        """
        while length > 0:
            data = self._read(min(length, BUFFER_SIZE))
            destination.write(data)
            length -= len(data)

    def read_block(self, array: IncomingArray, block: tuple[slice, ...]) -> numpy.ndarray[Any, Any]:
        """Read the bytes that come next as a block of an array.

        Raises
        ------
        AncillaryDataError
            If there are fewer.
        """
        import numpy

        shape = [part.stop - part.start for part in block]
        dtype = array.encoding.dtype
        return numpy.frombuffer(self._read(math.prod(shape) * dtype.itemsize), dtype).reshape(shape)

    def finish(self) -> str:
        """Give the SHA-256 of the file.

        Raises
        ------
        AncillaryDataError
            If there are bytes left.
        """
        if self._stream.read(1):
            raise self._changed()
        return self._sha256.hexdigest()

    def _read(self, length: int) -> bytes:
        try:
            data = self._stream.read(length)
        except OSError as error:
            raise self._unreadable(error) from error
        if len(data) != length:
            raise self._changed()
        self._sha256.update(data)
        self.position += length
        return data

    def _changed(self) -> AncillaryDataError:
        return AncillaryDataError(
            f"the file {self._file.name!r} had {self._file.size} bytes and now has more or fewer; "
            "nothing may write to files while they are archived"
        )

    def _unreadable(self, error: OSError) -> AncillaryDataError:
        return AncillaryDataError(f"the file {self._file.name!r} can't be read: {error}")
