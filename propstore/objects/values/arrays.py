"""Arrays and bytes, packed: small ones into one pool, large ones each in a place of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from propstore.objects.netcdf.encoding import dtype_from_text, dtype_to_text
from propstore.objects.values.packed import LARGE
from propstore.objects.values.unstorable import UnstorableError

if TYPE_CHECKING:
    import numpy

__all__ = ["ArrayPacking"]


class ArrayPacking:
    """What packs the arrays of one value.

    Parameters
    ----------
    has_place : callable
        Tells of a type and a number of axes whether such an array can have a place of its own.
    copies : bool
        Whether large arrays are copied.
    encode_items : callable
        Encodes Python objects, of which an array may be made.

    Attributes
    ----------
    pool : bytearray
        The bytes of the small arrays.
    parts : list of numpy.ndarray
        The large arrays, in C order.
    part_names : list of str
        What each of them is called where it stands.
    name : str
        What the next is called where it stands.
    """

    def __init__(
        self,
        has_place: Callable[[numpy.dtype[Any], int], bool],
        copies: bool,
        encode_items: Callable[[Iterable[Any]], list[Any]],
    ) -> None:
        self.pool = bytearray()
        self.parts: list[numpy.ndarray[Any, Any]] = []
        self.part_names: list[str] = []
        self.name = ""
        self._has_place = has_place
        self._copies = copies
        self._encode_items = encode_items
        self._texts: dict[numpy.dtype[Any], str] = {}

    def encode(self, array: numpy.ndarray[Any, Any], smallest: int = LARGE) -> dict[str, Any]:
        """Encode an array; from `smallest` bytes on it has a place of its own, if it can."""
        dtype = array.dtype
        if dtype.kind == "T":
            return self._texts_of_any_length(array)
        text = self._texts.get(dtype) or self._text(dtype)
        node: dict[str, Any] = {"$": "array", "dtype": text, "shape": list(array.shape)}
        if array.ndim > 1 and array.flags.fnc:
            node["order"] = "F"
        if dtype.hasobject:
            return self._objects(array, node)
        if array.nbytes >= smallest and self._has_place(dtype, array.ndim):
            node["part"] = self._add_part(array)
        else:
            node["at"] = len(self.pool)
            self.pool += array.tobytes()
        return node

    def encode_scalar(self, value: numpy.generic[Any]) -> dict[str, Any]:
        """Encode one element of an array."""
        import numpy

        array: numpy.ndarray[Any, Any] = numpy.asarray(value)
        element: object = array[()]
        if type(element) is not type(value):
            raise UnstorableError.of_type(type(value))
        return {"$": "scalar", "array": self.encode(array)}

    def add_bytes(self, data: bytes) -> dict[str, Any]:
        """Pack bytes, and tell where they are."""
        import numpy

        array = numpy.frombuffer(data, "u1")
        if len(data) >= LARGE and self._has_place(array.dtype, 1):
            return {"part": self._add_part(array), "size": len(data)}
        start = len(self.pool)
        self.pool += data
        return {"at": start, "size": len(data)}

    def _add_part(self, array: numpy.ndarray[Any, Any]) -> int:
        import numpy

        part = numpy.asarray(array, order="C")
        self.parts.append(part.copy() if self._copies and part is array else part)
        self.part_names.append(self.name)
        return len(self.parts) - 1

    def _objects(self, array: numpy.ndarray[Any, Any], node: dict[str, Any]) -> dict[str, Any]:
        names = array.dtype.names
        if names:
            return {**node, "$": "fields", "fields": [self.encode(array[name]) for name in names]}
        return {**node, "$": "objects", "items": self._encode_items(array.ravel().tolist())}

    def _texts_of_any_length(self, array: numpy.ndarray[Any, Any]) -> dict[str, Any]:
        import numpy

        if array.dtype != numpy.dtypes.StringDType():
            raise UnstorableError(f"it is an array of {array.dtype!r}, whose missing values vary")
        items = self._encode_items(array.ravel().tolist())
        return {"$": "strings", "shape": list(array.shape), "items": items}

    def _text(self, dtype: numpy.dtype[Any]) -> str:
        try:
            text = dtype_to_text(dtype)
            is_same = dtype_from_text(text) == dtype
        except ValueError as error:
            raise UnstorableError(f"it is an array of {dtype!r}: {error}") from error
        if not is_same:
            raise UnstorableError(f"it is an array of {dtype!r}, which numpy alone does not know")
        self._texts[dtype] = text
        return text
