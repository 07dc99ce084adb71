"""Any value that can be stored comes back, and nothing is made that nobody allowed."""

from __future__ import annotations

import dataclasses
import json
import pickle
import sys
from dataclasses import dataclass, field
from datetime import UTC
from functools import cached_property
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import propstore as ps
from propstore.errors import SerializationError, UnregisteredError
from propstore.objects.groups import GenericStorage, JSONStorage, MemoryGroupStorage, NetCDFStorage
from propstore.objects.values import ClassTable, storable
from propstore.testing.groups.samples import is_same
from tests.samples import density

DTYPES = (
    hnp.boolean_dtypes()
    | hnp.integer_dtypes(endianness="?")
    | hnp.floating_dtypes(endianness="?")
    | hnp.complex_number_dtypes()
    | hnp.datetime64_dtypes()
    | hnp.timedelta64_dtypes()
    | hnp.byte_string_dtypes(max_len=5)
    | hnp.unicode_string_dtypes(max_len=5)
)
TEXT = st.text(st.characters(exclude_categories=()), max_size=5)
HASHABLE = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | st.binary(max_size=5),
    lambda values: st.tuples(values, values) | st.frozensets(values, max_size=3),
    max_leaves=5,
)
LEAVES = (
    HASHABLE
    | st.floats()
    | st.complex_numbers()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.dates()
    | st.datetimes(timezones=st.none() | st.timezones() | st.just(UTC))
    | st.timedeltas()
    | hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=4))
)
VALUES = st.recursive(
    LEAVES,
    lambda values: (
        st.lists(values, max_size=4)
        | st.tuples(values, values)
        | st.dictionaries(HASHABLE, values, max_size=4)
        | st.dictionaries(TEXT, values, max_size=4)
    ),
    max_leaves=15,
)


