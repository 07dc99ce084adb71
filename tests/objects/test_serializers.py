"""What is loaded equals what was saved, or was refused."""

from __future__ import annotations

import asyncio
import collections
import datetime
import decimal
import enum
import io
import sys
from collections.abc import AsyncIterator, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propstore.errors import SerializationError, UnsupportedOperationError
from propstore.objects import (
    ArrowSerializer,
    BytesSerializer,
    JsonSerializer,
    NumpySerializer,
    PandasSerializer,
    PickleSerializer,
    SerializedStream,
    Serializer,
    TextSerializer,
    default_serializers,
)
from tests.external.interpreter import start_python

RECORD = np.dtype([("atom", "U4"), ("position", "<f8", (3,))])
WIDE_RECORD = np.dtype([(f"column with a long name {number}", "<f8") for number in range(1000)])
ARRAYS = {
    "vector": np.linspace(0.0, 1.0, 5),
    "scalar": np.array(2.5),
    "empty": np.empty((0, 3)),
    "Fortran order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big-endian": np.arange(3, dtype=">i4"),
    "complex": np.array([1 + 2j]),
    "boolean": np.array([True, False]),
    "NaN": np.array([np.nan, np.inf, -0.0]),
    "text": np.array(["Lösung", ""]),
    "time": np.array(["2026-01-01", "NaT"], dtype="datetime64[ns]"),
    "records": np.zeros(2, dtype=RECORD),
    "wide records": np.zeros(2, dtype=WIDE_RECORD),
    "not contiguous": np.arange(10.0)[::3],
}
REFUSED_ARRAYS = {
    "Python objects": np.array([None, {}], dtype=object),
    "objects in records": np.zeros(1, dtype=[("anything", object)]),
    "masked": np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    "records by attribute": np.zeros(1, dtype=[("a", "f8")]).view(np.recarray),
    "strings of any length": np.array(["a"], dtype=np.dtypes.StringDType()),
    "number": np.float64(1.0),
    "list": [1.0],
}
FRAMES = {
    "plain": pd.DataFrame({"T": [298.15, 310.0], "label": ["a", None]}),
    "empty": pd.DataFrame({"T": pd.Series([], dtype="float64")}),
    "named index": pd.DataFrame({"T": [1.0]}, index=pd.Index([7], name="run")),
    "numbered columns": pd.DataFrame({1: [1, 2], 2: [3.0, np.nan]}),
    "columns of two levels": pd.DataFrame([[1, 2]], columns=[["a", "a"], ["b", "c"]]),
    "categories": pd.DataFrame({"phase": pd.Categorical(["gas", "liquid"])}),
    "times": pd.DataFrame({"t": pd.to_datetime(["2026-01-01T00:00:00Z"])}),
    "nullable": pd.DataFrame({"n": pd.array([1, None], dtype="Int64")}),
}
REFUSED_FRAMES = {
    "dictionaries": pd.DataFrame({"settings": [{"a": 1}, {"b": 2}]}),
    "mixed": pd.DataFrame({"mixed": [1, "a"]}),
    "integers and None": pd.DataFrame({"n": pd.Series([1, None], dtype=object)}),
    "integers of more than 64 bits": pd.DataFrame({"n": [2**70]}),
    "two columns of one name": pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "series": pd.Series([1.0]),
}
TABLES = {
    "plain": pa.table({"T": [298.15, None], "label": ["a", "b"]}),
    "empty": pa.table({"T": pa.array([], type=pa.float64())}),
    "nested": pa.table({"settings": [{"steps": [1, 2]}, None]}),
    "dictionary": pa.table({"phase": pa.array(["gas", "gas"]).dictionary_encode()}),
    "metadata": pa.table({"T": [1.0]}).replace_schema_metadata({"unit": "K"}),
}
JSON_VALUES = {
    "null": None,
    "true": True,
    "integer": 10**50,
    "float": -0.1,
    "text": "Lösung \n \u2028 \0 🧪",
    "nested": {"runs": [{"T": 298.15, "ok": False, "notes": None}], "": []},
}


class Phase(enum.IntEnum):
    LIQUID = 1


class Kind(enum.StrEnum):
    SOLID = "solid"


