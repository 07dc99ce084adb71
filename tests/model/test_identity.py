"""Identity is content: canonical forms, their digests, and what makes no difference to them."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections import deque
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import PurePosixPath
from uuid import UUID

import numpy as np
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import propstore as ps
from propstore.errors import InvalidDataError
from propstore.model.identity import canonical_form, content_digest
from tests.model.strategies import pressures, property_data, temperatures, thorough


class Colour(enum.Enum):
    RED = "red"


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Inner(BaseModel):
    size: float = 1.0


@dataclasses.dataclass
class Place:
    temperature: ps.Quantity
    name: str = "here"


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (None, None),
        (True, True),
        ("é", "é"),
        (5, 5),
        (5.0, 5),
        (-0.0, 0),
        (0.1 + 0.2, 0.3),
        (1e300, 1e300),
        (np.float64(0.5), 0.5),
        (Colour.RED, "red"),
        (Access.READ | Access.WRITE, 3),
        ({"b": 1, "a": 2.0}, {"b": 1, "a": 2}),
        ({1: "a"}, {"1": "a"}),
        ({"b", "a", "c"}, ["a", "b", "c"]),
        (frozenset({10, 9}), [10, 9]),
        ((1, (2.0, [3])), [1, [2, [3]]]),
        (deque([1]), [1]),
        (b"text", "text"),
        (datetime(2026, 1, 31, tzinfo=UTC), "2026-01-31T00:00:00Z"),
        (date(2026, 1, 31), "2026-01-31"),
        (timedelta(seconds=1.5), "PT1.5S"),
        (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (PurePosixPath("a/b"), "a/b"),
        (Inner(), {"size": 1}),
        (Place(ps.Quantity("25 degC")), {"temperature": [298.15, "K"], "name": "here"}),
        ([ps.Quantity("1 atm")], [[101.325, "kPa"]]),
        (ps.PropertyPhase.LIQUID | ps.PropertyPhase.GAS, "liquid+gas"),
    ],
)
def test_values_have_a_canonical_form(value, form):
    found = canonical_form(value)

    assert found == form
    assert content_digest(found) == content_digest(form)


def test_truth_is_not_the_number_1():
    assert content_digest(canonical_form(True)) != content_digest(canonical_form(1))


@pytest.mark.parametrize("value", [object(), b"\xff", np.array([1.0]), int, print])
def test_what_json_can_not_hold_is_refused_and_shown(value):
    with pytest.raises(InvalidDataError) as caught:
        canonical_form(value)

    assert f"{value!r} can't be stored as JSON" in str(caught.value)


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf], {"a": math.nan}])
def test_nan_and_infinity_have_no_digest(value):
    with pytest.raises(InvalidDataError, match="NaN and infinity can't be stored"):
        content_digest(canonical_form(value))


def test_a_digest_is_32_hexadecimal_digits_and_stays_what_it_is():
    """A store finds its records by these digests: they may never change."""
    assert content_digest({"b": [1, 0.5, None], "a": "é"}) == "21b7842baa4c4c283070237c812afb2b"


def test_the_order_of_a_mapping_has_no_meaning_and_that_of_a_list_has():
    assert content_digest({"a": 1, "b": 2}) == content_digest({"b": 2, "a": 1})
    assert content_digest([1, 2]) != content_digest([2, 1])


def density(temperature: str, pressure: str, value: str = "997 kg/m**3") -> ps.PropertyData:
    return ps.PropertyData(
        property_type="Density",
        substance=ps.Substance({"O": 1.0}),
        thermodynamic_state=ps.ThermodynamicState(temperature, pressure),
        phase="liquid",
        value=value,
    )


DENSITY = density("298.15 K", "1 atm")


def test_the_identity_of_a_record_stays_what_it_is():
    """A store finds its records by these digests: they may never change."""
    assert DENSITY.identity() == "6aba7c6a54ff332a5cfe3729d7ed1c47"


@pytest.mark.parametrize(
    ("temperature", "pressure", "value"),
    [
        ("25 degC", "101.325 kPa", "0.997 g/ml"),
        ("77 degF", "1.01325 bar", "0.997 kg/l"),
        ("536.67 degR", "760 torr", "997 g/l"),
        ("298.1500001 K", "101.3250001 kPa", "997.0000000001 kg/m**3"),
    ],
)
def test_the_noise_of_converting_units_does_not_make_two_states_of_one(
    temperature, pressure, value
):
    assert density(temperature, pressure, value).identity() == DENSITY.identity()


@pytest.mark.parametrize(
    ("temperature", "pressure", "value"),
    [
        ("298.150002 K", "1 atm", "997 kg/m**3"),
        ("298.15 K", "101.325002 kPa", "997 kg/m**3"),
        ("298.15 K", "1 atm", "997.0000001 kg/m**3"),
    ],
)
def test_what_differs_by_more_is_another_record(temperature, pressure, value):
    assert density(temperature, pressure, value).identity() != DENSITY.identity()


@thorough
@given(temperatures, st.sampled_from(["degC", "degF", "degR", "mK"]))
def test_identity_is_the_same_in_every_unit_of_temperature(temperature, unit):
    registry = pint.get_application_registry()
    converted = registry.Quantity(temperature.value, "K").to(unit)

    assert ps.Quantity(converted).identity_document() == temperature.identity_document()


@thorough
@given(pressures, st.sampled_from(["Pa", "bar", "atm", "psi", "torr", "MPa", "mmHg"]))
def test_identity_is_the_same_in_every_unit_of_pressure(pressure, unit):
    registry = pint.get_application_registry()
    converted = registry.Quantity(pressure.value, "kPa").to(unit)

    assert ps.Quantity(converted).identity_document() == pressure.identity_document()


@thorough
@given(property_data, st.sampled_from(["g/ml", "kg/l", "lb/ft**3", "g/cm**3"]))
def test_identity_is_the_same_in_every_unit_of_the_value(record, unit):
    fields = {name: getattr(record, name) for name in type(record).model_fields}
    again = ps.PropertyData(**{**fields, "value": record.value.to(unit)})

    assert again.identity() == record.identity()
    assert again == record


def test_times_in_different_zones_are_kept_apart():
    """The zone is part of what is stored."""
    utc = datetime(2026, 1, 31, 12, tzinfo=UTC)

    assert canonical_form(utc) != canonical_form(utc.astimezone(timezone(timedelta(hours=2))))
