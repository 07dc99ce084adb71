"""What fills the netCDF file of an archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propstore.ancillary.manifest import FileEntry
from propstore.ancillary.netcdf import layout
from propstore.ancillary.netcdf.byte_column import ByteColumn
from propstore.ancillary.netcdf.digested_reader import DigestedReader
from propstore.ancillary.netcdf.given_arrays import GivenArrays
from propstore.ancillary.netcdf.group_writer import Compression, GroupWriter, set_attributes
from propstore.ancillary.netcdf.incoming import IncomingArray, IncomingDirectory, IncomingFile
from propstore.ancillary.netcdf.library import netcdf_calls
from propstore.errors import AncillaryDataError
from propstore.objects.netcdf.blocks import blocks, transfer_shape
from propstore.objects.netcdf.names import escaped

if TYPE_CHECKING:
    import netCDF4
    import numpy

__all__ = ["ArchiveWriter"]


class ArchiveWriter:
    """What fills one netCDF file.

    The library's lock is held for one call at a time, so that others can read meanwhile.

    Parameters
    ----------
    path : Path
        What errors call the archive.
    units : mapping of str to str
        Units by the name of the array.
    compression : {"zlib", "zstd"} or None
        How variables are compressed.

    Attributes
    ----------
    written : list of FileEntry
        What is in the file.
    """

    def __init__(
        self, path: Path, units: Mapping[str, str], compression: Compression | None
    ) -> None:
        self._path = path
        self._units = units
        self._compression = compression
        self.written: list[FileEntry] = []

    def write(
        self, file: Path, directories: Iterable[IncomingDirectory], given: GivenArrays
    ) -> None:
        """Write everything, and close the file.

        Parameters
        ----------
        file : Path
            Where to write it.
        directories : iterable of IncomingDirectory
            The folders, every one after the one that it is in.
        given : GivenArrays
            What there is to say of the arrays that were handed over.

        Raises
        ------
        AncillaryDataError
            If something can't be read or written.
        """
        import netCDF4

        with netcdf_calls(self._path, "written"):
            dataset = netCDF4.Dataset(file.absolute(), "w", format="NETCDF4")
        try:
            root = self._begin(dataset, given)
            self._write_tree(root, directories)
        finally:
            with netcdf_calls(self._path, "written"):
                dataset.close()

    def _begin(self, dataset: netCDF4.Dataset, given: GivenArrays) -> GroupWriter:
        root = GroupWriter(dataset, self._compression)
        with netcdf_calls(self._path, "written"):
            if self._compression == "zstd" and not dataset.has_zstd_filter():
                raise AncillaryDataError(
                    "the installed netCDF library has no zstd filter; use compression='zlib'"
                )
            root.set_attributes(
                {
                    layout.ARCHIVE_FORMAT: layout.CURRENT_FORMAT,
                    layout.ARCHIVE_NOTE: layout.NOTE,
                    **given.attributes,
                }
            )
            # Before all else, so that they get the names that they have.
            for name, length in given.dimensions.items():
                root.dimension(name, length)
        return root

    def _write_tree(self, root: GroupWriter, directories: Iterable[IncomingDirectory]) -> None:
        groups: dict[tuple[str, ...], GroupWriter] = {(): root}
        for directory in directories:
            parts = directory.parts
            if parts:
                groups[parts] = self._make_group(groups[parts[:-1]], directory)
            self._write_files(groups[parts], directory)

    def _make_group(self, parent: GroupWriter, directory: IncomingDirectory) -> GroupWriter:
        name = directory.parts[-1]
        with netcdf_calls(self._path, "written"):
            group = parent.child(name)
            group.set_attributes(
                {
                    layout.DIRECTORY_NAME: escaped(name),
                    layout.DIRECTORY_MODE: directory.mode,
                    layout.DIRECTORY_MODIFIED: directory.modified,
                }
            )
        return group

    def _write_files(self, group: GroupWriter, directory: IncomingDirectory) -> None:
        """Write small files into one variable, and each that fills a chunk into its own.

        A variable costs about a millisecond and 3 kB, whatever it holds.
        """
        together = [file for file in directory.files if file.stored_size <= layout.BYTES_CHUNK]
        alone = [file for file in directory.files if file.stored_size > layout.BYTES_CHUNK]
        if together:
            self._write_variable(group, "files", together, directory.parts)
        for file in alone:
            self._write_variable(group, file.name, [file], directory.parts)

    def _write_variable(
        self, group: GroupWriter, wanted: str, files: list[IncomingFile], parts: tuple[str, ...]
    ) -> None:
        with netcdf_calls(self._path, "written"):
            variable = group.bytes_variable(wanted, sum(file.stored_size for file in files))
        column = ByteColumn(variable, self._path)
        digests = [self._copy(group, file, column) for file in files]
        column.flush()
        attributes = {
            layout.FILE_NAME: [escaped(file.name) for file in files],
            layout.FILE_SIZE: [file.size for file in files],
            layout.FILE_STORED_SIZE: [file.stored_size for file in files],
            layout.FILE_SHA256: digests,
            layout.FILE_MODE: [file.mode for file in files],
            layout.FILE_MODIFIED: [file.modified for file in files],
        }
        with netcdf_calls(self._path, "written"):
            set_attributes(variable, attributes, wanted)
        for file, digest in zip(files, digests, strict=True):
            name = "/".join((*parts, file.name))
            self.written.append(FileEntry(name, file.size, digest, file.mode, file.modified))

    def _copy(self, group: GroupWriter, file: IncomingFile, column: ByteColumn) -> str:
        """Copy a file into the column, but for what goes into arrays; give its SHA-256."""
        with DigestedReader(file) as reader:
            for offset, array in file.inline_arrays:
                reader.copy_to(column, offset - reader.position)
                variable = self._make_array(group, array, file)
                for block in _blocks(array):
                    self._write_block(variable, array, block, reader.read_block(array, block))
            reader.copy_to(column, file.size - reader.position)
            digest = reader.finish()
        for array in file.arrays:
            values = None if array.inline else array.values()
            if values is not None:
                variable = self._make_array(group, array, file)
                for block in _blocks(array):
                    self._write_block(variable, array, block, values[block or ...])
        return digest

    def _make_array(
        self, group: GroupWriter, array: IncomingArray, file: IncomingFile
    ) -> netCDF4.Variable[Any]:
        attributes: dict[str, Any] = {**array.attributes, **array.encoding.attributes}
        if array.name in self._units:
            attributes["units"] = self._units[array.name]
        attributes[layout.NUMPY_DTYPE] = array.encoding.dtype_text
        attributes[layout.ARRAY_FILE] = escaped(file.name)
        wanted = file.name.removesuffix(".npy")
        if array.member is not None:
            attributes[layout.ARRAY_MEMBER] = escaped(array.member)
            wanted = f"{file.name.removesuffix('.npz')}.{array.member}"
        if array.inline:
            attributes[layout.ARRAY_OFFSET] = array.offset
        with netcdf_calls(self._path, "written"):
            variable = group.array_variable(array, wanted)
            set_attributes(variable, attributes, f"the array {array.name!r}")
        return variable

    def _write_block(
        self,
        variable: netCDF4.Variable[Any],
        array: IncomingArray,
        block: tuple[slice, ...],
        values: Any,
    ) -> None:
        import numpy

        held: numpy.ndarray[Any, Any] = array.encoding.encode(numpy.asarray(values))
        with netcdf_calls(self._path, "written"):
            variable[block or ...] = held


def _blocks(array: IncomingArray) -> Iterable[tuple[slice, ...]]:
    itemsize = array.encoding.dtype.itemsize
    return blocks(array.shape, transfer_shape(array.shape, itemsize))