NESTED_IN_ITSELF: list[Any] = []
NESTED_IN_ITSELF.append(NESTED_IN_ITSELF)
REFUSED_JSON: dict[str, tuple[Any, str]] = {
    "NaN": ({"T": [1.0, float("nan")]}, r"\['T'\]\[1\] is nan"),
    "infinity": (float("inf"), "is inf"),
    "tuple": ([(1, 2)], r"\[0\] is \(1, 2\)"),
    "set": ({"a": {1}}, r"\['a'\]"),
    "key that is a number": ({"a": {1: 2}}, "key 1"),
    "subclass of dict": (collections.OrderedDict(a=1), "OrderedDict"),
    "subclass of int": ([Phase.LIQUID], "LIQUID"),
    "NumPy number": ([np.float64(1.0)], "float64"),
    "date": (datetime.date(2026, 1, 1), "date"),
    "decimal": (decimal.Decimal("1.0"), "Decimal"),
    "half of a surrogate pair": ("\ud800", "surrogates"),
    "in itself": (NESTED_IN_ITSELF, "in itself"),
}


def same(one: Any, other: Any) -> bool:
    """Tell whether two objects are of one type and equal, in memory order and NaN too."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return (
            one.dtype == other.dtype
            and one.flags.fnc == other.flags.fnc
            and np.array_equal(one, other, equal_nan=one.dtype.kind in "fcmM")
        )
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other)
        return True
    if isinstance(one, pa.Table):
        return bool(one.equals(other, check_metadata=True))
    return bool(one == other) and repr(one) == repr(other)


def round_trip(serializer: Serializer[Any], value: Any) -> Any:
    return serializer.deserialize_data(serializer.serialize_data(value))


async def iterate(values: Iterable[Any]) -> AsyncIterator[Any]:
    for value in values:
        yield value


async def in_chunks(serialized: SerializedStream, size: int) -> AsyncIterator[bytes]:
    data = b"".join([chunk async for chunk in serialized["data_stream"]])
    for start in range(0, len(data), size):
        yield data[start : start + size]


def stream_round_trip(serializer: Serializer[Any], values: Iterable[Any], size: int) -> list[Any]:
    async def go() -> list[Any]:
        serialized = serializer.serialize_data_stream(iterate(values))
        cut: Any = {**serialized, "data_stream": in_chunks(serialized, size)}
        return [value async for value in serializer.deserialize_data_stream(cut)]

    return asyncio.run(go())


def cases(values: dict[str, Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("value", values.values(), ids=values)


chunk_sizes = pytest.mark.parametrize("size", [1, 7, 10**9])


@cases({"empty": b"", "bytes": bytes(range(256))})
def test_bytes_come_back_as_they_were(value: bytes) -> None:
    assert same(round_trip(BytesSerializer(), value), value)


@cases({"empty": "", "text": "Lösung \r\n \0 🧪"})
def test_text_comes_back_as_it_was(value: str) -> None:
    assert same(round_trip(TextSerializer(), value), value)


@cases(JSON_VALUES)
def test_json_values_come_back_as_they_were(value: Any) -> None:
    assert same(round_trip(JsonSerializer(), value), value)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_whatever_json_can_say_comes_back_as_it_was(value: Any) -> None:
    assert same(round_trip(JsonSerializer(), value), value)


@cases(ARRAYS)
def test_arrays_come_back_as_they_were(value: Any) -> None:
    assert same(round_trip(NumpySerializer(), value), value)


@cases(FRAMES)
def test_data_frames_come_back_as_they_were(value: pd.DataFrame) -> None:
    assert same(round_trip(PandasSerializer(), value), value)


@cases(TABLES)
def test_tables_come_back_as_they_were(value: Any) -> None:
    assert same(round_trip(ArrowSerializer(), value), value)


@cases({"set": {1, 2}, "tuple": (1, "a"), "class": Phase, "complex": 1 + 2j})
def test_what_is_pickled_comes_back_as_it_was(value: Any) -> None:
    assert same(round_trip(PickleSerializer(), value), value)


@pytest.mark.parametrize(
    ("value", "reason"), REFUSED_JSON.values(), ids=[str(name) for name in REFUSED_JSON]
)
def test_what_json_would_change_is_refused_and_the_place_named(value: Any, reason: str) -> None:
    with pytest.raises(SerializationError, match=reason):
        JsonSerializer().serialize_data(value)


@cases({"bytearray": bytearray(b"a"), "text": "a"})
def test_what_would_come_back_as_bytes_is_refused(value: Any) -> None:
    with pytest.raises(SerializationError):
        BytesSerializer().serialize_data(value)


@cases({"bytes": b"a", "subclass": Kind.SOLID, "surrogate": "\ud800"})
def test_what_would_come_back_as_other_text_is_refused(value: Any) -> None:
    with pytest.raises(SerializationError):
        TextSerializer().serialize_data(value)


@cases(REFUSED_ARRAYS)
def test_what_numpy_would_change_or_pickle_is_refused(value: Any) -> None:
    with pytest.raises(SerializationError):
        NumpySerializer().serialize_data(value)


@cases(REFUSED_FRAMES)
def test_what_parquet_would_change_is_refused(value: Any) -> None:
    with pytest.raises(SerializationError):
        PandasSerializer().serialize_data(value)


def test_the_columns_that_parquet_would_change_are_named() -> None:
    frame = pd.DataFrame({"T": [298.15], "run": pd.Categorical([1])})
    with pytest.raises(SerializationError, match="the values or types of 'run'$"):
        PandasSerializer().serialize_data(frame)


def test_a_record_batch_is_no_table() -> None:
    with pytest.raises(SerializationError, match="from_batches"):
        ArrowSerializer().serialize_data(pa.record_batch({"a": [1]}))


def test_what_cannot_be_pickled_is_refused() -> None:
    with pytest.raises(SerializationError):
        PickleSerializer().serialize_data(lambda: None)


def npy(**changes: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([None]), allow_pickle=True, **changes)
    return stream.getvalue()


MALFORMED = [
    (TextSerializer(), b"\xff"),
    (JsonSerializer(), b"{"),
    (JsonSerializer(), b"\xff"),
    (JsonSerializer(), b"[" * 100_000),
    (NumpySerializer(), b""),
    (NumpySerializer(), b"PK\x03\x04 a zip of arrays"),
    (NumpySerializer(), NumpySerializer().serialize_data(np.arange(9.0))["data"][:-1]),
    (NumpySerializer(), npy()),
    (ArrowSerializer(), b"junk"),
    (PandasSerializer(), b"junk"),
    (PickleSerializer(), b"junk"),
    (PickleSerializer(), b"cno_such_module\nname\n."),
]


@pytest.mark.parametrize(("serializer", "data"), MALFORMED)
def test_malformed_bytes_are_refused(serializer: Serializer[Any], data: bytes) -> None:
    with pytest.raises(SerializationError, match=serializer.name):
        serializer.deserialize_data(
            {"data": data, "content_type": "any/thing", "content_encoding": None}
        )


@chunk_sizes
def test_a_stream_of_json_values_comes_back_however_it_is_cut(size: int) -> None:
    values = list(JSON_VALUES.values())
    assert stream_round_trip(JsonSerializer(), values, size) == values


@chunk_sizes
def test_a_stream_of_text_comes_back_however_it_is_cut(size: int) -> None:
    assert "".join(stream_round_trip(TextSerializer(), ["Lö", "", "sung 🧪"], size)) == "Lösung 🧪"


@chunk_sizes
def test_a_stream_of_bytes_comes_back_however_it_is_cut(size: int) -> None:
    assert b"".join(stream_round_trip(BytesSerializer(), [b"ab", b"", b"c"], size)) == b"abc"


@chunk_sizes
def test_a_stream_of_arrays_comes_back_however_it_is_cut(size: int) -> None:
    arrays = [ARRAYS["scalar"], ARRAYS["empty"], ARRAYS["Fortran order"]]
    loaded = stream_round_trip(NumpySerializer(), arrays, size)
    assert [same(*pair) for pair in zip(loaded, arrays, strict=True)] == [True] * 3


@chunk_sizes
def test_a_stream_of_record_batches_comes_back_however_it_is_cut(size: int) -> None:
    batches = [pa.record_batch({"T": [float(number)]}) for number in range(3)]
    assert stream_round_trip(ArrowSerializer(), batches, size) == batches


@pytest.mark.parametrize(
    "serializer",
    [
        BytesSerializer(),
        TextSerializer(),
        JsonSerializer(),
        NumpySerializer(),
        ArrowSerializer(),
    ],
    ids=repr,
)
def test_an_empty_stream_comes_back_empty(serializer: Serializer[Any]) -> None:
    assert stream_round_trip(serializer, [], 1) == []


@pytest.mark.parametrize(
    ("serializer", "values"),
    [
        (BytesSerializer(), [b"a", "b"]),
        (TextSerializer(), ["a", "\ud800"]),
        (JsonSerializer(), [1, float("nan")]),
        (NumpySerializer(), [np.arange(2), np.array([None])]),
        (ArrowSerializer(), [pa.record_batch({"a": [1]}), pa.record_batch({"b": [1]})]),
        (ArrowSerializer(), [pa.table({"a": [1]})]),
    ],
)
def test_a_value_that_would_change_is_refused_in_a_stream_too(
    serializer: Serializer[Any], values: list[Any]
) -> None:
    with pytest.raises(SerializationError, match=serializer.name):
        stream_round_trip(serializer, values, 1)


@pytest.mark.parametrize(
    ("serializer", "data"),
    [case for case in MALFORMED if not isinstance(case[0], PandasSerializer | PickleSerializer)],
)
def test_a_malformed_stream_is_refused(serializer: Serializer[Any], data: bytes) -> None:
    async def read() -> list[Any]:
        stream: Any = {
            "data_stream": iterate([data or b"\n"]),
            "content_type": "any/thing",
            "content_encoding": None,
        }
        return [value async for value in serializer.deserialize_data_stream(stream)]

    with pytest.raises(SerializationError, match=serializer.name):
        asyncio.run(read())


def test_text_that_ends_inside_a_character_is_refused() -> None:
    async def read() -> None:
        cut: Any = {"data_stream": iterate(["ö".encode()[:1]])}
        async for _ in TextSerializer().deserialize_data_stream(cut):
            pass

    with pytest.raises(SerializationError):
        asyncio.run(read())


@pytest.mark.parametrize("serializer", [PandasSerializer(), PickleSerializer()], ids=repr)
def test_a_serializer_without_a_stream_form_says_so(serializer: Serializer[Any]) -> None:
    with pytest.raises(UnsupportedOperationError, match=serializer.name):
        serializer.serialize_data_stream(iterate([]))
    with pytest.raises(UnsupportedOperationError, match=serializer.name):
        serializer.deserialize_data_stream(
            {"data_stream": iterate([]), "content_type": "", "content_encoding": None}  # type: ignore[typeddict-item]
        )


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b"", "propstore.bytes@v1"),
        ("", "propstore.text@v1"),
        ({}, "propstore.json@v1"),
        ([], "propstore.json@v1"),
        (None, "propstore.json@v1"),
        (True, "propstore.json@v1"),
        (1, "propstore.json@v1"),
        (1.0, "propstore.json@v1"),
        (np.zeros(1), "propstore.numpy@v1"),
        (pa.table({}), "propstore.arrow@v1"),
        (pa.record_batch({"a": [1]}), "propstore.arrow@v1"),
        (pd.DataFrame(), "propstore.pandas@v1"),
    ],
    ids=repr,
)
def test_the_default_serializer_of_a_type(value: Any, name: str) -> None:
    assert default_serializers().for_type(type(value)).name == name


def test_without_pyarrow_tables_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for serializer in (ArrowSerializer(), PandasSerializer()):
        with pytest.raises(ImportError, match=r"propstore\[pandas\]"):
            serializer.serialize_data(FRAMES["plain"])


def test_importing_the_serializers_imports_none_of_the_large_libraries() -> None:
    script = (
        "import sys, propstore.workers\n"
        "late = {'numpy', 'pandas', 'pyarrow', 'netCDF4', 'obstore'} & set(sys.modules)\n"
        "propstore.objects.default_serializers().for_type(dict)\n"
        "assert not late, late"
    )
    with start_python("-c", script) as process:
        assert process.wait() == 0
