"""One netCDF group that is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from propstore.ancillary.netcdf.chunk_cache import bound_chunk_cache
from propstore.ancillary.netcdf.layout import BYTES_CHUNK
from propstore.errors import AncillaryDataError
from propstore.objects.netcdf.variables import Compression, GroupVariables

if TYPE_CHECKING:
    import netCDF4

    from propstore.ancillary.netcdf.incoming import IncomingArray

__all__ = ["Compression", "GroupWriter", "set_attributes"]


class GroupWriter:
    """What makes the dimensions and variables of one group; whoever calls it holds the lock.

    Parameters
    ----------
    group : netCDF4.Dataset
        The group, empty.
    compression : {"zlib", "zstd"} or None
        How variables are compressed.
    """

    def __init__(self, group: netCDF4.Dataset, compression: Compression | None) -> None:
        self._variables = GroupVariables(group, compression)

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set attributes of the group."""
        set_attributes(self._variables.group, attributes, "the archive")

    def child(self, wanted: str) -> GroupWriter:
        """Make a group in this one, under a name like the one that is wanted."""
        parent = self._variables
        group = parent.group.createGroup(parent.names.reserve(wanted))
        return GroupWriter(group, parent.compression)

    def dimension(self, wanted: str, length: int) -> str:
        """Make a dimension, or give the one that was made; the name may be another."""
        return self._variables.dimension(wanted, length)

    def bytes_variable(self, wanted: str, size: int) -> netCDF4.Variable[Any]:
        """Make a variable of bytes, chunked and without axes but one."""
        name = self._variables.names.reserve(wanted)
        axes = self._variables.axes((size,))
        chunks = (min(size, BYTES_CHUNK) or 1,)
        return bound_chunk_cache(self._variables.variable(name, "u1", axes, chunks))

    def array_variable(self, array: IncomingArray, wanted: str) -> netCDF4.Variable[Any]:
        """Make the variable of an array.

        Parameters
        ----------
        array : IncomingArray
            The array.
        wanted : str
            What the variable should be called.
        """
        variable = self._variables.array(wanted, array.shape, array.encoding, array.dimensions)
        return bound_chunk_cache(variable)


def set_attributes(
    target: netCDF4.Dataset | netCDF4.Variable[Any], attributes: Mapping[str, Any], owner: str
) -> None:
    """Set attributes of a group or a variable.

    Parameters
    ----------
    target : netCDF4.Dataset or netCDF4.Variable
        What they are attributes of.
    attributes : mapping of str to object
        Text, numbers, arrays and lists of them.
    owner : str
        What the error calls the target.

    Raises
    ------
    AncillaryDataError
        If netCDF can't hold one of them.
    """
    for name, value in attributes.items():
        try:
            target.setncattr(name, value)
        except (AttributeError, TypeError, ValueError, RuntimeError) as error:
            raise AncillaryDataError(
                f"netCDF can't hold the attribute {name!r} of {owner}, {value!r}: {error}"
            ) from error
