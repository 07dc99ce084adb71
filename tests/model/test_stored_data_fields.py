"""The fields of one's own record types: all that JSON can hold survives, all else is refused."""

from __future__ import annotations

import copy
import dataclasses
import enum
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import numpy as np
import pytest
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, PlainSerializer

import propstore as ps
from propstore.errors import InvalidDataError
from propstore.model import Amount, load_document
from tests.model.documents_of import documents_of

WATER = ps.Substance({"O": 1.0})


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass(frozen=True)
class Point:
    x: float
    name: str = "origin"


class Pair(NamedTuple):
    first: int
    second: float


class Inner(BaseModel):
    model_config = ConfigDict(frozen=True)

    size: float = 1.0
    quantity: ps.Quantity = ps.Quantity("5 K")


Array = Annotated[
    Any,
    BeforeValidator(np.asarray),
    PlainSerializer(lambda array: array.tolist()),
]


FIELDS = {
    "datetime": (datetime, datetime(2026, 1, 31, 12, tzinfo=UTC)),
    "date": (date, date(2026, 1, 31)),
    "timedelta": (timedelta, timedelta(seconds=1.5)),
    "uuid": (UUID, UUID(int=5)),
    "path": (Path, Path("a/b")),
    "decimal": (Decimal, Decimal("1.10")),
    "complex": (complex, 1 + 2j),
    "enum": (Colour, Colour.RED),
    "whole enum": (Level, Level.HIGH),
    "flag": (Access, Access.READ | Access.WRITE),
    "literal": (Literal["a", "b"], "a"),
    "bytes": (bytes, b"text"),
    "set": (set[str], {"b", "a"}),
    "set of floats": (frozenset[float], frozenset({0.3, 0.1 + 0.2})),
    "list": (list[float | None], [1.0, None]),
    "nested dict": (dict[int, dict[str, float]], {1: {"a": 0.1}}),
    "model": (Inner, Inner(size=2.0)),
    "models": (dict[str, Inner], {"a": Inner(quantity="25 degC")}),
    "dataclass": (Point, Point(1.0)),
    "named tuple": (Pair, Pair(1, 2.0)),
    "quantities": (list[ps.Quantity], [ps.Quantity("25 degC")]),
    "substances": (tuple[ps.Substance, ...], (WATER,)),
    "component": (ps.Component, ps.Component("OC")),
    "amounts": (list[Amount], [ps.ExactAmount(1), ps.MoleFraction(1.0)]),
    "phase": (ps.PropertyPhase | None, ps.PropertyPhase.LIQUID | ps.PropertyPhase.GAS),
    "state": (ps.ThermodynamicState, ps.ThermodynamicState("25 degC")),
    "json": (JsonValue, {"a": [1, 2.5, None, True, "é"]}),
    "anything": (Any, {"a": (1, {2})}),
    "large number": (int, 10**40),
    "numpy float": (float, np.float32(0.1)),
    "numpy int": (int, np.int64(3)),
    "numpy array": (Array, [[1.0, 2.0], [3.0, 4.0]]),
    "record": (ps.ForceFieldData, ps.ForceFieldData(force_field_source="<SMIRNOFF/>")),
}


UNORDERED = ("set", "set of floats", "anything")
"""What is equal in any order, so that its JSON may be in another."""


@pytest.mark.parametrize("kind", FIELDS)
def test_a_field_of_any_type_that_json_can_hold_survives(kind):
    annotation, value = FIELDS[kind]
    namespace = {"__annotations__": {"content": annotation}, "__module__": __name__}
    name = f"tests.{kind.replace(' ', '_')}@v1"
    record = type("Sample", (ps.HashableStoredData,), namespace, type_name=name)(content=value)

    for text in documents_of(record):
        again = load_document(text)
        assert again == record
        assert again.identity() == record.identity()
        assert kind in UNORDERED or again.to_json() == record.to_json()
    assert copy.deepcopy(record) == record


@pytest.mark.parametrize("value", [object(), np.array([1.0]), b"\xff", int, {"a": object()}])
def test_a_value_that_json_can_not_hold_is_refused_when_the_record_is_written(value):
    class Loose(ps.HashableStoredData, type_name="tests.loose@v1"):
        content: Any

    with pytest.raises(InvalidDataError, match="can't be stored as JSON"):
        Loose(content=value).identity()
    with pytest.raises(InvalidDataError, match="can't be written as JSON"):
        Loose(content=value).to_json()


def test_a_number_that_is_none_has_no_identity():
    class Loose(ps.HashableStoredData, type_name="tests.looser@v1"):
        content: Any

    with pytest.raises(InvalidDataError, match="NaN and infinity can't be stored"):
        Loose(content=float("nan")).identity()


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "\ud800"},
        {"several": ["a", "\udfff"]},
        {"settings": {"\ud800": 1}},
        {"settings": {"a": {"b": ["\ud800"]}}},
        {"settings": {"a": {"\ud800": 1}}},
    ],
)
def test_half_a_surrogate_pair_is_refused_when_the_record_is_made(fields):
    class Texts(ps.HashableStoredData, type_name="tests.texts@v1"):
        text: str = ""
        several: list[str] = Field(default_factory=list)
        settings: dict[str, JsonValue] = Field(default_factory=dict)

    with pytest.raises(InvalidDataError, match="unable to parse raw data as a unicode string"):
        Texts(**fields)
