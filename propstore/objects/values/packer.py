"""Values, packed: a JSON document, and the bytes and arrays beside it.

What JSON has is in the document as it is. Everything else is an object with a member ``"$"``, which
says what it is: ``{"$": "tuple", "items": [1, 2]}``. An instance of a class says its class,
``{"$": "mylab.runs:Run", "energy": -1.5}``. A small array says where in the pool its bytes are,
``{"$": "array", "dtype": "<f8", "shape": [3], "at": 0}``; a large one, which array it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from propstore.errors import SerializationError
from propstore.objects.serializers.serializer import imported_types
from propstore.objects.values.arrays import ArrayPacking
from propstore.objects.values.classes import class_name
from propstore.objects.values.frames import COLUMNS, taken_apart
from propstore.objects.values.instances import InstanceKind, kind_of
from propstore.objects.values.packed import FreshValue, Summary
from propstore.objects.values.scalars import SCALARS, SPECIAL_SCALARS, Scalar, SpecialScalar
from propstore.objects.values.unstorable import UnstorableError

if TYPE_CHECKING:
    import numpy

__all__ = ["TAG", "Packer", "type_name"]

TAG = "$"

_JSON_SCALARS: frozenset[type] = frozenset({str, int, float, bool, type(None)})
_UNCONDITIONAL: frozenset[type] = frozenset({bool, type(None)})
_TEXT_ONLY: frozenset[type] = frozenset({str})


def type_name(value: object) -> str:
    """Give the name of a value's type, as ``"builtins.dict"``."""
    return f"{type(value).__module__}.{type(value).__qualname__}"


