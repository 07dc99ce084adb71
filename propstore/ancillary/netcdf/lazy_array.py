"""An array in an archive that is read when it is indexed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from propstore.ancillary.netcdf.handle import ArchiveHandle

if TYPE_CHECKING:
    import numpy

    from propstore.ancillary.netcdf.places import ArrayPlace

__all__ = ["LazyArray"]


class LazyArray:
    """An array in an archive.

    Indexing it reads what the index names and nothing else, and gives numpy arrays and scalars.
    The index is made of integers, slices and an ellipsis, or of one-dimensional sequences of
    integers or booleans, each of which selects along its own axis (as netCDF4 and xarray have it;
    numpy differs where there are several).

    Parameters
    ----------
    handle : ArchiveHandle
        What reads the archive.
    place : ArrayPlace
        Where in it the array is.
    """

    def __init__(self, handle: ArchiveHandle, place: ArrayPlace) -> None:
        self._handle = handle
        self._place = place

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of its axes."""
        return self._place.shape

    @property
    def dtype(self) -> numpy.dtype[Any]:
        """The type of its elements."""
        return self._place.encoding.dtype

    @property
    def ndim(self) -> int:
        """The number of its axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of its elements."""
        return math.prod(self.shape)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The names of its axes."""
        return self._place.dimensions

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What else is known of it."""
        return self._place.attributes

    @property
    def units(self) -> str | None:
        """Its CF units, if they are known."""
        units = self.attributes.get("units")
        return None if units is None else str(units)

    def __getitem__(self, key: Any) -> Any:
        """Read a part.

        Raises
        ------
        IndexError
            If the array has no such part.
        AncillaryDataError
            If the archive is damaged.
        """
        return self._read(key)[()]  # a scalar where there are no axes left, as numpy has it

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an array without axes has no length")
        return self.shape[0]

    def __array__(
        self, dtype: numpy.dtype[Any] | None = None, copy: bool | None = None
    ) -> numpy.ndarray[Any, Any]:
        """Read all of it.

        Raises
        ------
        ValueError
            If `copy` is False: what is read is always new.
        """
        import numpy

        if copy is False:
            raise ValueError("an archived array is read, which makes a copy")
        return numpy.asarray(self._read(...), dtype=dtype)

    def __repr__(self) -> str:
        units = "" if self.units is None else f", units={self.units!r}"
        return f"<LazyArray {self._place.name!r}: shape={self.shape}, dtype={self.dtype}{units}>"

    def _read(self, key: Any) -> numpy.ndarray[Any, Any]:
        encoding, variable = self._place.encoding, self._place.variable
        return encoding.decode(self._handle.read(variable, encoding.index(key, self.ndim)))
