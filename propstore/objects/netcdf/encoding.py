"""How the elements of a numpy array are held in a netCDF variable.

What netCDF has is held as it is. Of the rest, most is held as the same bytes under another type:

====================  ==================================  =======================================
numpy                 netCDF                              attributes
====================  ==================================  =======================================
bool                  byte                                ``dtype = "bool"``
complex               float, double; dimension of 2
datetime64            int64                               CF ``units``, where CF has the unit
timedelta64           int64                               CF ``units``, where CF has the unit
bytes (S)             char; dimension of the length
structured            compound
long double, void     ubyte; dimension of the size
====================  ==================================  =======================================

Half floats become floats, and text (U) becomes UTF-8 in a char variable with ``_Encoding``.
Everything but plain numbers carries its type in ``numpy_dtype``.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from propstore.objects.netcdf import compound

if TYPE_CHECKING:
    import numpy

__all__ = ["Encoding", "dtype_from_text", "dtype_to_text", "encoding_of"]

_HIGHEST_RANK = 32  # of an HDF5 dataset
_NOT_A_TIME = -(2**63)
_CF_UNITS = {
    "D": "days",
    "h": "hours",
    "m": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
}


@dataclass(frozen=True)
class Encoding:
    """How one type of element is held: as the same bytes under another type.

    Parameters
    ----------
    dtype : numpy.dtype
        The type of the array.
    held : numpy.dtype
        The type of the variable; a structured one stands for a compound type.
    trailing : tuple of str and int, optional
        The name and length of the dimension that the variable has after those of the array.
    attributes : mapping of str to object
        What the variable says of itself, so that others read the values as what they are.
    fill_value : int, optional
        The value that means "missing" to others.
    """

    dtype: numpy.dtype[Any]
    held: numpy.dtype[Any]
    trailing: tuple[str, int] | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    fill_value: int | None = None

    @property
    def exact(self) -> bool:
        """Whether the bytes of the variable, in C order, are those of the array."""
        return True

    @property
    def dtype_text(self) -> str:
        """The type as text, from which `dtype_from_text` makes it again."""
        return dtype_to_text(self.dtype)

    def fits(self, dtype: numpy.dtype[Any], shape: tuple[int, ...]) -> bool:
        """Tell whether a variable of this type and shape can hold an array so."""
        if self.held.names or dtype.names:
            same = self.held.names == dtype.names
        else:
            same = self.held == dtype
        return same and shape[len(shape) - len(self._trailing_shape) :] == self._trailing_shape

    def index(self, key: Any, rank: int) -> Any:
        """Turn an index of an array of so many axes into that of the variable, with whole elements.

        Raises
        ------
        IndexError
            If the array has fewer axes than are named.
        """
        if self.trailing is None:
            return key
        keys = key if isinstance(key, tuple) else (key,)
        has_ellipsis = any(part is Ellipsis for part in keys)
        if len(keys) - has_ellipsis > rank:
            raise IndexError(f"{len(keys) - has_ellipsis} indices, and {rank} axes")
        return (*keys, slice(None)) if has_ellipsis else (*keys, ..., slice(None))

    def encode(self, values: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
        """Turn values of the array into values of the variable."""
        import numpy

        if self.held == self.dtype and self.trailing is None:
            return values
        # An axis of its own for the element, since only the last axis can change its size.
        column = numpy.asarray(values, order="C").reshape((*values.shape, 1))
        return column.view(self.held).reshape(values.shape + self._trailing_shape)

    def decode(self, values: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
        """Turn values of the variable into values of the array."""
        import numpy

        # netCDF4 gives a single number in the byte order of the machine.
        values = values.astype(self.held, copy=False)
        if self.held == self.dtype and self.trailing is None:
            return values
        leading = values.shape if self.trailing is None else values.shape[:-1]
        column = numpy.asarray(values, order="C")
        if self.trailing is None:
            column = column.reshape((*leading, 1))
        return column.view(self.dtype).reshape(leading)

    @property
    def _trailing_shape(self) -> tuple[int, ...]:
        return () if self.trailing is None else (self.trailing[1],)


class _Converted(Encoding):
    """Held as values of another type, of other bytes: half floats."""

    @property
    def exact(self) -> bool:
        return False

    def encode(self, values: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
        return values.astype(self.held)

    def decode(self, values: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
        return values.astype(self.dtype)


class _Text(Encoding):
    """Held as UTF-8, in as many bytes as the text has in memory: four for each character."""

    @property
    def exact(self) -> bool:
        return False

    def encode(self, values: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
        import numpy

        # surrogatepass: numpy holds lone surrogates, and what it holds has to come back.
        encoded = numpy.char.encode(values, "utf-8", "surrogatepass")
        column = encoded.astype(f"S{self.dtype.itemsize}").reshape((*values.shape, 1))
        return column.view(self.held)

    def decode(self, values: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
        import numpy

        column = numpy.asarray(values, order="C").view(f"S{self.dtype.itemsize}")
        decoded = numpy.char.decode(column, "utf-8", "surrogatepass")
        return decoded.astype(self.dtype).reshape(values.shape[:-1])


class _Compound(Encoding):
    """Held as a compound type, whose members stand where a C compiler puts them."""

    @property
    def exact(self) -> bool:
        return self.held == compound.viewed(self.dtype)

    def encode(self, values: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
        return values.view(compound.viewed(self.dtype)).astype(self.held)

    def decode(self, values: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
        return values.astype(compound.viewed(self.dtype)).view(self.dtype)


def encoding_of(dtype: numpy.dtype[Any], rank: int) -> Encoding | None:
    """Choose how an array is held.

    Parameters
    ----------
    dtype : numpy.dtype
        The type of its elements.
    rank : int
        The number of its axes.

    Returns
    -------
    Encoding or None
        None where there is no way: for Python objects, for elements without bytes, and for more
        axes than HDF5 has.
    """
    if dtype.hasobject or dtype.itemsize == 0 or dtype.char == "T":
        return None
    encoding = _encoding(dtype)
    fits = rank + (encoding.trailing is not None) <= _HIGHEST_RANK
    return encoding if fits else None


def dtype_to_text(dtype: numpy.dtype[Any]) -> str:
    """Write a type as text, from which `dtype_from_text` makes it again."""
    from numpy.lib import format as npy

    descr: Any = npy.dtype_to_descr(dtype)  # a text, or a list for structured types
    return descr if isinstance(descr, str) else repr(descr)


@lru_cache(maxsize=256)
def dtype_from_text(text: str) -> numpy.dtype[Any]:
    """Make a type of what `dtype_to_text` said.

    Raises
    ------
    ValueError
        If that is no type.
    """
    from numpy.lib import format as npy

    try:
        descr: Any = ast.literal_eval(text) if text.startswith("[") else text
        return npy.descr_to_dtype(descr)
    except (SyntaxError, TypeError, ValueError) as error:
        raise ValueError(f"{text!r} is not a numpy type") from error


def _encoding(dtype: numpy.dtype[Any]) -> Encoding:
    import numpy

    order, size = dtype.byteorder, dtype.itemsize
    plain = numpy.dtype(dtype.str)
    match dtype.kind:
        case "i" | "u" | "f" if size <= 8 and dtype.char != "e":
            return Encoding(plain, plain)
        case "f" if size == 2:
            return _Converted(dtype, numpy.dtype("f4"))
        case "b":
            return Encoding(dtype, numpy.dtype("i1"), attributes={"dtype": "bool"})
        case "c" if size <= 16:
            return Encoding(dtype, numpy.dtype(f"{order}f{size // 2}"), ("complex", 2))
        case "M" | "m":
            attributes = _time_attributes(dtype)
            fill_value = _NOT_A_TIME if attributes else None
            return Encoding(dtype, numpy.dtype(f"{order}i8"), None, attributes, fill_value)
        case "S":
            return Encoding(dtype, numpy.dtype("S1"), (f"string_{size}", size))
        case "U":
            utf8 = {"_Encoding": "utf-8"}
            return _Text(dtype, numpy.dtype("S1"), (f"string_{size}", size), utf8)
        case "V" if dtype.names and compound.is_possible(dtype):
            return _Compound(dtype, compound.aligned(dtype))
        case _:
            return Encoding(dtype, numpy.dtype("u1"), (f"bytes_{size}", size))


def _time_attributes(dtype: numpy.dtype[Any]) -> dict[str, str]:
    import numpy

    unit, count = numpy.datetime_data(dtype)
    if unit not in _CF_UNITS or count != 1:
        return {}
    if dtype.kind == "M":
        return {"units": f"{_CF_UNITS[unit]} since 1970-01-01", "calendar": "proleptic_gregorian"}
    # xarray tells durations from other numbers in the same units by this attribute.
    exact = {"dtype": f"timedelta64[{unit}]"} if unit in ("s", "ms", "us", "ns") else {}
    return {"units": _CF_UNITS[unit], **exact}
