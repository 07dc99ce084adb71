"""Groups in a netCDF file."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from propstore.errors import UnsupportedOperationError
from propstore.objects.groups.group import Kind, StorageGroup
from propstore.objects.groups.netcdf_document import (
    remove_small,
    small_size,
    text_array,
    text_encoding,
    write_small,
)
from propstore.objects.groups.netcdf_file import GroupNode, NetCDFFile, set_entry
from propstore.objects.groups.netcdf_small_values import SmallValues, is_small
from propstore.objects.groups.netcdf_value import NetCDFArray, NetCDFValue
from propstore.objects.groups.session import Session
from propstore.objects.groups.stored_array import StoredArray
from propstore.objects.netcdf.encoding import Encoding, dtype_to_text, encoding_of
from propstore.objects.values import FreshValue, PackedValue

if TYPE_CHECKING:
    import netCDF4
    import numpy

__all__ = ["NetCDFGroup"]

_MANY = 2**40  # rows that an array may come to have, for the choice of chunks


class NetCDFGroup(StorageGroup):
    """A group in a netCDF file.

    An array is a variable. Any other value is a JSON document, in a variable or in attributes; its
    small arrays are together in one place, and each large one has a variable of its own.

    Parameters
    ----------
    session : Session
        The opening of the storage.
    name : str
        The names that lead to the group.
    file : NetCDFFile
        The file.
    path : tuple of str
        The netCDF names that lead to the group.
    """

    def __init__(
        self, session: Session, name: str, file: NetCDFFile, path: tuple[str, ...] = ()
    ) -> None:
        super().__init__(session, name)
        self._file = file
        self._path = path

    @property
    def _node(self) -> GroupNode:
        return self._file.node(self._path)

    def _names(self) -> Iterable[str]:
        return itertools.chain(self._node.values, self._node.groups)

    def _kind(self, name: str) -> Kind | None:
        if name in self._node.groups:
            return "group"
        return "value" if name in self._node.values else None

    def _child(self, name: str) -> StorageGroup:
        path = (*self._path, self._node.groups[name])
        return NetCDFGroup(self._session, self._child_name(name), self._file, path)

    def _make_child(self, name: str) -> StorageGroup:
        with self._file.calls("written"):
            self._file.make_writable()
            node = self._node
            netcdf_name = node.variables.names.reserve(name)
            set_entry(node.group.createGroup(netcdf_name), {"name": name})
            node.groups[name] = netcdf_name
        return self._child(name)

    def _read(self, name: str) -> PackedValue:
        with self._file.calls("read"):
            return NetCDFValue(self._file, self._path, self._node.values[name])

    def _write(self, name: str, packed: FreshValue) -> None:
        with self._file.calls("written"):
            self._file.make_writable()
            if self._node.small_values.take(name, packed, self._node.values.get(name)):
                self._write_small(name, packed)
            elif packed.array_node is None:
                self._write_document(name, packed)
            else:
                self._write_array(name, packed, packed.array_node)

    def _remove(self, name: str) -> None:
        with self._file.calls("written"):
            self._file.make_writable()
            node = self._node
            if name in node.groups:
                netcdf_name = node.groups.pop(name)
                hidden = node.variables.names.reserve("_removed")
                size = _size(node.group.groups[netcdf_name])
                node.group.renameGroup(netcdf_name, hidden)
                self._file.forget((*self._path, netcdf_name))
                set_entry(node.group.groups[hidden], {})
                node.variables.names.release(netcdf_name)
                self._file.add_removed(size)
                return
            entry = node.values.pop(name)
            if "text" in entry:
                self._file.add_removed(node.small_values.remove(name))
                return
            parts = [part["name"] for part in entry.get("parts", [])]
            pool = [entry["pool"]] if "pool" in entry else []
            for netcdf_name in (entry["variable"], *pool, *parts):
                self._hide(netcdf_name)

    def _array(self, name: str) -> StoredArray:
        if not NetCDFValue(self._file, self._path, self._node.values[name]).is_array:
            raise UnsupportedOperationError(
                f"the array {name!r} is of a type that netCDF can't hold as a variable; get it as "
                "a value"
            )
        return NetCDFArray(self._session, self._file, self._path, name)

    def _create_array(
        self, name: str, dtype: numpy.dtype[Any], row_shape: tuple[int, ...]
    ) -> StoredArray:
        encoding = encoding_of(dtype, len(row_shape) + 1)
        if encoding is None or 0 in row_shape:
            raise UnsupportedOperationError(
                f"netCDF can't hold arrays that grow of {dtype!r} and rows of the shape {row_shape}"
            )
        with self._file.calls("written"):
            self._file.make_writable()
            variables = self._node.variables
            rows = variables.names.reserve(f"{name}_rows")
            variables.group.createDimension(rows, None)
            axes = (rows, *variables.axes(row_shape))
            variable = variables.array(name, (_MANY, *row_shape), encoding, axes)
            variable.setncatts(dict(encoding.attributes))
            shape = [0, *row_shape]
            document = {"$": "array", "dtype": dtype_to_text(dtype), "shape": shape, "part": 0}
            entry = {"type": "numpy.ndarray", "dtype": str(dtype), "document": document}
            self._describe(name, variable, {**entry, "grows": True})
        return NetCDFArray(self._session, self._file, self._path, name)

    def _write_small(self, name: str, packed: FreshValue) -> None:
        node = self._node
        old = node.values.get(name)
        position = len(node.values) if old is None else old["position"]
        if old is not None:
            self._file.add_removed(len(old["text"]) + len(old["data"]))
        entry = {**_entry_of(packed), "name": name, "position": position}
        node.values[name] = node.small_values.write(entry, packed)

    def _write_array(self, name: str, packed: FreshValue, document: dict[str, Any]) -> None:
        entry = {"type": packed.summary.type, "dtype": packed.summary.dtype, "document": document}
        old = self._node.values.get(name)
        fits = old is not None and not old.get("grows") and _same(old.get("document"), document)
        if not fits and old is not None:
            self._remove(name)
        variable = self._filled(old["variable"] if fits and old else None, name, packed.parts[0])
        self._describe(name, variable, entry)

    def _write_document(self, name: str, packed: FreshValue) -> None:
        old = self._node.values.get(name)
        if old is not None and not {"document", "text"}.isdisjoint(old):
            self._remove(name)
            old = None
        old = old or {}
        variable, pool = self._fill_document(name, packed, old)
        entry: dict[str, Any] = {**_entry_of(packed), **pool}
        entry["parts"] = self._write_parts(name, packed, old.get("parts", []))
        for netcdf_name in (*pool.values(), *(part["name"] for part in entry["parts"])):
            set_entry(self._node.group.variables[netcdf_name], {"part_of": variable.name})
        self._describe(name, variable, entry)

    def _fill_document(
        self, name: str, packed: FreshValue, old: dict[str, Any]
    ) -> tuple[netCDF4.Variable[Any], dict[str, str]]:
        """Write a document and its pool; give the document's variable, and the pool's name."""
        import numpy

        node = self._node
        if old and small_size(node.group.variables[old["variable"]]) and is_small(packed):
            variable = node.group.variables[old["variable"]]
            self._file.add_removed(small_size(variable))
        else:
            for netcdf_name in (old[part] for part in ("variable", "pool") if part in old):
                self._hide(netcdf_name)
            if not is_small(packed):
                text = self._filled(None, name, text_array(packed.text), text_encoding())
                data = numpy.frombuffer(packed.data, "u1")
                pool = {"pool": self._filled(None, f"{name}.pool", data).name} if len(data) else {}
                return text, pool
            variable = node.variables.variable(node.variables.names.reserve(name), "i1", (), None)
        write_small(variable, packed)
        return variable, {}

    def _write_parts(
        self, name: str, packed: FreshValue, old: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        entries = []
        for number, (array, label) in enumerate(zip(packed.parts, packed.part_names, strict=True)):
            entry = {"dtype": dtype_to_text(array.dtype), "shape": array.shape, "label": label}
            fits = number < len(old) and _same(old[number], entry)
            wanted = f"{name}.{label}" if label else name
            variable = self._filled(old[number]["name"] if fits else None, wanted, array)
            entries.append({**entry, "name": variable.name})
        kept = {entry["name"] for entry in entries}
        for part in old:
            if part["name"] not in kept:
                self._hide(part["name"])
        return entries

    def _filled(
        self,
        existing: str | None,
        wanted: str,
        array: numpy.ndarray[Any, Any],
        encoding: Encoding | None = None,
    ) -> netCDF4.Variable[Any]:
        """Write an array to a variable: one that is there and fits, or a new one."""
        encoding = encoding or encoding_of(array.dtype, array.ndim)
        assert encoding is not None
        node = self._node
        if existing is None:
            variable = node.variables.array(
                wanted, array.shape, encoding, contiguous=self._file.compression is None
            )
            variable.setncatts(dict(encoding.attributes))
        else:
            variable = node.group.variables[existing]
        if array.size:
            variable[...] = encoding.encode(array)
        return variable

    def _describe(self, name: str, variable: netCDF4.Variable[Any], entry: dict[str, Any]) -> None:
        set_entry(variable, {**entry, "name": name})
        self._node.values[name] = {**entry, "name": name, "variable": variable.name}

    def _hide(self, netcdf_name: str) -> None:
        """Give a variable's name free; netCDF can't remove the variable itself."""
        node = self._node
        variable = node.group.variables[netcdf_name]
        hidden = node.variables.names.reserve("_removed")
        self._file.add_removed(_variable_size(variable))
        node.group.renameVariable(netcdf_name, hidden)
        set_entry(node.group.variables[hidden], {})
        remove_small(node.group.variables[hidden])
        node.variables.names.release(netcdf_name)


def _entry_of(packed: FreshValue) -> dict[str, Any]:
    """Tell what a value is."""
    summary = packed.summary
    if summary.shape is None:
        return {"type": summary.type}
    return {"type": summary.type, "shape": summary.shape, "dtype": summary.dtype}


def _same(old: dict[str, Any] | None, new: dict[str, Any]) -> bool:
    """Tell whether two arrays are of one type and shape."""
    if old is None:
        return False
    return old["dtype"] == new["dtype"] and list(old["shape"]) == list(new["shape"])


def _size(group: netCDF4.Dataset) -> int:
    own = SmallValues(group).size + sum(map(_variable_size, group.variables.values()))
    return own + sum(_size(child) for child in group.groups.values())


def _variable_size(variable: netCDF4.Variable[Any]) -> int:
    return small_size(variable) + math.prod(variable.shape) * int(variable.dtype.itemsize)
