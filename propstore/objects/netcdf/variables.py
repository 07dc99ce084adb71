"""The dimensions and variables of one netCDF group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from propstore.objects.netcdf import compound
from propstore.objects.netcdf.blocks import chunk_shape
from propstore.objects.netcdf.encoding import Encoding
from propstore.objects.netcdf.names import GroupNames

if TYPE_CHECKING:
    import netCDF4

__all__ = ["Compression", "GroupVariables"]

Compression = Literal["zlib", "zstd"]


class GroupVariables:
    """What makes the dimensions and variables of one group; whoever calls it holds the lock.

    Parameters
    ----------
    group : netCDF4.Dataset
        The group; what is in it already keeps its name.
    compression : {"zlib", "zstd"} or None
        How variables are compressed.
    """

    def __init__(self, group: netCDF4.Dataset, compression: Compression | None) -> None:
        self.group = group
        self.compression = compression
        self.names = GroupNames()
        self._dimensions: dict[tuple[str, int], str] = {}
        for taken in (group.dimensions, group.variables, group.groups, group.cmptypes):
            for name in taken:
                self.names.reserve(name)
        for name, dimension in group.dimensions.items():
            if not dimension.isunlimited() or not len(dimension):
                self._dimensions[name, len(dimension)] = name

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
            name = self.names.reserve(wanted)
            # Of length 0 netCDF makes it unlimited, which is the only kind that can be empty.
            self.group.createDimension(name, length)
            self._dimensions[wanted, length] = name
        return self._dimensions[wanted, length]

    def axes(self, shape: tuple[int, ...]) -> tuple[str, ...]:
        """Make the dimensions of axes without a name.

        They share dimensions by length; one variable has no dimension twice.
        """
        axes: list[str] = []
        for length in shape:
            number = 1 + sum(other == length for other in shape[: len(axes)])
            wanted = f"length_{length}" if number == 1 else f"length_{length}_{number}"
            axes.append(self.dimension(wanted, length))
        return tuple(axes)

    def array(
        self,
        wanted: str,
        shape: tuple[int, ...],
        encoding: Encoding,
        dimensions: tuple[str, ...] | None = None,
        *,
        contiguous: bool = False,
    ) -> netCDF4.Variable[Any]:
        """Make the variable of an array.

        Parameters
        ----------
        wanted : str
            What it should be called.
        shape : tuple of int
            The shape of the array.
        encoding : Encoding
            How the variable holds its elements.
        dimensions : tuple of str, optional
            The dimensions of its axes, which exist; axes without a name otherwise.
        contiguous : bool
            Whether the values stand in the file as they do in memory: neither compressed nor with
            checksums. An array without elements can't.
        """
        axes = self.axes(shape) if dimensions is None else dimensions
        chunk = chunk_shape(shape, encoding.dtype.itemsize)
        if encoding.trailing is not None:
            trailing, length = encoding.trailing
            axes = (*axes, self.dimension(trailing, length))
            chunk = (*chunk, length)
        # The coordinate of a dimension is the variable that has its name.
        name = wanted if dimensions == (wanted,) else self.names.reserve(wanted)
        datatype = self._datatype(encoding, name)
        contiguous = contiguous and 0 not in shape
        return self.variable(name, datatype, axes, None if contiguous else chunk, encoding)

    def variable(
        self,
        name: str,
        datatype: Any,
        axes: tuple[str, ...],
        chunk: tuple[int, ...] | None,
        encoding: Encoding | None = None,
    ) -> netCDF4.Variable[Any]:
        """Make a variable under a name that was reserved; without chunks it is contiguous."""
        options: dict[str, Any] = {"fill_value": False}
        if encoding is not None and encoding.fill_value is not None:
            options["fill_value"] = encoding.fill_value
        if encoding is not None and encoding.held.byteorder == ">":
            options["endian"] = "big"
        if axes and chunk is None:
            options["contiguous"] = True
        elif axes:
            options.update(
                chunksizes=chunk,
                compression=self.compression,
                shuffle=encoding is not None and self.compression is not None,
                fletcher32=True,
            )
        variable = self.group.createVariable(name, datatype, axes, **options)
        # What is written is held as it is: netCDF4 would cut characters at a zero byte.
        variable.set_auto_maskandscale(False)
        variable.set_auto_chartostring(False)
        return variable

    def _datatype(self, encoding: Encoding, name: str) -> Any:
        if encoding.held.names:
            return compound.define(self.group, self.names, encoding.held, f"{name}_type")
        return encoding.held
