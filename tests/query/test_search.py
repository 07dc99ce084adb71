"""Searches: nearest states, orders and limits, as backends without SQL carry them out."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import propstore as ps
from propstore import field
from propstore.errors import DimensionError, QueryError, UnknownFieldError
from propstore.query.fields import resolve_field
from propstore.query.search import Nearest, Ordering, Search
from tests.query.wanted_records import Sample, density


def arranged(records: list[Any], **search: Any) -> list[Any]:
    found = Search(type(records[0]), **search).arrange(enumerate(records))
    return [record for _, record in found]


def ordering(path: str, **options: bool) -> Ordering:
    record_type = Sample if path.split(".")[0] in Sample.model_fields else ps.PropertyData
    return Ordering(resolve_field(record_type, path), **options)


def test_a_search_accepts_records_of_its_type_that_fulfil_its_condition():
    search = Search(ps.PropertyData, (field("phase") == "liquid").bind(ps.PropertyData))

    assert search.accepts(density())
    assert not search.accepts(density(phase="gas"))
    assert not search.accepts(Sample())


def test_what_is_nearest_in_state_comes_first():
    records = [
        density("310 K", "1 atm"),
        density("298.5 K", "2 atm"),
        density("298 K", "1 atm"),
        density("299 K", "1 atm"),
    ]
    state = Nearest.of(ps.PropertyData, "298 K", "1 atm")

    assert arranged(records, nearest=state) == [records[2], records[3], records[0], records[1]]


def test_the_distance_is_relative_in_temperature_and_pressure():
    state = Nearest.of(ps.PropertyData, "25 degC", "1 atm")

    assert state.distance(density("298.15 K", "101.325 kPa")) == pytest.approx(0.0, abs=1e-12)
    assert state.distance(density("327.965 K", "1 atm")) == pytest.approx(0.1)
    assert state.distance(density("298.15 K", "1.1 atm")) == pytest.approx(0.1)
    assert state.distance(density("327.965 K", "1.1 atm")) == pytest.approx(math.sqrt(0.02))


def test_only_what_is_asked_for_counts():
    by_temperature = Nearest.of(ps.PropertyData, "298 K", None)
    by_pressure = Nearest.of(ps.PropertyData, None, "1 atm")

    assert by_temperature.distance(density("298 K", "50 atm")) == 0.0
    assert by_pressure.distance(density("500 K", "1 atm")) == 0.0


def test_records_that_lack_what_was_asked_for_come_last():
    records = [density("298 K", None), density("600 K", "90 atm"), density("298 K", "1 atm")]
    state = Nearest.of(ps.PropertyData, "298 K", "1 atm")

    assert state.distance(records[0]) == math.inf
    assert arranged(records, nearest=state) == [records[2], records[1], records[0]]


@pytest.mark.parametrize(
    ("temperature", "pressure", "error", "words"),
    [
        (None, None, QueryError, "nearest needs a temperature, a pressure, or both"),
        ("0 K", None, QueryError, "nearest needs a state above 0 K and 0 kPa"),
        (None, "0 Pa", QueryError, "nearest needs a state above 0 K and 0 kPa"),
        (298, None, DimensionError, "298 has no unit; a temperature is needed"),
        ("1 atm", None, DimensionError, "is a temperature; 1 atm is pressure"),
    ],
)
def test_what_is_no_state_is_an_error(temperature, pressure, error, words):
    with pytest.raises(error, match=words):
        Nearest.of(ps.PropertyData, temperature, pressure)


def test_a_type_without_a_state_has_no_nearest():
    with pytest.raises(UnknownFieldError, match="ForceFieldData has no field"):
        Nearest.of(ps.ForceFieldData, "298 K", None)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("number", [-1.5, 0.0, 2.0]),
        ("text", ["A", "a", "b"]),
        ("is_good", [False, True]),
        ("quantity", ["-5 degC", "5 degC", "300 K"]),
        ("when", ["2026-01-31T12:00:00", "2026-02-01T12:00:00"]),
        ("mixed", [2, 10, "1", "a"]),
    ],
)
def test_records_are_ordered_by_a_field_with_those_without_it_last(path, values):
    records = [Sample(**{path: value}) for value in values]
    without = [] if path in ("text", "is_good") else [Sample()]
    reverse = [*without, *records[::-1]]

    assert arranged(reverse, orderings=(ordering(path),)) == [*records, *without]
    assert arranged(reverse, orderings=(ordering(path, descending=True),)) == [
        *records[::-1],
        *without,
    ]


def test_the_second_order_decides_where_the_first_is_equal():
    records = [Sample(count=1, text="b"), Sample(count=0, text="c"), Sample(count=1, text="a")]
    orderings = (ordering("count"), ordering("text"))

    assert [(one.count, one.text) for one in arranged(records, orderings=orderings)] == [
        (0, "c"),
        (1, "a"),
        (1, "b"),
    ]


def test_records_that_are_equal_stay_in_the_order_in_which_they_were_stored():
    records = [Sample(text=text) for text in "cab"]

    assert arranged(records, orderings=(ordering("count"),)) == records


def test_values_of_different_kinds_have_an_order():
    records = [Sample(anything={"a": value}) for value in ({"x": 1}, "b", 2, [1], "a", 1.5)]
    found = arranged(records, orderings=(ordering("anything.a"),))

    assert [one.anything["a"] for one in found[:4]] == [1.5, 2, "a", "b"]


@pytest.mark.parametrize(("limit", "number"), [(None, 5), (0, 0), (3, 3), (9, 5)])
def test_no_more_are_found_than_were_wanted(limit, number):
    records = [Sample(count=count) for count in range(5)]

    assert arranged(records, limit=limit) == records[:number]


def test_without_an_order_nothing_is_read_ahead():
    def endless() -> Any:
        while True:
            yield 0, Sample()

    assert len(list(Search(Sample, limit=2).arrange(endless()))) == 2


@given(st.lists(st.floats(min_value=250, max_value=400), max_size=20))
def test_the_nearest_is_never_farther_than_the_next(temperatures):
    records = [density(f"{value!r} K") for value in temperatures]
    state = Nearest.of(ps.PropertyData, "298 K", "1 atm")

    distances = [
        state.distance(one) for one in (arranged(records, nearest=state) if records else [])
    ]

    assert distances == sorted(distances)
    assert len(distances) == len(temperatures)
