"""What a user hands over to be stored as a record's files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from propstore.ancillary.source import SourceDirectory
from propstore.errors import AncillaryDataError

if TYPE_CHECKING:
    import xarray

__all__ = ["AncillaryForm", "Submission"]

AncillaryForm: TypeAlias = Literal["directory", "netcdf"]
"""How a record's files are kept: as they are, or as one netCDF archive."""


@dataclass(frozen=True)
class Submission:
    """A directory of files, arrays, large fields, or some of these, and how they are to be kept.

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
    fields
        The large fields of the record, written to files.
    archive
        An archive of another store, in place of all these: it is kept bit for bit.
    """

    path: str | os.PathLike[str] | None
    form: AncillaryForm = "directory"
    move: bool = False
    arrays: Mapping[str, Any] | xarray.Dataset | None = None
    units: Mapping[str, str] | None = None
    fields: SourceDirectory | None = None
    archive: Path | None = None

    def __post_init__(self) -> None:
        if self.form not in ("directory", "netcdf"):
            raise AncillaryDataError(f"{self.form!r} is not 'directory' or 'netcdf'.")
        if self.form == "directory" and (self.arrays is not None or self.units is not None):
            raise AncillaryDataError(
                "arrays and units are kept in a netCDF archive: store with ancillary='netcdf', or "
                "save the arrays as .npy files in the directory."
            )

    @property
    def leftover(self) -> Path | None:
        """The user's own copy, if it is to be removed once the record is committed."""
        return Path(self.path).resolve() if self.move and self.path is not None else None

    def source(self) -> SourceDirectory | None:
        """Look through the directory, and add the large fields; None if there is neither.

        Raises
        ------
        AncillaryDataError
            If the directory can't be stored, or has files of the same names as the fields.
        """
        if self.path is None:
            return self.fields
        given = SourceDirectory.scan(self.path)
        return given if self.fields is None else given.joined(self.fields)
