"""What is wrong is told clearly, by propstore's own errors."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from propstore.errors import InvalidDataError
from propstore.model.validation import FrozenModel, as_number, nearest_names, shown


class Sample(FrozenModel):
    size: float
    names: list[str] = []  # noqa: RUF012  pydantic copies defaults


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1),
        (-0.5, -0.5),
        (10**400, 10**400),
        (np.int32(3), 3),
        (np.float32(0.5), 0.5),
        (Decimal("0.5"), 0.5),
        (Fraction(1, 2), 0.5),
    ],
)
def test_numbers_of_all_kinds_become_python_s_own(value, number):
    found = as_number(value)

    assert found == number
    assert type(found) in (int, float)


def test_nan_stays_nan():
    assert math.isnan(as_number(np.float64("nan")))


@pytest.mark.parametrize("value", [True, np.True_, "1", None, 1j, np.complex64(1), np.array(1.0)])
def test_what_is_none_is_no_number(value):
    assert as_number(value) is None


def test_several_faults_are_told_a_line_each():
    with pytest.raises(InvalidDataError) as caught:
        Sample(size="large", names=5, colour="red")

    assert str(caught.value).splitlines() == [
        "Sample has 3 faults:",
        "  Sample.size: Input should be a valid number, unable to parse string as a number"
        " (given: 'large')",
        "  Sample.names: Input should be a valid list (given: 5)",
        "  Sample.colour: there is no such field; known are 'names', 'size'.",
    ]


def test_a_fault_inside_a_field_is_told_with_its_place():
    with pytest.raises(InvalidDataError, match=r"Sample\.names\.1: Input should be a valid string"):
        Sample(size=1.0, names=["a", 2])


def test_a_value_in_a_complaint_is_shortened_if_it_is_very_long():
    with pytest.raises(InvalidDataError) as caught:
        Sample(size="x" * 10**6)

    assert len(str(caught.value)) < 500
    assert shown("x" * 200) == repr("x" * 200)


def test_a_value_that_contains_itself_can_be_told():
    endless: list[object] = []
    endless.append(endless)

    with pytest.raises(InvalidDataError, match=r"Sample\.size"):
        Sample(size=endless)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("temperatur", "did you mean 'temperature'?"),
        ("xyz", "known are 'phase', 'pressure', 'temperature'."),
    ],
)
def test_the_nearest_right_names_are_told_else_all(name, words):
    assert nearest_names(name, ["temperature", "pressure", "phase"]) == words


def test_a_model_can_not_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Sample(size=1.0).size = 2.0
