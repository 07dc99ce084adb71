"""One netCDF group that is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from propstore.ancillary.netcdf import compound
from propstore.ancillary.netcdf.blocks import chunk_shape
from propstore.ancillary.netcdf.encoding import Encoding
from propstore.ancillary.netcdf.layout import BYTES_CHUNK
from propstore.ancillary.netcdf.names import GroupNames
from propstore.errors import AncillaryDataError

if TYPE_CHECKING:
    import netCDF4

    from propstore.ancillary.netcdf.incoming import IncomingArray

__all__ = ["Compression", "GroupWriter", "set_attributes"]

Compression = Literal["zlib", "zstd"]


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
        self._group = group
        self._compression = compression
        self._names = GroupNames()
        self._dimensions: dict[tuple[str, int], str] = {}

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set attributes of the group."""
        set_attributes(self._group, attributes, "the archive")

    def child(self, wanted: str) -> GroupWriter:
        """Make a group in this one, under a name like the one that is wanted."""
        group = self._group.createGroup(self._names.reserve(wanted))
        return GroupWriter(group, self._compression)

    def dimension(self, wanted: str, length: int) -> str:
        """Make a dimension, or give the one that was made.

        Parameters
        ----------
        wanted : str
            What it should be called.
        length : int
            Its length.

        Returns
        -------
        str
            What it is called: the same, unless something else in the group has that name.
        """
        if (wanted, length) not in self._dimensions:
            name = self._names.reserve(wanted)
            # Of length 0 netCDF makes it unlimited, which is the only kind that can be empty.
            self._group.createDimension(name, length)
            self._dimensions[wanted, length] = name
        return self._dimensions[wanted, length]

    def bytes_variable(self, wanted: str, size: int) -> netCDF4.Variable[Any]:
        """Make a variable of bytes, chunked and without axes but one."""
        return self._variable(
            self._names.reserve(wanted), "u1", self._axes((size,)), (min(size, BYTES_CHUNK) or 1,)
        )

    def array_variable(self, array: IncomingArray, wanted: str) -> netCDF4.Variable[Any]:
        """Make the variable of an array.

        Parameters
        ----------
        array : IncomingArray
            The array.
        wanted : str
            What the variable should be called.
        """
        encoding = array.encoding
        axes = self._axes(array.shape) if array.dimensions is None else array.dimensions
        chunk = chunk_shape(array.shape, encoding.dtype.itemsize)
        if encoding.trailing is not None:
            name, length = encoding.trailing
            axes = (*axes, self.dimension(name, length))
            chunk = (*chunk, length)
        # The coordinate of a dimension is the variable that has its name.
        is_coordinate = array.dimensions is not None and array.dimensions == (wanted,)
        name = wanted if is_coordinate else self._names.reserve(wanted)
        return self._variable(name, self._datatype(encoding, name), axes, chunk, encoding)

    def _axes(self, shape: tuple[int, ...]) -> tuple[str, ...]:
        # Axes without a name share dimensions by length; one variable has no dimension twice.
        axes: list[str] = []
        for length in shape:
            number = 1 + sum(other == length for other in shape[: len(axes)])
            wanted = f"length_{length}" if number == 1 else f"length_{length}_{number}"
            axes.append(self.dimension(wanted, length))
        return tuple(axes)

    def _datatype(self, encoding: Encoding, name: str) -> Any:
        if encoding.held.names:
            return compound.define(self._group, self._names, encoding.held, f"{name}_type")
        return encoding.held

    def _variable(
        self,
        name: str,
        datatype: Any,
        axes: tuple[str, ...],
        chunk: tuple[int, ...],
        encoding: Encoding | None = None,
    ) -> netCDF4.Variable[Any]:
        options: dict[str, Any] = {"fill_value": False}
        if encoding is not None and encoding.fill_value is not None:
            options["fill_value"] = encoding.fill_value
        if encoding is not None and encoding.held.byteorder == ">":
            options["endian"] = "big"
        if axes:
            options.update(
                chunksizes=chunk,
                compression=self._compression,
                shuffle=encoding is not None and self._compression is not None,
                fletcher32=True,
            )
        variable = self._group.createVariable(name, datatype, axes, **options)
        # What is written is held as it is: netCDF4 would cut characters at a zero byte.
        variable.set_auto_maskandscale(False)
        variable.set_auto_chartostring(False)
        return variable


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