class Packer:
    """What packs one value.

    Parameters
    ----------
    has_place : callable
        Tells of a type and a number of axes whether such an array can have a place of its own.
    copies : bool
        Whether large arrays are copied, since they will be written only later.

    Attributes
    ----------
    classes : dict of type
        The classes of the instances that were packed, in the order in which they came.
    """

    def __init__(self, has_place: Callable[[numpy.dtype[Any], int], bool], *, copies: bool) -> None:
        self.classes: dict[type, None] = {}
        self._has_place = has_place
        self._copies = copies

    def pack(self, value: object) -> FreshValue:
        """Pack a value.

        Raises
        ------
        SerializationError
            If something in it could not be read back as it is; the message tells where that is.
        """
        try:
            try:
                return self._packed(value, _JSON_SCALARS)
            except ValueError:  # a number that JSON hasn't, or half a surrogate pair
                return self._packed(value, _UNCONDITIONAL)
        except UnstorableError as error:
            raise SerializationError(f"value{error.place} can't be stored: {error}") from error
        except RecursionError:
            raise SerializationError(
                f"a {type_name(value)} can't be stored: it is nested too deeply, or in itself"
            ) from None

    def encode(self, value: Any) -> Any:
        """Give a part of the value as what JSON has."""
        kind = type(value)
        encode = self._encoders.get(kind) or self._find(kind)
        return encode(value)

    def items(self, values: Iterable[Any]) -> list[Any]:
        """Encode the items of a sequence or a set."""
        plain, encode, encoded = self._plain, self.encode, []
        try:
            for value in values:
                encoded.append(value if type(value) in plain else encode(value))
        except UnstorableError as error:
            raise error.inside(f"[{len(encoded)}]") from None
        return encoded

    def members(self, values: Mapping[str, Any], encoded: dict[str, Any]) -> dict[str, Any]:
        """Encode the members of a dict or an instance, and add them to what is encoded of it."""
        plain, encode = self._plain, self.encode
        key = ""
        try:
            for key, value in values.items():
                if type(value) in plain:
                    encoded[key] = value
                else:
                    self.arrays.name = key
                    encoded[key] = encode(value)
        except UnstorableError as error:
            raise error.inside(f"[{key!r}]") from None
        return encoded

    def _packed(self, value: Any, plain: frozenset[type]) -> FreshValue:
        self._plain = plain
        self._encoders = self._begin(plain)
        self.arrays = ArrayPacking(self._has_place, self._copies, self.items)
        document: Any
        is_array = type(value) in imported_types("numpy", "ndarray")
        is_array = is_array and type(value) not in self._encoders  # a subclass knows better
        if is_array:
            document = self.arrays.encode(value, smallest=0)
        else:
            document = value if type(value) in plain else self.encode(value)
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()  # refuses half a surrogate pair
        return FreshValue(
            Summary(type_name(value), *_shape_and_dtype(value)),
            text,
            bytes(self.arrays.pool),
            self.arrays.parts,
            self.arrays.part_names,
            document if is_array and self.arrays.parts else None,
        )

    def _begin(self, plain: frozenset[type]) -> dict[type, Callable[[Any], Any]]:
        encoders: dict[type, Callable[[Any], Any]] = {
            dict: self._dict,
            list: self._list,
            tuple: lambda value: {TAG: "tuple", "items": self.items(value)},
            set: lambda value: {TAG: "set", "items": self.items(value)},
            frozenset: lambda value: {TAG: "frozenset", "items": self.items(value)},
            bytes: lambda value: {TAG: "bytes", **self.arrays.add_bytes(value)},
            bytearray: lambda value: {TAG: "bytearray", **self.arrays.add_bytes(bytes(value))},
        }
        encoders.update((kind, lambda value: value) for kind in plain)
        encoders.update((kind, _scalar_encoder(scalar)) for kind, scalar in SCALARS.items())
        for kind, special in SPECIAL_SCALARS.items():
            if kind not in plain:
                encoders[kind] = _special_encoder(special)
        return encoders

    def _find(self, kind: type) -> Callable[[Any], Any]:
        """Find how values of a type that wasn't seen yet are encoded."""
        encode: Callable[[Any], Any]
        instance_kind = kind_of(kind)
        if kind in imported_types("numpy", "ndarray"):
            encode = self.arrays.encode
        elif issubclass(kind, imported_types("numpy", "generic")):
            encode = self.arrays.encode_scalar
        elif kind in imported_types("pandas", "DataFrame"):
            encode = self._frame
        elif instance_kind is not None:
            self.classes[kind] = None
            encode = self._instance_encoder(kind, instance_kind)
        else:
            raise UnstorableError.of_type(kind)
        self._encoders[kind] = encode
        return encode

    def _dict(self, value: dict[Any, Any]) -> dict[str, Any]:
        if set(map(type, value)) <= _TEXT_ONLY and TAG not in value:
            if self._plain is _JSON_SCALARS and set(map(type, value.values())) <= _JSON_SCALARS:
                return value
            if self._plain is _JSON_SCALARS or not any(map(_has_half_pair, value)):
                return self.members(value, {})
        return {TAG: "dict", "items": [self.items(pair) for pair in value.items()]}

    def _list(self, value: list[Any]) -> list[Any]:
        return value if set(map(type, value)) <= self._plain else self.items(value)

    def _instance_encoder(self, kind: type, instance_kind: InstanceKind) -> Callable[[Any], Any]:
        name = class_name(kind)

        def encode(value: Any) -> dict[str, Any]:
            state = instance_kind.state(value)
            if TAG in state:
                raise UnstorableError(f"it has an attribute {TAG!r}")
            return self.members(state, {TAG: name})

        return encode

    def _frame(self, value: Any) -> dict[str, Any]:
        from propstore.objects.serializers.pandas_frames import PandasSerializer

        try:
            data = PandasSerializer().serialize_data(value)["data"]
        except SerializationError as error:
            parts = taken_apart(value)
            if parts is None:
                raise UnstorableError(str(error)) from error
            try:
                return {TAG: COLUMNS, "shape": list(value.shape), "parts": self.items(parts)}
            except UnstorableError as part:
                raise UnstorableError(f"{error}; and of a part of it, {part}") from error
        return {TAG: "frame", "shape": list(value.shape), **self.arrays.add_bytes(data)}


def _scalar_encoder(scalar: Scalar) -> Callable[[Any], Any]:
    def encode(value: Any) -> dict[str, Any]:
        try:
            return {TAG: scalar.tag, "value": scalar.to_json(value)}
        except ValueError as error:
            raise UnstorableError(str(error)) from error

    return encode


def _special_encoder(special: SpecialScalar) -> Callable[[Any], Any]:
    encode_special = _scalar_encoder(special.scalar)

    def encode(value: Any) -> Any:
        return encode_special(value) if special.is_special(value) else value

    return encode


def _has_half_pair(text: str) -> bool:
    return SPECIAL_SCALARS[str].is_special(text)


def _shape_and_dtype(value: Any) -> tuple[tuple[int, ...] | None, str | None]:
    arrays = imported_types("numpy", "ndarray", "generic")
    if not issubclass(type(value), (*arrays, *imported_types("pandas", "DataFrame"))):
        return None, None
    dtype = getattr(value, "dtype", None)
    return tuple(value.shape), None if dtype is None else str(dtype)
