"""Reading what an archive holds, and trusting none of it."""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from propstore.ancillary.manifest import FileEntry
from propstore.ancillary.netcdf import layout
from propstore.ancillary.netcdf.attributes import Attributes
from propstore.ancillary.netcdf.places import (
    ArchiveIndex,
    ArrayPlace,
    DirectoryPlace,
    FilePlace,
)
from propstore.errors import AncillaryDataError
from propstore.external.digest import checked_digest
from propstore.objects.netcdf.encoding import Encoding, dtype_from_text, encoding_of
from propstore.objects.netcdf.names import unescaped

if TYPE_CHECKING:
    import netCDF4

    from propstore.ancillary.netcdf.handle import VariablePath

__all__ = ["read_index"]

_Place = TypeVar("_Place")
_OF_ARRAYS = {
    *("_FillValue", "coordinates", layout.NUMPY_DTYPE),
    *(layout.ARRAY_FILE, layout.ARRAY_MEMBER, layout.ARRAY_OFFSET),
}


def read_index(dataset: netCDF4.Dataset, path: Path) -> ArchiveIndex:
    """Read what an open archive holds; whoever calls it holds the lock.

    Parameters
    ----------
    dataset : netCDF4.Dataset
        The archive.
    path : Path
        Its path, for errors.

    Raises
    ------
    AncillaryDataError
        If it isn't an archive, is malformed, or names a file that would be outside of it.
    """
    root = Attributes(dataset, path)
    if layout.ARCHIVE_FORMAT not in root.names:
        raise AncillaryDataError(f"{path} is a netCDF file, but no archive that propstore wrote")
    if root.integer(layout.ARCHIVE_FORMAT) != layout.CURRENT_FORMAT:
        raise AncillaryDataError(
            f"the archive {path} has a format that this version of propstore can't read; "
            f"it reads format {layout.CURRENT_FORMAT}"
        )
    index = ArchiveIndex(attributes=root.without({layout.ARCHIVE_FORMAT, layout.ARCHIVE_NOTE}))
    waiting: list[tuple[netCDF4.Dataset, str, VariablePath]] = [(dataset, "", ())]
    while waiting:
        group, folder, groups = waiting.pop()
        _GroupReader(group, folder, groups, path, index).read()
        for name, child in reversed(group.groups.items()):
            label = _component(Attributes(child, path).text(layout.DIRECTORY_NAME), path)
            waiting.append((child, f"{folder}{label}/", (*groups, name)))
    both = index.files.keys() & index.directories.keys()
    if both:
        raise AncillaryDataError(f"the archive {path} has files that are folders: {sorted(both)}")
    return index


def _component(label: str, path: Path) -> str:
    name = unescaped(label)
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise AncillaryDataError(
            f"the archive {path} is not to be trusted: a file or folder in it is called {name!r}, "
            "which could lead out of the directory that it is extracted to"
        )
    return name


