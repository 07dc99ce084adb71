"""The arrays in the files that numpy writes, found without unpickling anything."""

from __future__ import annotations

import struct
import sys
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from propstore.ancillary.netcdf.incoming import IncomingArray
from propstore.objects.netcdf.encoding import Encoding, encoding_of

if TYPE_CHECKING:
    import numpy

__all__ = ["arrays_in"]

_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those that numpy uses
_LOCAL_HEADER = struct.Struct("<26xHH")  # ends with the lengths of the name and of the extra field


@dataclass(frozen=True)
class _Header:
    shape: tuple[int, ...]
    encoding: Encoding
    fortran_order: bool
    length: int

    @property
    def contiguous(self) -> bool:
        return not self.fortran_order or len(self.shape) < 2

    @property
    def end(self) -> int:
        return self.length + prod(self.shape) * self.encoding.dtype.itemsize


def arrays_in(path: Path, name: str, size: int) -> tuple[IncomingArray, ...]:
    """Find the arrays of an ``.npy`` or ``.npz`` file.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        What the file is called in the archive: its path from the source.
    size : int
        Its size in bytes.

    Returns
    -------
    tuple of IncomingArray
        Those that netCDF can hold. A file that isn't what its name says has none; nor has one of
        Python objects, or of a version of the format that is not public (3.0, for member names
        that are not Latin-1).

    Raises
    ------
    OSError
        If the file can't be read.
    """
    if name.endswith(".npy"):
        return tuple(_in_npy(path, name, size))
    if name.endswith(".npz"):
        arrays = tuple(_in_npz(path, name, size))
        unique = len({array.name for array in arrays}) == len(arrays)
        return arrays if unique and _disjoint(arrays) else ()
    return ()


def _in_npy(path: Path, name: str, size: int) -> Iterator[IncomingArray]:
    with path.open("rb") as stream:
        header = _read_header(stream)
    if header is None or header.end > size:
        return
    yield IncomingArray(
        name.removesuffix(".npy"),
        header.shape,
        header.encoding,
        partial(_map, path),
        offset=header.length if header.contiguous else None,
    )


def _in_npz(path: Path, name: str, size: int) -> Iterator[IncomingArray]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                array = _in_member(archive, member, path, name)
                if array is not None and (
                    array.offset is None or array.offset + array.size <= size
                ):
                    yield array
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
        return


def _in_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, name: str
) -> IncomingArray | None:
    if not member.filename.endswith(".npy") or member.compress_type not in _COMPRESSIONS:
        return None
    with archive.open(member) as stream:
        header = _read_header(cast(BinaryIO, stream))
    if header is None or header.end > member.file_size:
        return None
    offset = None
    if member.compress_type == zipfile.ZIP_STORED and header.contiguous:
        offset = _data_offset(path, member) + header.length
    label = member.filename.removesuffix(".npy")
    return IncomingArray(
        f"{name}/{label}",
        header.shape,
        header.encoding,
        partial(_unpack, path, member),
        offset=offset,
        member=label,
    )


def _read_header(stream: BinaryIO) -> _Header | None:
    from numpy.lib import format as npy

    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    try:
        version = npy.read_magic(stream)
        if version not in readers:
            return None
        shape, fortran_order, dtype = readers[version](stream)
    except (ValueError, tokenize.TokenError):
        return None
    encoding = encoding_of(dtype, len(shape))
    if encoding is None or any(length < 0 for length in shape):
        return None
    return _Header(shape, encoding, fortran_order, stream.tell())


def _data_offset(path: Path, member: zipfile.ZipInfo) -> int:
    with path.open("rb") as stream:
        stream.seek(member.header_offset)
        name_length, extra_length = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
    offset: int = member.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    return offset


def _disjoint(arrays: tuple[IncomingArray, ...]) -> bool:
    ranges = sorted(
        (array.offset, array.offset + array.size) for array in arrays if array.offset is not None
    )
    return all(first[1] <= second[0] for first, second in pairwise(ranges))


def _map(path: Path) -> numpy.ndarray[Any, Any] | None:
    import numpy

    return _readable(numpy.load(path, mmap_mode="r", allow_pickle=False))


def _unpack(path: Path, member: zipfile.ZipInfo) -> numpy.ndarray[Any, Any] | None:
    from numpy.lib import format as npy

    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
            return _readable(npy.read_array(cast(BinaryIO, stream), allow_pickle=False))
    except (zipfile.BadZipFile, ValueError, EOFError, zlib.error):
        return None


def _readable(values: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any] | None:
    """Give the array, unless it says of bytes that they are text and they aren't."""
    import numpy

    if values.dtype.kind != "U" or not values.size:
        return values
    points = numpy.asarray(values, order="C").reshape((*values.shape, 1)).view("u4")
    if values.dtype.byteorder == ">":
        points = points.byteswap()
    return values if points.max() <= sys.maxunicode else None
