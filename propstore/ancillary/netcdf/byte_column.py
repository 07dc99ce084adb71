"""A variable of bytes that is written from its start to its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from propstore.ancillary.netcdf.layout import BYTES_CHUNK
from propstore.ancillary.netcdf.library import netcdf_calls

if TYPE_CHECKING:
    import netCDF4

__all__ = ["ByteColumn"]

_BUFFER = 16 * BYTES_CHUNK


class ByteColumn:
    """What gathers bytes, and writes them in whole chunks.

    Parameters
    ----------
    variable : netCDF4.Variable
        The variable, as long as all the bytes that will come.
    path : Path
        The archive, for errors.
    """

    def __init__(self, variable: netCDF4.Variable[Any], path: Path) -> None:
        self._variable = variable
        self._path = path
        self._waiting = bytearray()
        self._position = 0

    def write(self, data: bytes) -> None:
        """Take bytes."""
        self._waiting += data
        if len(self._waiting) >= _BUFFER:
            whole = len(self._waiting) // BYTES_CHUNK * BYTES_CHUNK
            self._write(whole)

    def flush(self) -> None:
        """Write what is left, at the end."""
        if self._waiting:
            self._write(len(self._waiting))

    def _write(self, length: int) -> None:
        import numpy

        start, self._position = self._position, self._position + length
        data = numpy.frombuffer(bytes(self._waiting[:length]), "u1")
        del self._waiting[:length]
        with netcdf_calls(self._path, "written"):
            self._variable[start : self._position] = data
