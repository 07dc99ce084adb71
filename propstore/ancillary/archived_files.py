"""A record's files in a netCDF archive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from propstore.ancillary.cache import CacheEntry
from propstore.ancillary.manifest import FileEntry
from propstore.ancillary.record_files import RecordFiles

if TYPE_CHECKING:
    import xarray

    from propstore.ancillary.netcdf import NetCDFArchive

__all__ = ["ArchivedFiles"]


class ArchivedFiles(RecordFiles):
    """The files in an archive, which is read without being unpacked.

    Parameters
    ----------
    archive
        Gives the archive's path; it may have to be fetched first.
    entry
        Gives the place in the cache to unpack it to.
    """

    def __init__(self, archive: Callable[[], Path], entry: Callable[[], CacheEntry]) -> None:
        self._find_archive = archive
        self._find_entry = entry

    def __repr__(self) -> str:
        return f"ArchivedFiles({str(self._archive.path)!r})"

    @cached_property
    def _archive(self) -> NetCDFArchive:
        from propstore.ancillary.netcdf import NetCDFArchive

        return NetCDFArchive(self._find_archive())

    @cached_property
    def _entry(self) -> CacheEntry:
        return self._find_entry()

    @property
    def archive(self) -> Path:
        """The archive itself, a netCDF-4 file that any program reads."""
        return self._archive.path

    def files(self) -> list[FileEntry]:
        """List the files, in the order of their names."""
        return self._archive.files()

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading."""
        return self._archive.open(name)

    def arrays(self) -> Mapping[str, Any]:
        """Give the arrays by name; indexing one reads what is indexed."""
        return self._archive.arrays()

    def to_xarray(self) -> xarray.Dataset:
        """Give the arrays as a dataset, whose values are read when they are needed."""
        return self._archive.to_xarray()

    def materialise(self) -> Path:
        """Unpack the archive into the cache, and give the directory."""
        return self._entry.obtain("files", self._archive.extract)
