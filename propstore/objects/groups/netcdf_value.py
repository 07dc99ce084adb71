"""Values in a netCDF file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from propstore.errors import NotInGroupError, StoreFormatError, UnsupportedOperationError
from propstore.objects.groups.netcdf_document import document_of, pool_of
from propstore.objects.groups.netcdf_small_values import small_pool
from propstore.objects.groups.stored_array import StoredArray
from propstore.objects.netcdf.encoding import Encoding, dtype_from_text, encoding_of
from propstore.objects.values import FreshValue, PackedValue, Summary

if TYPE_CHECKING:
    import numpy

    from propstore.objects.groups.netcdf_file import NetCDFFile
    from propstore.objects.groups.session import Session

__all__ = ["NetCDFArray", "NetCDFValue"]


class NetCDFValue(PackedValue):
    """A value in a netCDF file.

    Parameters
    ----------
    file : NetCDFFile
        The file.
    path : tuple of str
        The group, by its netCDF names.
    entry : dict
        What is known of the value.
    """

    def __init__(self, file: NetCDFFile, path: tuple[str, ...], entry: dict[str, Any]) -> None:
        self._file = file
        self._path = path
        self._entry = entry
        shape = entry.get("shape")
        if self.is_array:
            rank = len(entry["document"]["shape"])
            shape = self._variable(entry["variable"]).shape[:rank]
        shape = None if shape is None else tuple(shape)
        super().__init__(Summary(entry["type"], shape, entry.get("dtype")))

    @property
    def is_array(self) -> bool:
        """Whether it is an array, with the variable to itself."""
        return "document" in self._entry

    @property
    def grows(self) -> bool:
        """Whether it is an array that rows can be appended to."""
        return bool(self._entry.get("grows"))

    def document(self) -> str:
        """Read the document."""
        if self.is_array:
            return json.dumps(self._entry["document"])
        if "text" in self._entry:
            return str(self._entry["text"])
        with self._file.calls("read"):
            return document_of(self._variable(self._entry["variable"]))

    def pool(self) -> bytes:
        """Read the bytes of the small arrays."""
        if "data" in self._entry:
            return small_pool(self._entry)
        with self._file.calls("read"):
            if "pool" not in self._entry:
                return pool_of(self._variable(self._entry["variable"]))
            data: bytes = self._variable(self._entry["pool"])[...].tobytes()
        return data

    def part(
        self, number: int, dtype: numpy.dtype[Any], shape: Sequence[int]
    ) -> numpy.ndarray[Any, Any]:
        """Read a large array."""
        name = self._entry["variable"] if self.is_array else self._entry["parts"][number]["name"]
        return self._read(name, dtype, len(shape), ...)

    def rows(self, start: int, stop: int) -> numpy.ndarray[Any, Any]:
        """Read rows of an array that has the variable to itself."""
        document = self._entry["document"]
        dtype = dtype_from_text(document["dtype"])
        rank = len(document["shape"])
        return self._read(self._entry["variable"], dtype, rank, slice(start, stop))

    def fresh(self) -> FreshValue:
        """Read everything, as what can be written elsewhere."""
        node = self._entry.get("document")
        if node is not None:
            arrays = [(node["dtype"], node["shape"], "")]
        else:
            parts = self._entry.get("parts", [])
            arrays = [(part["dtype"], part["shape"], part["label"]) for part in parts]
        values = [
            self.part(number, dtype_from_text(dtype), shape)
            for number, (dtype, shape, _) in enumerate(arrays)
        ]
        labels = [label for _, _, label in arrays]
        return FreshValue(self.summary, self.document(), self.pool(), values, labels, node)

    def _variable(self, name: str) -> Any:
        return self._file.node(self._path).group.variables[name]

    def _read(
        self, name: str, dtype: numpy.dtype[Any], rank: int, key: Any
    ) -> numpy.ndarray[Any, Any]:
        import numpy

        with self._file.calls("read"):
            return _encoding(dtype, rank).decode(numpy.asarray(self._variable(name)[key]))


class NetCDFArray(StoredArray):
    """An array in a netCDF file, of which no more is read than what is asked for.

    Parameters
    ----------
    session : Session
        The opening of the storage.
    file : NetCDFFile
        The file.
    path : tuple of str
        The group, by its netCDF names.
    name : str
        The name in the group.
    """

    def __init__(
        self, session: Session, file: NetCDFFile, path: tuple[str, ...], name: str
    ) -> None:
        self._session = session
        self._file = file
        self._path = path
        self._name = name
        self._document = file.node(path).values[name]["document"]
        self._dtype = dtype_from_text(self._document["dtype"])
        self._rank = len(self._document["shape"])
        self._encoding = _encoding(self._dtype, self._rank)

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of its axes."""
        with self._session.reading():
            shape: tuple[int, ...] = self._variable.shape[: self._rank]
            return shape

    @property
    def dtype(self) -> numpy.dtype[Any]:
        """The type of its elements."""
        return self._dtype

    def __getitem__(self, key: Any) -> Any:
        import numpy

        with self._session.reading(), self._file.calls("read"):
            values = numpy.asarray(self._variable[self._encoding.index(key, self._rank)])
            return self._encoding.decode(values)[()]  # a scalar where no axes are left

    def append(self, rows: Any) -> None:
        """Let the array grow by rows, without touching those that are there."""
        rows = self._as_rows(rows)
        with self._session.reading():
            if not self._entry.get("grows"):
                raise UnsupportedOperationError(
                    f"the array {self._name!r} can't grow; create_array makes one that can"
                )
            if rows.shape[1:] != self.shape[1:] or rows.ndim != self._rank:
                raise ValueError(
                    f"rows of the shape {rows.shape} can't be appended to {self._name!r} of the "
                    f"shape {self.shape}"
                )
            with self._session.writing(), self._file.calls("written"):
                self._file.make_writable()
                start = len(self)
                self._variable[start : start + len(rows)] = self._encoding.encode(rows)

    @property
    def _entry(self) -> dict[str, Any]:
        entry = self._file.node(self._path).values.get(self._name, {})
        if entry.get("document") != self._document:
            raise NotInGroupError(
                f"the array {self._name!r} was removed, or another value has taken its place"
            )
        return entry

    @property
    def _variable(self) -> Any:
        return self._file.node(self._path).group.variables[self._entry["variable"]]


def _encoding(dtype: numpy.dtype[Any], rank: int) -> Encoding:
    encoding = encoding_of(dtype, rank)
    if encoding is None:
        raise StoreFormatError(f"a variable says that it holds {dtype!r}, which none can hold")
    return encoding