class _GroupReader:
    """What reads one group: a folder, and the files and arrays in it.

    Parameters
    ----------
    group : netCDF4.Dataset
        The group.
    folder : str
        The path of the folder, with a slash at its end; empty for the root.
    groups : tuple of str
        The netCDF names that lead to the group.
    path : Path
        The archive, for errors.
    index : ArchiveIndex
        What is added to.
    """

    def __init__(
        self,
        group: netCDF4.Dataset,
        folder: str,
        groups: VariablePath,
        path: Path,
        index: ArchiveIndex,
    ) -> None:
        self._group = group
        self._folder = folder
        self._groups = groups
        self._path = path
        self._index = index
        # The arrays whose bytes are kept nowhere else, by the name of their file.
        self._inline: dict[str, list[tuple[int, ArrayPlace]]] = {}

    def read(self) -> None:
        """Add to the index what is in the group."""
        if self._folder:
            attributes = Attributes(self._group, self._path)
            mode = attributes.integer(layout.DIRECTORY_MODE)
            modified = attributes.integer(layout.DIRECTORY_MODIFIED)
            name = self._folder.removesuffix("/")
            self._add(self._index.directories, name, DirectoryPlace(name, mode, modified))
        variables = [
            (variable, Attributes(variable, self._path))
            for variable in self._group.variables.values()
        ]
        for variable, attributes in variables:
            if layout.ARRAY_FILE in attributes.names:
                self._read_array(variable, attributes)
        for variable, attributes in variables:
            if layout.FILE_NAME in attributes.names:
                self._read_files(variable, attributes)
        if self._inline:
            raise self._malformed(f"it has arrays of files that it lacks: {sorted(self._inline)}")

    def _read_array(self, variable: netCDF4.Variable[Any], attributes: Attributes) -> None:
        file = _component(attributes.text(layout.ARRAY_FILE), self._path)
        name = self._folder + file.removesuffix(".npy")
        if layout.ARRAY_MEMBER in attributes.names:
            name = f"{self._folder}{file}/{unescaped(attributes.text(layout.ARRAY_MEMBER))}"
        encoding = self._encoding(name, variable, attributes)
        rank = variable.ndim - (encoding.trailing is not None)
        place = ArrayPlace(
            name,
            (*self._groups, variable.name),
            tuple(int(length) for length in variable.shape[:rank]),
            encoding,
            tuple(variable.dimensions[:rank]),
            attributes.without(_OF_ARRAYS.union(encoding.attributes)),
        )
        self._add(self._index.arrays, name, place)
        if layout.ARRAY_OFFSET in attributes.names:
            offset = attributes.integer(layout.ARRAY_OFFSET)
            self._inline.setdefault(file, []).append((offset, place))

    def _encoding(
        self, name: str, variable: netCDF4.Variable[Any], attributes: Attributes
    ) -> Encoding:
        text = attributes.text(layout.NUMPY_DTYPE)
        try:
            encoding = encoding_of(dtype_from_text(text), rank=0)
        except ValueError as error:
            raise self._malformed(f"the array {name!r}: {error}") from error
        if encoding is None or not encoding.fits(variable.dtype, variable.shape):
            raise self._malformed(
                f"the variable of the array {name!r} has the type {variable.dtype} and the shape "
                f"{variable.shape}, in which {text} is not held"
            )
        return encoding

    def _read_files(self, variable: netCDF4.Variable[Any], attributes: Attributes) -> None:
        labels = attributes.texts(layout.FILE_NAME)
        count = len(labels)
        sizes = attributes.integers(layout.FILE_SIZE, count)
        stored_sizes = attributes.integers(layout.FILE_STORED_SIZE, count)
        digests = attributes.texts(layout.FILE_SHA256, count)
        modes = attributes.integers(layout.FILE_MODE, count)
        times = attributes.integers(layout.FILE_MODIFIED, count)
        whole = variable.dtype == "u1" and variable.shape == (sum(stored_sizes),)
        if not whole or min(stored_sizes, default=0) < 0:
            raise self._malformed(f"{variable.name!r} doesn't hold the bytes of {labels}")
        start = 0
        for position, label in enumerate(labels):
            name = _component(label, self._path)
            try:
                digest = checked_digest(digests[position])
            except ValueError as error:
                raise self._malformed(f"{name!r}: {error}") from error
            file = FileEntry(
                self._folder + name, sizes[position], digest, modes[position], times[position]
            )
            arrays = sorted(self._inline.pop(name, []), key=itemgetter(0))
            place = FilePlace(file, (*self._groups, variable.name), start, tuple(arrays))
            if place.stored_size != stored_sizes[position] or not place.is_consistent:
                raise self._malformed(f"{name!r} doesn't have the size of its parts")
            self._add(self._index.files, file.name, place)
            start += stored_sizes[position]

    def _add(self, places: dict[str, _Place], name: str, place: _Place) -> None:
        if name in places:
            raise self._malformed(f"it has {name!r} twice")
        places[name] = place

    def _malformed(self, problem: str) -> AncillaryDataError:
        return AncillaryDataError(f"the archive {self._path} is malformed: {problem}")
