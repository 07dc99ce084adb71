"""Arrays that a caller hands over, as the ``.npy`` files that numpy would write of them."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from propstore.ancillary.netcdf import layout
from propstore.ancillary.netcdf.incoming import IncomingArray, IncomingFile
from propstore.ancillary.netcdf.npy_stream import npy_header, open_npy
from propstore.errors import AncillaryDataError
from propstore.objects.netcdf.encoding import encoding_of
from propstore.objects.netcdf.names import is_netcdf_name

if TYPE_CHECKING:
    import xarray

__all__ = ["GivenArrays"]

_MODE = 0o644
_LONGEST_FILE_NAME = 255  # bytes
_NAMELESS = re.compile(r"length_(\d+)(_\d+)?")
_RESERVED = {
    # what others would read the values by, or take them for
    *("_Encoding", "_FillValue", "_Unsigned", "add_offset", "coordinates", "dtype"),
    *("missing_value", "scale_factor"),
    *(layout.ARCHIVE_FORMAT, layout.ARCHIVE_NOTE, layout.NUMPY_DTYPE),
    *(layout.ARRAY_FILE, layout.ARRAY_MEMBER, layout.ARRAY_OFFSET, layout.FILE_NAME),
}


@dataclass(frozen=True, eq=False)
class _Given:
    """One array: something with a shape and a dtype that gives parts of it when it is indexed."""

    name: str
    values: Any
    dimensions: tuple[str, ...] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


class GivenArrays:
    """The arrays that a caller hands over.

    Parameters
    ----------
    arrays : mapping of str to array, or xarray.Dataset
        Arrays under names that could be those of files; an `xarray.DataArray` brings its
        coordinates with it.

    Attributes
    ----------
    attributes : dict
        The attributes of the dataset; ``coordinates`` among them names the arrays that are
        coordinates, as xarray does it.
    dimensions : dict of str to int
        The lengths of the dimensions that have names.

    Raises
    ------
    AncillaryDataError
        If an array has a name that no file can have, holds masked values, or has coordinates or
        axes at odds with those of another.
    """

    def __init__(self, arrays: Mapping[str, Any] | xarray.Dataset) -> None:
        xarray = sys.modules.get("xarray")
        self.attributes: dict[str, Any] = {}
        if xarray is not None and isinstance(arrays, xarray.Dataset):
            self.attributes = {str(name): value for name, value in arrays.attrs.items()}
            coordinates = {str(name) for name in arrays.coords}
            given = [_variable(name, value) for name, value in arrays.variables.items()]
        else:
            given, coordinates = _with_coordinates(arrays)
        _check_names(given, coordinates)
        _check_attributes("the dataset", self.attributes)
        self.dimensions = _lengths(given)
        if coordinates:
            self.attributes["coordinates"] = " ".join(sorted(coordinates))
        self._given = given
        self._coordinates = coordinates

    def files(self) -> list[IncomingFile]:
        """Make a file ``<name>.npy`` of each array.

        Raises
        ------
        AncillaryDataError
            If an array holds what netCDF can't.
        """
        outer = [
            array
            for array in self._given
            if array.name in self._coordinates and array.dimensions != (array.name,)
        ]
        return [_file(array, outer) for array in self._given]


def _with_coordinates(arrays: Mapping[Any, Any]) -> tuple[list[_Given], set[str]]:
    """Give the arrays of a mapping, and after them the coordinates that they bring along."""
    import numpy

    xarray = sys.modules.get("xarray")
    given: dict[str, _Given] = {}
    coordinates: dict[str, Any] = {}
    for name, value in arrays.items():
        if xarray is not None and isinstance(value, xarray.DataArray):
            given[name] = _variable(name, value.variable)
            for label, coordinate in value.coords.items():
                known = coordinates.setdefault(str(label), coordinate.variable)
                if not known.identical(coordinate.variable):
                    raise AncillaryDataError(
                        f"two of the arrays have a coordinate {label!r}, and not the same one"
                    )
        elif isinstance(value, numpy.ma.MaskedArray):
            raise AncillaryDataError(
                f"the array {name!r} is masked, and its mask would be lost; fill it first"
            )
        else:
            given[name] = _Given(name, numpy.asarray(value))
    for label, variable in coordinates.items():
        if label in given and not variable.identical(given[label].values):
            raise AncillaryDataError(f"{label!r} is both an array and another array's coordinate")
        given.setdefault(label, _variable(label, variable))
    return list(given.values()), set(coordinates)


def _variable(name: Any, variable: xarray.Variable) -> _Given:
    return _Given(name, variable, tuple(str(axis) for axis in variable.dims), variable.attrs)


def _check_names(given: Iterable[_Given], coordinates: set[str]) -> None:
    for array in given:
        name = array.name
        if not isinstance(name, str) or not name or "/" in name or "\0" in name:
            raise AncillaryDataError(
                f"{name!r} can't be the name of an array: it has to be one that a file can have"
            )
        try:
            length = len(os.fsencode(f"{name}.npy"))
        except UnicodeEncodeError as error:
            raise AncillaryDataError(f"{name!r} can't be the name of an array: {error}") from error
        if length > _LONGEST_FILE_NAME:
            raise AncillaryDataError(
                f"{name!r} can't be the name of an array: with '.npy' it has {length} bytes, and "
                f"the name of a file has at most {_LONGEST_FILE_NAME}"
            )
        if name in coordinates and (not is_netcdf_name(name) or name.split() != [name]):
            raise AncillaryDataError(f"netCDF has no coordinate of the name {name!r}")


def _check_attributes(owner: str, attributes: Mapping[str, Any]) -> None:
    reserved = _RESERVED.intersection(attributes)
    if reserved:
        raise AncillaryDataError(
            f"{owner} can't have the attributes {sorted(reserved)}: they have a meaning of their "
            "own in the archive"
        )


def _lengths(given: Iterable[_Given]) -> dict[str, int]:
    """Give the lengths of the named dimensions, of which all arrays have to know the same."""
    lengths: dict[str, int] = {}
    for array in given:
        for axis, length in zip(array.dimensions or (), array.values.shape, strict=False):
            if not is_netcdf_name(axis):
                raise AncillaryDataError(f"netCDF has no dimension of the name {axis!r}")
            nameless = _NAMELESS.fullmatch(axis)
            if nameless and int(nameless[1]) != length:
                raise AncillaryDataError(
                    f"the dimension {axis!r} is {length} long in {array.name!r}; by such names go "
                    "dimensions that have none, by their lengths"
                )
            if lengths.setdefault(axis, length) != length:
                raise AncillaryDataError(
                    f"the dimension {axis!r} is {length} long in {array.name!r}, and "
                    f"{lengths[axis]} in another array"
                )
    for array in given:
        if array.name in lengths and array.dimensions != (array.name,):
            raise AncillaryDataError(
                f"{array.name!r} is the name of a dimension; an array of that name has to have "
                f"that one dimension, and this one has {array.dimensions}"
            )
    return lengths


def _file(array: _Given, outer: Iterable[_Given]) -> IncomingFile:
    import numpy

    dtype, shape = array.values.dtype, tuple(array.values.shape)
    # pandas has types of its own, which xarray passes on.
    encoding = encoding_of(dtype, len(shape)) if isinstance(dtype, numpy.dtype) else None
    if encoding is None:
        raise AncillaryDataError(
            f"netCDF has nothing to hold the array {array.name!r} in, of type {dtype} and "
            f"{len(shape)} dimensions; text has to be of fixed length: values.astype(str)"
        )
    attributes = dict(array.attributes)
    _check_attributes(f"the array {array.name!r}", attributes)
    inside = set(array.dimensions or ())
    of_this = [other.name for other in outer if inside.issuperset(other.dimensions or ())]
    if of_this and array not in outer:
        attributes["coordinates"] = " ".join(of_this)
    header = npy_header(array.name, encoding.dtype, shape)
    incoming = IncomingArray(
        array.name,
        shape,
        encoding,
        lambda: array.values,
        offset=len(header),
        dimensions=array.dimensions,
        attributes=attributes,
    )
    return IncomingFile(
        f"{array.name}.npy",
        len(header) + incoming.size,
        _MODE,
        time.time_ns(),
        partial(open_npy, header, incoming),
        (incoming,),
    )
