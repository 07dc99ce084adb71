"""Packed values as what they were."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from propstore.errors import PropstoreError, SerializationError, UnregisteredError
from propstore.objects.netcdf.encoding import dtype_from_text
from propstore.objects.values.classes import ClassTable
from propstore.objects.values.frames import COLUMNS, frame_of
from propstore.objects.values.instances import kind_of
from propstore.objects.values.packed import PackedValue
from propstore.objects.values.packer import TAG
from propstore.objects.values.raw_document import find_node
from propstore.objects.values.scalars import SCALARS, SPECIAL_SCALARS

if TYPE_CHECKING:
    import numpy

__all__ = ["Unpacker"]

Node = dict[str, Any]
Builder = Callable[[Node], Any]

_SCALARS = {
    scalar.tag: scalar.from_json
    for scalar in (*SCALARS.values(), *(special.scalar for special in SPECIAL_SCALARS.values()))
}
_DAMAGED = (AttributeError, ArithmeticError, LookupError, MemoryError, TypeError, ValueError)


class Unpacker:
    """What makes one value of what is stored.

    Parameters
    ----------
    packed : PackedValue
        What is stored.
    classes : ClassTable
        The classes that instances may be made of.
    unknown_as_plain : bool
        Whether an instance of another class is given as the dict of what it holds; as a key of a
        dict, or in a set, as a tuple of pairs.
    """

    def __init__(self, packed: PackedValue, classes: ClassTable, *, unknown_as_plain: bool) -> None:
        self._packed = packed
        self._classes = classes
        self._unknown_as_plain = unknown_as_plain
        self._pool: bytes | bytearray | None = None
        self._dtypes: dict[str, numpy.dtype[Any]] = {}
        self._builders: dict[str, Builder] = {
            "dict": lambda node: dict(node["items"]),
            "tuple": lambda node: tuple(node["items"]),
            "set": lambda node: set(node["items"]),
            "frozenset": lambda node: frozenset(node["items"]),
            "bytes": lambda node: bytes(self._bytes(node)),
            "bytearray": lambda node: bytearray(self._bytes(node)),
            "array": self._array,
            "scalar": lambda node: node["array"][()],
            "objects": self._objects,
            "fields": self._fields,
            "strings": self._strings,
            "frame": self._frame,
            COLUMNS: lambda node: frame_of(node["parts"]),
        }
        if unknown_as_plain:
            self._builders |= {
                "dict": lambda node: {_hashable(key): value for key, value in node["items"]},
                "set": lambda node: set(map(_hashable, node["items"])),
                "frozenset": lambda node: frozenset(map(_hashable, node["items"])),
            }

    def value(self, path: Sequence[str] = ()) -> Any:
        """Make the value, or a part of it: nothing else is read or made then.

        Parameters
        ----------
        path : sequence of str
            The keys, indices and fields that lead to the part.

        Raises
        ------
        NotInGroupError
            If there is no such part.
        UnregisteredError
            If it is, or holds, an instance of a class that may not be used.
        SerializationError
            If what is stored is damaged, or its classes are not what they were.
        """
        try:
            document = self._packed.document()
            if path:
                document = json.dumps(find_node(document, path))
            return json.loads(document, object_hook=self._revived)
        except PropstoreError:
            raise
        except (*_DAMAGED, RecursionError) as error:
            raise SerializationError(
                f"a stored {self._packed.summary.type} can't be read: {error!r}; it was damaged, "
                "or its classes are not what they were"
            ) from error

    def _revived(self, node: Node) -> Any:
        tag = node.pop(TAG, None)
        if tag is None:
            return node
        build = self._builders.get(tag) or self._find(tag)
        return build(node)

    def _find(self, tag: str) -> Builder:
        from_json = _SCALARS.get(tag)
        build: Builder
        if from_json is not None:
            build = lambda node: from_json(node["value"])  # noqa: E731
        elif ":" in tag:
            build = self._instance_builder(tag)
        else:
            raise SerializationError(
                f"what is stored says that something is a {tag!r}, which this version of propstore "
                "does not know"
            )
        self._builders[tag] = build
        return build

    def _instance_builder(self, name: str) -> Builder:
        cls = self._classes.find(name)
        kind = None if cls is None else kind_of(cls)
        if kind is not None:
            return kind.build
        if self._unknown_as_plain:
            return lambda state: state
        shown = name.replace(":", ".")
        raise UnregisteredError(
            f"what is stored holds a {shown}, and no class of that name may be used; allow it with "
            "classes=[...], or register it with @storable where it is defined, or get it as plain "
            "data with unknown_as_plain=True"
        )

    def _array(self, node: Node) -> Any:
        import numpy

        dtype = self._dtypes.get(node["dtype"]) or self._dtype(node["dtype"])
        shape = node["shape"]
        if "part" in node:
            array = self._packed.part(node["part"], dtype, shape)
        elif dtype.itemsize == 0:
            array = numpy.empty(shape, dtype)
        else:
            if self._pool is None:
                self._pool = self._packed.pool()
            start = node["at"]
            # numpy would read what stands in memory before the pool, and find a length for -1.
            if start < 0 or (shape and min(shape) < 0):
                raise SerializationError(f"an array of the shape {shape} is said to be at {start}")
            array = numpy.ndarray(shape, dtype, self._pool, start).copy()
        return numpy.asfortranarray(array) if "order" in node else array

    def _dtype(self, text: str) -> numpy.dtype[Any]:
        dtype = dtype_from_text(text)
        if dtype.hasobject:
            raise SerializationError("what is stored says that bytes are Python objects")
        self._dtypes[text] = dtype
        return dtype

    def _bytes(self, node: Node) -> bytes | bytearray:
        import numpy

        if "part" in node:
            return self._packed.part(node["part"], numpy.dtype("u1"), [node["size"]]).tobytes()
        if self._pool is None:
            self._pool = self._packed.pool()
        start, size = node["at"], node["size"]
        data = self._pool[start : start + size]
        if start < 0 or len(data) != size:
            raise SerializationError(f"{size} bytes are said to be at {start}, where none are")
        return data

    def _objects(self, node: Node) -> Any:
        import numpy

        flat = numpy.empty(len(node["items"]), object)
        for index, item in enumerate(node["items"]):
            flat[index] = item
        array = flat.reshape(node["shape"])
        return numpy.asfortranarray(array) if "order" in node else array

    def _fields(self, node: Node) -> Any:
        import numpy

        dtype = dtype_from_text(node["dtype"])
        array = numpy.empty(node["shape"], dtype, order=node.get("order", "C"))
        for name, values in zip(dtype.names or (), node["fields"], strict=True):
            array[name] = values
        return array

    def _strings(self, node: Node) -> Any:
        import numpy

        return numpy.array(node["items"], numpy.dtypes.StringDType()).reshape(node["shape"])

    def _frame(self, node: Node) -> Any:
        from propstore.objects.serializers.pandas_frames import CONTENT_TYPE, PandasSerializer

        data = bytes(self._bytes(node))
        return PandasSerializer().deserialize_data(
            {"data": data, "content_type": CONTENT_TYPE, "content_encoding": None}
        )


def _hashable(value: Any) -> Any:
    """Give plain data as what can be a key: dicts as tuples of pairs."""
    if isinstance(value, dict):
        return tuple((name, _hashable(item)) for name, item in value.items())
    if type(value) in (list, tuple):
        return tuple(map(_hashable, value))
    return value
