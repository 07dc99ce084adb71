"""Values of every kind that a group has to give back as they were."""

from __future__ import annotations

import enum
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy
import pandas
from pydantic import BaseModel, ConfigDict, PrivateAttr

__all__ = ["ARRAYS", "VALUES", "is_same"]


@dataclass
class Run:
    """A dataclass as a user would write it."""

    name: str
    energy: float
    forces: numpy.ndarray[Any, Any] | None = None
    tags: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Atom:
    """A dataclass without a dict."""

    symbol: str
    charge: int = 0


class Box(BaseModel):
    """A pydantic model with everything that one can have."""

    model_config = ConfigDict(extra="allow", arbitrary_types_allowed=True)

    lengths: tuple[float, float, float]
    atoms: list[Atom] = []
    _seen: int = PrivateAttr(default=0)


class Phase(enum.Flag):
    """An enumeration whose members add up."""

    LIQUID = enum.auto()
    GAS = enum.auto()


class Point(NamedTuple):
    """A named tuple."""

    x: float
    y: float


def _box() -> Box:
    box = Box(lengths=(1.0, 2.0, 3.0), atoms=[Atom("C", -1)], label="extra")
    box._seen = 3
    return box


def _object_array() -> numpy.ndarray[Any, Any]:
    array = numpy.empty((2, 2), object, order="F")
    array[0, 0], array[0, 1], array[1, 0], array[1, 1] = [1, 2], (3,), None, numpy.arange(2)
    return array


VALUES: Mapping[str, object] = {
    "none": None,
    "true": True,
    "integer": 5,
    "integer beyond 64 bits": -(2**200),
    "integer of 10,000 digits": 10**10_000,
    "float": 0.1,
    "negative zero": -0.0,
    "infinities and NaN": [math.inf, -math.inf, math.nan],
    "complex": complex(1, -math.inf),
    "text": 'Größe "1" \n \x00 \U0001f9ea',
    "half a surrogate pair": ["\ud83d", "\ud83d" + "\ude00", {"\ud83d": 1}],
    "bytes": b"\x00\xff",
    "many bytes": bytes(range(256)) * 1000,
    "bytearray": bytearray(b"abc"),
    "decimal": Decimal("1.50"),
    "fraction": Fraction(1, 3),
    "fraction of many digits": Fraction(-(10**5000), 3),
    "uuid": uuid.UUID("12345678-1234-5678-1234-567812345678"),
    "date": date(2024, 2, 29),
    "naive datetime": datetime(2024, 1, 2, 3, 4, 5, 6),
    "datetime in UTC": datetime(2024, 1, 2, tzinfo=UTC),
    "datetime at an offset": datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=-3, seconds=1))),
    "datetime in a zone": datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
    "time": time(1, 2, 3, 4),
    "timedelta": timedelta(days=-1, microseconds=1),
    "list": [1, [2.5, None], []],
    "tuple": (1, (), ("a",)),
    "set": {1, "a", (2,)},
    "frozenset": frozenset({1, 2}),
    "dict in its order": {"b": 1, "a": {"c": [1, (2,)]}},
    "dict with any keys": {1: "a", None: "b", (1, 2): "c", "$": 2.5, "x/y": 3, b"k": {}},
    "dict with a dollar": {"$": "tuple", "items": [1]},
    "dataclass": Run("a", -1.5, numpy.arange(6.0).reshape(2, 3), {"t": (1,)}),
    "dataclass with slots": Atom("O", -2),
    "model": _box(),
    "enumeration": [Phase.GAS, Phase.LIQUID | Phase.GAS],
    "named tuple": Point(1.0, 2.0),
    "records": [Run(f"r{i}", i / 7, numpy.full(3, i)) for i in range(20)],
    "numpy scalars": [numpy.float32(0.1), numpy.int8(-1), numpy.bool_(True), numpy.str_("ä")],
    "numpy times": [numpy.datetime64("2024-01-01T00", "ns"), numpy.timedelta64("NaT", "s")],
    "data frame": pandas.DataFrame({"a": [1, 2], "b": ["x", None]}, index=[3, 4]),
    "arrays in a dict": {"small": numpy.arange(3), "large": numpy.arange(20_000.0).reshape(2, -1)},
    "array of objects": _object_array(),
}
"""Values by what is particular about them."""

_STRUCTURE = numpy.dtype(
    [("time", "M8[s]"), ("x", "<f4", (2,)), ("name", "U3"), ("in", [("b", "?")])]
)
_PADDED = numpy.dtype([("a", "i1"), ("b", "f8")], align=True)

ARRAYS: Mapping[str, numpy.ndarray[Any, Any]] = {
    **{
        code: numpy.arange(6).reshape(2, 3).astype(code)
        for code in ("?", "i1", "u2", "<i4", ">i4", "u8", "f2", "f4", ">f8", "g", "c8", "c16", "G")
    },
    "special numbers": numpy.array([numpy.nan, -numpy.inf, -0.0, 9.96921e36]),
    "no axes": numpy.array(2.5),
    "no elements": numpy.empty((0, 3), "f4"),
    "Fortran order": numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3)),
    "every other": numpy.arange(12)[::2],
    "times": numpy.array(["2024-01-01", "NaT"], "M8[D]"),
    "durations": numpy.array([1, 2], "m8[25us]"),
    "bytes": numpy.array([b"a\x00b", b"abcd"]),
    "text": numpy.array(["ä", "a\x00b", "\U0001f9ea"]),
    "text of any length": numpy.array(["a", "bc" * 100], numpy.dtypes.StringDType()),
    "void": numpy.array([b"abc", b"d\x00f"], "V3"),
    "void without bytes": numpy.empty(3, numpy.dtype([])),
    "structured": numpy.zeros((2, 2), _STRUCTURE),
    "padded": numpy.ones(3, _PADDED),
    "structured with objects": numpy.array([(1, "a"), (2, [3])], [("n", "i4"), ("o", object)]),
    "many axes": numpy.zeros((1,) * 40),
}
"""Arrays by what is particular about them."""


def is_same(left: Any, right: Any) -> bool:
    """Tell whether two values are equal, of the same types, and ordered alike."""
    if type(left) is not type(right):
        return False
    if isinstance(left, numpy.ndarray):
        return _is_same_array(left, right)
    if isinstance(left, pandas.DataFrame):
        return bool(left.equals(right))
    if isinstance(left, Run):
        return is_same(vars(left), vars(right))
    if isinstance(left, dict):
        return is_same(list(left.items()), list(right.items()))
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, float | complex):
        return repr(left) == repr(right)
    if isinstance(left, datetime):
        return bool(left == right and left.fold == right.fold and left.tzinfo == right.tzinfo)
    if isinstance(left, numpy.timedelta64):
        return str(left) == str(right)
    return bool(left == right)


def _is_same_array(left: numpy.ndarray[Any, Any], right: numpy.ndarray[Any, Any]) -> bool:
    same_form = (
        left.dtype == right.dtype
        and left.shape == right.shape
        and right.flags.writeable
        and left.flags.fnc == right.flags.fnc
    )
    if not same_form:
        return False
    if left.dtype.names:  # what stands between the fields is nobody's business
        return all(_is_same_array(left[n].copy(), right[n].copy()) for n in left.dtype.names)
    if left.dtype.hasobject or left.dtype.kind == "T":
        return is_same(left.tolist(), right.tolist())
    return left.tobytes() == right.tobytes()