@pytest.fixture(params=["memory", "json", "netcdf"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> GenericStorage:
    if request.param == "json":
        return JSONStorage(tmp_path / "groups")
    return NetCDFStorage(tmp_path / "groups") if request.param == "netcdf" else MemoryGroupStorage()


@given(values=st.lists(VALUES, min_size=1, max_size=3))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nested_values_come_back(storage: GenericStorage, values: list[Any]) -> None:
    with storage as group:
        for number, value in enumerate(values):
            group[f"value/{number}"] = value
    with storage as group:
        for number, value in enumerate(values):
            assert is_same(value, group[f"value/{number}"])


def test_records_and_quantities_come_back(storage: GenericStorage) -> None:
    record = density()
    with storage as group:
        group["record"], group["quantity"] = record, ps.Quantity("25 degC")
        group["both"] = [record, {"of": ps.Quantity(1.5, "kPa")}]
    with storage as group:
        assert group["quantity"] == ps.Quantity("25 degC")
        assert group["quantity"].unit == "degC"
        assert group["record"] == record
        assert type(group["record"]) is type(record)
        assert group["both"] == [record, {"of": ps.Quantity(1.5, "kPa")}]


@dataclass
class Unregistered:
    value: int


def test_an_instance_of_a_class_that_nobody_allowed_is_not_made(tmp_path: Path) -> None:
    with JSONStorage(tmp_path / "groups") as group:
        group["a"] = [Unregistered(5)]
    refusal = pytest.raises(UnregisteredError, match=r"Unregistered.*classes=\[...\].*@storable")
    with JSONStorage(tmp_path / "groups", "r") as group, refusal:
        group["a"]
    with JSONStorage(tmp_path / "groups", "r", classes=[Unregistered]) as group:
        assert group["a"] == [Unregistered(5)]
    with JSONStorage(tmp_path / "groups", "r", unknown_as_plain=True) as group:
        assert group["a"] == [{"value": 5}]


def test_a_registered_class_is_found() -> None:
    @storable
    @dataclass
    class Registered:
        value: int

    storage = MemoryGroupStorage()
    with storage as group:
        group["a"] = Registered(5)
        assert group["a"] == Registered(5)


@pytest.mark.parametrize("name", ["os:system", "subprocess:Popen", "propstore.errors:StoreError"])
def test_a_name_that_leads_elsewhere_is_not_followed(tmp_path: Path, name: str) -> None:
    path = tmp_path / "groups.json"
    with JSONStorage(path) as group:
        group["a"] = {"x": "y" * len(name)}
    text = path.read_text().replace('"x":"' + "y" * len(name), '"$":"' + name)
    path.write_text(text)
    with JSONStorage(path, "r") as group, pytest.raises(UnregisteredError):
        group["a"]


def test_a_class_that_is_not_imported_is_not_imported() -> None:
    assert ClassTable().find("propstore.cli.app:App") is None
    sys.modules.pop("this", None)
    ClassTable().find("this:Zen")
    assert "this" not in sys.modules


def test_only_classes_whose_instances_are_kept_can_be_allowed() -> None:
    class Plain:
        pass

    with pytest.raises(UnregisteredError, match="neither a dataclass"):
        storable(Plain)
    with pytest.raises(UnregisteredError, match="neither a dataclass"):
        ClassTable([int])


def test_loading_runs_neither_init_nor_post_init() -> None:
    made: list[int] = []

    @dataclass(frozen=True)
    class Loud:
        value: int

        def __post_init__(self) -> None:
            made.append(self.value)

    storage = MemoryGroupStorage(classes=[Loud])
    with storage as group:
        group["a"] = Loud(5)
        assert group["a"] == Loud(5)
    assert made == [5, 5]  # those that the test made


def test_a_field_that_came_later_gets_its_default(tmp_path: Path) -> None:
    old = dataclasses.make_dataclass("Run", [("a", int)])
    new = dataclasses.make_dataclass("Run", [("a", int), ("b", list, field(default_factory=list))])
    lacking = dataclasses.make_dataclass("Run", [("a", int), ("c", int)])
    for version in (old, new, lacking):
        version.__module__ = "mylab"
    with JSONStorage(tmp_path / "groups", classes=[old]) as group:
        group["a"] = old(5)
    with JSONStorage(tmp_path / "groups", "r", classes=[new]) as group:
        assert group["a"] == new(5, [])
    refusal = pytest.raises(SerializationError, match=r"mylab\.Run has no c")
    with JSONStorage(tmp_path / "groups", "r", classes=[lacking]) as group, refusal:
        group["a"]


def test_what_a_cached_property_holds_is_not_stored() -> None:
    @dataclass
    class Cached:
        value: int

        @cached_property
        def double(self) -> object:
            return object()  # which can't be stored

    storage = MemoryGroupStorage(classes=[Cached])
    with storage as group:
        instance = Cached(5)
        assert instance.double
        group["a"] = instance
        assert group["a"] == Cached(5)
        assert "double" not in vars(group["a"])


def test_bytes_are_never_taken_for_objects(tmp_path: Path) -> None:
    path = tmp_path / "groups.json"
    with JSONStorage(path) as group:
        group["a"] = [np.arange(3)]
    path.write_text(path.read_text().replace('"dtype":"<i8"', '"dtype":"|O" '))
    refusal = pytest.raises(SerializationError, match="bytes are Python objects")
    with JSONStorage(path, "r") as group, refusal:
        group["a"]


def test_what_is_stored_is_no_pickle(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            raise AssertionError

    with JSONStorage(tmp_path / "groups") as group, pytest.raises(SerializationError, match="Bomb"):
        group["a"] = Bomb()
    with NetCDFStorage(tmp_path / "groups.nc") as group:
        group["a"] = pickle.dumps(5)
        assert group["a"] == pickle.dumps(5)


@pytest.mark.parametrize(
    "node",
    [
        {"$": "array", "dtype": "<f8", "shape": [3], "at": 0},
        {"$": "array", "dtype": "|O", "shape": [3], "at": 0},
        {"$": "array", "dtype": "<f8", "shape": [-1], "at": 0},
        {"$": "array", "dtype": "<f8", "shape": [1], "at": -8},
        {"$": "bytes", "at": -1, "size": 0},
        {"$": "array", "dtype": "nonsense", "shape": [3], "at": 0},
        {"$": "bytes", "at": 0, "size": 100},
        {"$": "fields", "dtype": "[('a','|O')]", "shape": [10**15], "fields": []},
        {"$": "tuple"},
        {"$": "date", "value": "tomorrow"},
        {"$": "novelty"},
        {"$": 5},
    ],
)
def test_a_damaged_document_is_an_error(tmp_path: Path, node: dict[str, Any]) -> None:
    path = tmp_path / "groups.json"
    damaged = json.dumps(node, separators=(",", ":"))
    with JSONStorage(path) as group:
        group["a"] = "x" * (len(damaged) - 2)
    path.write_text(path.read_text().replace('"' + "x" * (len(damaged) - 2) + '"', damaged))
    with JSONStorage(path, "r") as group, pytest.raises(SerializationError):
        group["a"]


@pytest.mark.parametrize(
    ("dtype", "rows"),
    [
        ("U3", ["long text"]),
        ("S2", [b"abc"]),
        ("i4", [1.5]),
        ("i4", [2**40]),
        ("i8", [2**63]),
        ("u8", [-1]),
        ("f4", [1e300]),
        ("f8", [1j]),
        ("?", [2]),
        ("M8[s]", [np.datetime64("2024-01-01T00:00:00.5")]),
        ("M8[ns]", [np.datetime64("36812-02-20T00:36:16")]),
    ],
)
def test_rows_that_would_lose_something_are_not_appended(
    storage: GenericStorage, dtype: str, rows: list[Any]
) -> None:
    with storage as group:
        array = group.create_array("a", dtype)
        array.append(np.zeros(1, dtype))
        with pytest.raises(ValueError, match="without a loss"):
            array.append(rows)
        array.append([])
    with storage as group:
        assert group["a"].shape == (1,)


def test_what_is_no_type_or_shape_of_rows_leaves_the_rest(storage: GenericStorage) -> None:
    with storage as group:
        group["b"] = 1
        with pytest.raises(TypeError, match="nonsense"):
            group.create_array("a", "nonsense")
        with pytest.raises(ValueError, match=r"\(-1,\)"):
            group.create_array("a", "f8", (-1,))
    with storage as group:
        assert dict(group) == {"b": 1}
