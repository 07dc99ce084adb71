"""The netCDF library, one thread at a time, and its errors in terms of archives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from propstore.errors import (
    AncillaryDataError,
    ExternalPermissionError,
    MissingExternalResourceError,
    PropstoreError,
)
from propstore.objects.netcdf.library import NETCDF_LOCK

if TYPE_CHECKING:
    import netCDF4

__all__ = ["netcdf_calls", "open_for_reading"]


@contextmanager
def netcdf_calls(path: Path, doing: str) -> Iterator[None]:
    """Call netCDF4 alone, and say what failed in terms of the archive.

    Parameters
    ----------
    path : Path
        The archive.
    doing : str
        What is done to it: "read" or "written".

    Raises
    ------
    AncillaryDataError
        If netCDF or HDF5 fails, or the path is not UTF-8, which netCDF4 can't open.
    """
    with NETCDF_LOCK:
        try:
            yield
        except PropstoreError:
            raise
        except (OSError, RuntimeError, UnicodeEncodeError) as error:
            raise AncillaryDataError(f"the archive {path} can't be {doing}: {error}") from error


def open_for_reading(path: Path) -> netCDF4.Dataset:
    """Open an archive so that its variables give what is stored, neither masked nor scaled.

    Raises
    ------
    MissingExternalResourceError
        If there is no such file.
    ExternalPermissionError
        If it may not be read.
    AncillaryDataError
        If it isn't a netCDF file, or is damaged.
    """
    import netCDF4

    if not path.is_file():
        raise MissingExternalResourceError(f"there is no archive {path}")
    with NETCDF_LOCK:
        try:
            # Absolute, since netCDF takes names such as http://... for something else.
            dataset = netCDF4.Dataset(path.absolute(), "r")
        except PermissionError as error:
            raise ExternalPermissionError(f"the archive {path} may not be read: {error}") from error
        except (OSError, RuntimeError, UnicodeEncodeError) as error:
            raise AncillaryDataError(
                f"{path} can't be opened as a netCDF-4 file: {error}. It may be damaged; on a file "
                "system without locks, set HDF5_USE_FILE_LOCKING=FALSE before Python starts"
            ) from error
        dataset.set_auto_maskandscale(False)
        dataset.set_auto_chartostring(False)
        return dataset
