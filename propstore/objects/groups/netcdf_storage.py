"""Groups in a netCDF-4 file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propstore.objects.groups.file_storage import FileStorage, Mode
from propstore.objects.groups.group import StorageGroup
from propstore.objects.groups.netcdf_file import NetCDFFile
from propstore.objects.groups.netcdf_group import NetCDFGroup
from propstore.objects.groups.netcdf_value import NetCDFValue
from propstore.objects.groups.session import Session
from propstore.objects.netcdf.encoding import encoding_of
from propstore.objects.netcdf.library import NETCDF_LOCK
from propstore.objects.netcdf.variables import Compression

if TYPE_CHECKING:
    import numpy

__all__ = ["NetCDFStorage"]

_WASTE = 2**20  # bytes that removed values may take up in any file
_MOST_REMOVED = 2**15  # HDF5 has 16 bits to number all attributes that an object ever had
_BLOCK = 4 * 2**20


class NetCDFStorage(FileStorage):
    """Groups in a netCDF-4 file, in which an array is a variable that others read.

    Parameters
    ----------
    filename, mode, timeout, classes, unknown_as_plain
        As `FileStorage` has them.
    compression : {"zlib", "zstd"} or None
        How arrays are compressed. zlib is read by every netCDF-4 library; zstd is faster, and needs
        a plugin. Without compression arrays have no checksums either.
    """

    def __init__(
        self,
        filename: str | os.PathLike[str],
        mode: Mode = "a",
        *,
        compression: Compression | None = "zlib",
        timeout: float = 60.0,
        classes: Iterable[type] = (),
        unknown_as_plain: bool = False,
    ) -> None:
        super().__init__(
            filename, mode, timeout=timeout, classes=classes, unknown_as_plain=unknown_as_plain
        )
        if compression not in ("zlib", "zstd", None):
            raise ValueError(
                f"{compression!r} is no compression; there are 'zlib', 'zstd' and None"
            )
        self._compression = compression
        self._file: NetCDFFile | None = None

    @staticmethod
    def has_place(dtype: numpy.dtype[Any], rank: int) -> bool:
        """Tell whether netCDF can hold an array as a variable."""
        return encoding_of(dtype, rank) is not None

    def _open_file(self) -> tuple[StorageGroup, Session]:
        source = self._source
        session = self._session_with(NETCDF_LOCK, copies_arrays=False)
        session.has_changed = source is None
        self._file = NetCDFFile(source, self._temporary, self._compression)
        return NetCDFGroup(session, "/", self._file), session

    def _complete(self, temporary: Path) -> None:
        assert self._file is not None
        self._file.make_writable()
        removed = self._file.removed_size
        is_wasteful = removed > _WASTE and removed > temporary.stat().st_size / 2
        if is_wasteful or self._file.removed_count > _MOST_REMOVED:
            self._rewrite(temporary)
        else:
            self._file.close()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def _rewrite(self, temporary: Path) -> None:
        """Write everything that wasn't removed to a new file."""
        assert self._file is not None
        smaller = temporary.with_suffix(".smaller")
        target = NetCDFFile(None, smaller, self._compression)
        session = self._session_with(NETCDF_LOCK, copies_arrays=False)
        try:
            with session.writing():
                _copy_group(
                    NetCDFGroup(session, "/", self._file), NetCDFGroup(session, "/", target)
                )
            target.close()
            self._file.close()
            smaller.replace(temporary)
        finally:
            target.close()
            smaller.unlink(missing_ok=True)


def _copy_group(source: NetCDFGroup, target: NetCDFGroup) -> None:
    for name in source._names():
        if source._kind(name) == "group":
            child, copy = source._child(name), target._make_child(name)
            assert isinstance(child, NetCDFGroup)
            assert isinstance(copy, NetCDFGroup)
            _copy_group(child, copy)
            continue
        value = source._read(name)
        assert isinstance(value, NetCDFValue)
        if value.grows:
            _copy_rows(value, target, name)
        else:
            target._write(name, value.fresh())


def _copy_rows(value: NetCDFValue, target: NetCDFGroup, name: str) -> None:
    first = value.rows(0, 1)
    array = target._create_array(name, first.dtype, first.shape[1:])
    length = (value.summary.shape or (0,))[0]
    step = max(1, _BLOCK // max(1, first.nbytes))
    for start in range(0, length, step):
        array.append(value.rows(start, start + step))
