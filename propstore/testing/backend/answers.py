"""The part of the suite of storage backends that compares answers with those of plain Python."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from propstore.backends import Selection, StorageBackend
from propstore.model import PropertyData
from propstore.query import PropertyDataQuery, contains, field
from propstore.testing.backend.filled import PRESSURE, TEMPERATURE
from propstore.testing.backend.reference import (
    SUBSTANCES,
    Case,
    Sample,
    distance,
    random_cases,
    random_samples,
)
from propstore.testing.backend.under_test import BackendUnderTest

__all__ = ["AnswersSuite"]

Stored = dict[str, Sample]
"""What was stored, by the keys that were given, in the order of storing."""


class AnswersSuite(BackendUnderTest):
    """On a few thousand records, each answer is the one of a loop over plain values."""

    def test_on_many_records_the_answers_are_those_of_plain_python(
        self, store: StorageBackend
    ) -> None:
        stored = self._store_samples(store)
        assert store.keys() == list(stored)
        assert len(store) == len(stored)
        for case in random_cases(self.number_of_conditions):
            check_case(store, stored, case)
        for selection, expected in arrangements(store, stored):
            assert selection.keys() == expected, selection
        check_query(store, stored)
        check_lookups(store, stored)

    def _store_samples(self, store: StorageBackend) -> Stored:
        together: AbstractContextManager[None] = nullcontext()
        if self.has_batches:
            together = store.batch()
        with together:
            return {
                store.store_object(sample.record(), tags=sample.tags()): sample
                for sample in random_samples(self.number_of_records)
            }


def check_case(store: StorageBackend, stored: Stored, case: Case) -> None:
    """Compare what a condition finds, and in which order."""
    expected = [key for key, sample in stored.items() if case.test(sample)]
    selection = store.find(PropertyData, case.condition)
    assert selection.keys() == expected, case.condition
    assert selection.count() == len(expected), case.condition


def arrangements(
    store: StorageBackend, stored: Stored
) -> Iterator[tuple[Selection[PropertyData], list[str]]]:
    """Give selections that are ordered and limited, each with the keys that it has to find."""
    water = {key: one for key, one in stored.items() if one.substance != "ethanol"}
    found = store.find(PropertyData, contains("O"))
    hot_first = in_order(water, lambda one: -one.temperature)
    yield found.order_by(TEMPERATURE, descending=True).limit(10), hot_first[:10]
    by_pressure = in_order(water, lambda one: (one.pressure is None, one.pressure or 0.0))
    yield found.order_by(PRESSURE), by_pressure
    by_two = in_order(
        water, lambda one: (one.source is None, reverse(one.source or ""), one.temperature)
    )
    yield found.order_by("source", descending=True).order_by(TEMPERATURE), by_two
    near = in_order(water, lambda one: distance(one, 301.1, 170.0))
    yield found.nearest(temperature="301.1 K", pressure="1.7 bar").limit(25), near[:25]
    yield found.order_by("tags.group").limit(0), []


def in_order(stored: Stored, place: Callable[[Sample], Any]) -> list[str]:
    """Give the keys in the order of their samples' places; of equal ones, as they were stored."""
    return sorted(stored, key=lambda key: place(stored[key]))


def reverse(text: str) -> tuple[int, ...]:
    """Give what orders texts from the last to the first."""
    return (*(-ord(character) for character in text), 1)


def check_query(store: StorageBackend, stored: Stored) -> None:
    """Compare what a data query finds, and how it is grouped."""
    warm = {key: one for key, one in stored.items() if one.temperature == 300.0}
    for name, substance in SUBSTANCES.items():
        for pressure in ("1 atm", None):
            state = Sample(300.0, 101.325 if pressure else None, name, 997.0, None, None, None)
            record = state.record()
            wanted = {key for key, one in warm.items() if one[:3] == (300.0, state.pressure, name)}
            query = PropertyDataQuery(
                substance=substance, thermodynamic_state=record.thermodynamic_state
            )
            groups = store.query(query)
            assert {match.key for group in groups.values() for match in group} == wanted
            assert all(values[0] == substance for values in groups)


def check_lookups(store: StorageBackend, stored: Stored) -> None:
    """Compare what is found by its key, by its identity and as a single record."""
    for key, sample in list(stored.items())[:: max(1, len(stored) // 20)]:
        record = sample.record()
        assert store.has_object(record) == key
        assert store.retrieve_object(key)[0] == record
        exactly = field("thermodynamic_state") == record.thermodynamic_state
        assert any(match.key == key for match in store.find(PropertyData, exactly))
