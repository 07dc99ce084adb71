"""The part of the suite of storage backends that asks for what can't be found."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from propstore.backends import StorageBackend
from propstore.errors import DimensionError, QueryError, UnknownFieldError
from propstore.model import ForceFieldData, HashableStoredData, PropertyData, StoredData
from propstore.query import contains, field
from propstore.testing.backend.filled import TEMPERATURE
from propstore.testing.backend.under_test import BackendUnderTest
from propstore.testing.samples import density

__all__ = ["MistakesSuite"]

Mistake = Callable[[Any], object]

MISTAKES: list[tuple[Mistake, type[Exception], str]] = [
    (
        lambda store: store.find(PropertyData, field("thermodynamic_state.temprature") == "1 K"),
        UnknownFieldError,
        r"did you mean 'thermodynamic_state\.temperature'",
    ),
    (
        lambda store: store.find(PropertyData, field(TEMPERATURE) == "1 atm"),
        DimensionError,
        "temperature",
    ),
    (
        lambda store: store.find(PropertyData, field(TEMPERATURE) == 298.15),
        DimensionError,
        "no unit",
    ),
    (
        lambda store: store.find(PropertyData, field("phase") == "liqud"),
        QueryError,
        "did you mean 'liquid'",
    ),
    (
        lambda store: store.find(PropertyData).order_by("temperature"),
        UnknownFieldError,
        "did you mean",
    ),
    (lambda store: store.find(PropertyData).order_by("substance"), QueryError, "has parts"),
    (lambda store: store.find(PropertyData).nearest(), QueryError, "needs a temperature"),
    (
        lambda store: store.find(PropertyData).nearest(temperature="0 K"),
        QueryError,
        "above 0 K",
    ),
    (lambda store: store.find(PropertyData).limit(-1), QueryError, "-1"),
    (lambda store: store.find("PropertyData"), QueryError, "not a record type"),
    (lambda store: store.find(PropertyData, "phase"), QueryError, "not a condition"),
    (lambda store: store.find(ForceFieldData, contains("O")), UnknownFieldError, "'substance'"),
    (lambda store: store.query(field("phase") == "gas"), QueryError, "not a data query"),
    (
        lambda store: store.find(PropertyData, field("source").matches("(")),
        QueryError,
        "regular expression",
    ),
]


class MistakesSuite(BackendUnderTest):
    """A mistake in a query is said when the query is built."""

    @pytest.mark.parametrize(("make", "error", "says"), MISTAKES)
    def test_a_mistake_in_a_query_is_an_error_when_it_is_built(
        self, store: StorageBackend, make: Mistake, error: type[Exception], says: str
    ) -> None:
        with pytest.raises(error, match=says):
            make(store)

    @pytest.mark.usefixtures("_own_types")
    def test_a_field_with_another_meaning_in_another_type_needs_one_type(
        self, store: StorageBackend
    ) -> None:
        class Sample(HashableStoredData, type_name="propstore.sample_phase@v1"):
            phase: float

        with pytest.raises(QueryError, match="search for records of one type"):
            store.find(StoredData, field("phase") == "gas")
        key = store.store_object(Sample(phase=1.5))
        store.store_object(density())
        assert store.find(Sample, field("phase") > 1).keys() == [key]
