"""An archive's netCDF file, opened when it is first needed."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propstore.ancillary.netcdf.chunk_cache import bound_chunk_cache
from propstore.ancillary.netcdf.library import netcdf_calls, open_for_reading
from propstore.objects.netcdf.library import NETCDF_LOCK

if TYPE_CHECKING:
    import netCDF4
    import numpy

__all__ = ["ArchiveHandle", "VariablePath"]

VariablePath = tuple[str, ...]
"""The netCDF names of the groups that lead to a variable, and its own."""


class ArchiveHandle:
    """What reads variables of one archive, from any thread.

    Parameters
    ----------
    path : Path
        The archive. It is opened when something is read, and again when something is read after
        `close`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._dataset: netCDF4.Dataset | None = None
        self._variables: dict[VariablePath, Any] = {}
        self._finalizer: weakref.finalize[..., ArchiveHandle] | None = None

    def dataset(self) -> netCDF4.Dataset:
        """Give the open file; whoever calls it holds `NETCDF_LOCK`.

        Raises
        ------
        MissingExternalResourceError, ExternalPermissionError, AncillaryDataError
            If it can't be opened.
        """
        if self._dataset is None:
            self._dataset = open_for_reading(self.path)
            # netCDF4 itself would close a forgotten file without the lock.
            self._finalizer = weakref.finalize(self, _close, self._dataset)
        return self._dataset

    def read(self, variable: VariablePath, key: Any) -> numpy.ndarray[Any, Any]:
        """Read a part of a variable as it is held.

        Raises
        ------
        AncillaryDataError
            If it is damaged.
        IndexError
            If the variable has no such part.
        """
        import numpy

        with netcdf_calls(self.path, "read"):
            found = self._variables.get(variable)
            if found is None:
                found = bound_chunk_cache(self.dataset()["/".join(variable)])
                self._variables[variable] = found
            return numpy.asarray(found[key])

    def close(self) -> None:
        """Close the file, if it is open."""
        with NETCDF_LOCK:
            if self._finalizer is not None:
                self._finalizer()
            self._dataset = None
            self._finalizer = None
            self._variables.clear()


def _close(dataset: netCDF4.Dataset) -> None:
    with NETCDF_LOCK:
        dataset.close()
