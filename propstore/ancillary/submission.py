"""What a user hands over to be stored as a record's files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from propstore.errors import AncillaryDataError

if TYPE_CHECKING:
    import xarray

__all__ = ["AncillaryForm", "Submission"]

AncillaryForm: TypeAlias = Literal["directory", "netcdf"]
"""How a record's files are kept: as they are, or as one netCDF archive."""


@dataclass(frozen=True)
class Submission:
    """A directory of files, arrays, or both, and how they are to be kept.

    Attributes
    ----------
    path
        The directory.
    form
        How they are kept.
    move
        Whether the files leave where they are.
    arrays
        Arrays that are no files, by name; an archive keeps them as netCDF variables.
    units
        CF units of arrays, by name.
    """

    path: str | os.PathLike[str] | None
    form: AncillaryForm = "directory"
    move: bool = False
    arrays: Mapping[str, Any] | xarray.Dataset | None = None
    units: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if self.form not in ("directory", "netcdf"):
            raise AncillaryDataError(f"{self.form!r} is not 'directory' or 'netcdf'.")
        if self.form == "directory" and (self.arrays is not None or self.units is not None):
            raise AncillaryDataError(
                "arrays and units are kept in a netCDF archive: store with ancillary='netcdf', or "
                "save the arrays as .npy files in the directory."
            )
