"""Writing an archive."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propstore.ancillary.manifest import FileEntry
from propstore.ancillary.netcdf.archive_writer import ArchiveWriter
from propstore.ancillary.netcdf.given_arrays import GivenArrays
from propstore.ancillary.netcdf.group_writer import Compression
from propstore.ancillary.netcdf.incoming import IncomingDirectory
from propstore.ancillary.netcdf.source_directory import read_source
from propstore.ancillary.source import SourceDirectory
from propstore.errors import AncillaryDataError
from propstore.external.durable import fsync_file, replace_durably, temporary_file

if TYPE_CHECKING:
    import xarray

__all__ = ["write_archive"]


def write_archive(
    source_directory: str | os.PathLike[str] | SourceDirectory | None,
    archive_path: str | os.PathLike[str],
    *,
    arrays: Mapping[str, Any] | xarray.Dataset | None = None,
    units: Mapping[str, str] | None = None,
    compression: Compression | None = "zlib",
) -> list[FileEntry]:
    """Write files and arrays to one netCDF-4 file, wholly or not at all.

    Parameters
    ----------
    source_directory : path or SourceDirectory, optional
        The directory that is kept, bit for bit; a link to a file in it is kept as that file.
    archive_path : path
        The archive; it replaces what has that name, once it is complete and synced.
    arrays : mapping of str to array, or xarray.Dataset, optional
        Arrays that are no files; each is kept as the file ``<name>.npy`` that `numpy.save` would
        write. An `xarray.DataArray` brings its dimensions, coordinates and attributes along.
    units : mapping of str to str, optional
        CF units by the name that the array has in `NetCDFArchive.arrays`.
    compression : {"zlib", "zstd"} or None
        zlib is read by every netCDF-4 library; zstd is faster and smaller, and needs a plugin.

    Returns
    -------
    list of FileEntry
        What the archive holds, sorted by name.

    Raises
    ------
    AncillaryDataError
        If something can't be kept, changes meanwhile, or can't be written: devices, sockets,
        pipes, and links that lead out of the directory, to a folder, or to nothing.
    """
    source = source_directory
    if source is not None and not isinstance(source, SourceDirectory):
        source = SourceDirectory.scan(source)
    directories, given = _incoming(source, arrays)
    _check_units(units or {}, directories)
    path = Path(archive_path)
    try:
        writer = ArchiveWriter(path, units or {}, compression)
        with temporary_file(path.parent) as (stream, temporary):
            writer.write(temporary, directories, given)
            fsync_file(stream)
            replace_durably(temporary, path)
    except OSError as error:
        raise AncillaryDataError(f"the archive {path} can't be written: {error}") from error
    return sorted(writer.written, key=lambda file: file.name)


def _incoming(
    source: SourceDirectory | None, arrays: Mapping[str, Any] | xarray.Dataset | None
) -> tuple[list[IncomingDirectory], GivenArrays]:
    given = GivenArrays({} if arrays is None else arrays)
    nothing = IncomingDirectory((), mode=0, modified=0)
    first, *others = [nothing] if source is None else read_source(source)
    taken = {file.name for file in first.files} | {directory.parts[0] for directory in others}
    files = given.files()
    for file in files:
        if file.name in taken:
            raise AncillaryDataError(
                f"there is a {file.name!r} already; give the array another name"
            )
    # Those that were handed over come first, so that their variables get the names they have.
    whole = IncomingDirectory((), first.mode, first.modified, (*files, *first.files))
    return [whole, *others], given


def _check_units(units: Mapping[str, str], directories: Iterable[IncomingDirectory]) -> None:
    arrays = {
        array.name: array
        for directory in directories
        for file in directory.files
        for array in file.arrays
    }
    for name in units:
        if name not in arrays:
            raise AncillaryDataError(
                f"there is no array {name!r} to have units; there are {sorted(arrays)}"
            )
        if arrays[name].encoding.dtype.kind in "Mm":
            raise AncillaryDataError(f"the times in {name!r} have their units already")
