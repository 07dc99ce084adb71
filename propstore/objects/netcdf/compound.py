"""The compound types that hold structured arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from propstore.objects.netcdf.names import is_netcdf_name

if TYPE_CHECKING:
    import netCDF4
    import numpy

    from propstore.objects.netcdf.names import GroupNames

__all__ = ["aligned", "define", "is_possible", "viewed"]


def is_possible(dtype: numpy.dtype[Any]) -> bool:
    """Tell whether netCDF4 can hold a structured type as a compound type.

    It can't where a member has a name that netCDF refuses, has no bytes, or is an array of
    structures.
    """
    for name in dtype.names or ():
        member = dtype[name]
        element = member.base
        if not is_netcdf_name(name) or not member.itemsize:
            return False
        if element.names and (member.shape or not is_possible(element)):
            return False
    return bool(dtype.names)


def viewed(dtype: numpy.dtype[Any]) -> numpy.dtype[Any]:
    """Give the type under which netCDF4 sees the same bytes.

    Parameters
    ----------
    dtype : numpy.dtype
        A structured type.

    Returns
    -------
    numpy.dtype
        The type of the same layout whose members are numbers and characters only: text (U) becomes
        code points, times and booleans integers, complex numbers pairs, half floats their bits.
    """
    import numpy

    names = dtype.names or ()
    fields: Mapping[str, Any] = dtype.fields or {}
    return numpy.dtype(
        {
            "names": list(names),
            "formats": [_viewed_member(dtype[name]) for name in names],
            "offsets": [fields[name][1] for name in names],
            "itemsize": dtype.itemsize,
        }
    )


def aligned(dtype: numpy.dtype[Any]) -> numpy.dtype[Any]:
    """Give the type that netCDF4 makes of a structured type: native, and aligned as in C."""
    import numpy

    def member(element: numpy.dtype[Any]) -> numpy.dtype[Any]:
        if element.names:
            pairs = [(name, member(element[name])) for name in element.names]
            return numpy.dtype(pairs, align=True)
        return numpy.dtype((element.base.newbyteorder("="), element.shape))

    return member(viewed(dtype))


def define(group: netCDF4.Dataset, names: GroupNames, dtype: numpy.dtype[Any], name: str) -> Any:
    """Define a compound type, and before it those of its members.

    Parameters
    ----------
    group : netCDF4.Dataset
        The group to define it in.
    names : GroupNames
        The names of that group.
    dtype : numpy.dtype
        What `aligned` gave.
    name : str
        What the type should be called.

    Returns
    -------
    netCDF4.CompoundType
        The type.
    """
    for member in dtype.names or ():
        if dtype[member].names:
            define(group, names, dtype[member], f"{name}_{member}")
    return group.createCompoundType(dtype, names.reserve(name))


def _viewed_member(dtype: numpy.dtype[Any]) -> numpy.dtype[Any]:
    import numpy

    if dtype.subdtype is not None:
        # An element may have become an array; netCDF4 takes no arrays of arrays.
        element = _viewed_member(dtype.base)
        return numpy.dtype((element.base, dtype.shape + element.shape))
    if dtype.names:
        return viewed(dtype)
    order, size = dtype.byteorder, dtype.itemsize
    match dtype.kind:
        case "i" | "u" | "f" if size <= 8 and dtype.char != "e":
            return dtype
        case "f" if size == 2:
            return numpy.dtype(f"{order}u2")
        case "b":
            return numpy.dtype("i1")
        case "c" if size <= 16:
            return numpy.dtype((numpy.dtype(f"{order}f{size // 2}"), (2,)))
        case "M" | "m":
            return numpy.dtype(f"{order}i8")
        case "S":
            return numpy.dtype(("S1", (size,)))
        case "U":
            return numpy.dtype((numpy.dtype(f"{order}u4"), (size // 4,)))
        case _:
            return numpy.dtype(("u1", (size,)))
