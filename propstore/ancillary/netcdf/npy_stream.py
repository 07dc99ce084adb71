"""The bytes of the ``.npy`` file that numpy would write of an array, block by block."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from propstore.errors import AncillaryDataError
from propstore.objects.netcdf.blocks import blocks, transfer_shape

if TYPE_CHECKING:
    import numpy
    from typing_extensions import Buffer

    from propstore.ancillary.netcdf.incoming import IncomingArray

__all__ = ["npy_header", "open_npy"]


def npy_header(name: str, dtype: numpy.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """Give the header of an ``.npy`` file, as `numpy.save` writes it.

    Raises
    ------
    AncillaryDataError
        If it can't say what the type is.
    """
    from numpy.lib import format as npy

    stream = io.BytesIO()
    try:
        header = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
        try:
            npy.write_array_header_1_0(stream, header)
        except ValueError:  # more than 65,535 bytes of member names
            npy.write_array_header_2_0(stream, header)
    except ValueError as error:
        raise AncillaryDataError(
            f"the array {name!r} can't be an .npy file: its type {dtype} has overlapping members, "
            "or names of members that are not Latin-1"
        ) from error
    return stream.getvalue()


def open_npy(header: bytes, array: IncomingArray) -> BinaryIO:
    """Open the file that an array would be.

    Parameters
    ----------
    header : bytes
        What `npy_header` gave.
    array : IncomingArray
        The array.
    """
    return io.BufferedReader(_PieceStream(_pieces(header, array)))


def _pieces(header: bytes, array: IncomingArray) -> Iterator[bytes]:
    import numpy

    yield header
    values: Any = array.values()
    itemsize = array.encoding.dtype.itemsize
    for block in blocks(array.shape, transfer_shape(array.shape, itemsize)):
        yield numpy.asarray(values[block or ...]).tobytes()


class _PieceStream(io.RawIOBase):
    """Pieces of bytes, one after the other; none is empty."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        if not self._piece:
            self._piece = memoryview(next(self._pieces, b""))
        length = min(len(view), len(self._piece))
        view[:length] = self._piece[:length]
        self._piece = self._piece[length:]
        return length
