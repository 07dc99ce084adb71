"""Mole fractions and exact amounts."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from pydantic import BaseModel

from propstore.errors import InvalidDataError
from propstore.model import Amount, Component, ComponentAmounts, ExactAmount, MoleFraction


@pytest.mark.parametrize(
    "value", [1e-300, 0.5, 1.0, 1, np.float64(0.5), np.float32(0.5), Decimal("0.5")]
)
def test_a_mole_fraction_lies_above_0_and_is_at_most_1(value):
    assert MoleFraction(value).value == float(value)


def test_a_mole_fraction_that_noise_takes_above_1_is_1():
    assert MoleFraction(1.0 + 1e-9) == MoleFraction(1.0)


@pytest.mark.parametrize(
    "value", [0, 0.0, -0.0, -0.1, 1.1, 2, math.nan, math.inf, True, np.True_, "0.5", None]
)
def test_what_is_not_a_mole_fraction_is_refused(value):
    with pytest.raises(InvalidDataError) as caught:
        MoleFraction(value)

    assert f"{value!r} is not a mole fraction: above 0 and at most 1." in str(caught.value)


@pytest.mark.parametrize("value", [1, 500, 2.0, np.int64(3), np.float64(3.0), 2**53])
def test_an_exact_amount_is_whole_and_1_or_more(value):
    assert ExactAmount(value).value == int(value)
    assert type(ExactAmount(value).value) is int


@pytest.mark.parametrize(
    "value",
    [0, -1, 1.5, np.float64(1.5), math.nan, math.inf, True, np.True_, "1", None, 2**53 + 1, 1e300],
)
def test_what_is_not_an_exact_amount_is_refused(value):
    with pytest.raises(InvalidDataError) as caught:
        ExactAmount(value)

    assert f"{value!r} is not an exact amount: a whole number, 1 or more." in str(caught.value)


@pytest.mark.parametrize("amount", [MoleFraction(1.0), ExactAmount(1), MoleFraction(0.5)])
def test_json_keeps_the_two_kinds_of_amounts_apart(amount):
    class Sample(BaseModel):
        amount: Amount

    again = Sample.model_validate_json(Sample(amount=amount).model_dump_json()).amount

    assert type(again) is type(amount)
    assert again == amount


@pytest.mark.parametrize(
    "text",
    [
        '{"component":{"smiles":"C"},"mole_fraction":1.5}',
        '{"component":{"smiles":"C"},"mole_fraction":0}',
        '{"component":{"smiles":"C"},"mole_fraction":NaN}',
        '{"component":{"smiles":"C"},"mole_fraction":true}',
        '{"component":{"smiles":"C"},"exact_amount":0}',
        '{"component":{"smiles":"C"},"exact_amount":1.5}',
        '{"component":{"smiles":"C"},"exact_amount":true}',
        '{"component":{"smiles":"C"},"exact_amount":99999999999999999999}',
    ],
)
def test_amounts_that_are_none_are_refused_in_json(text):
    with pytest.raises(ValueError, match="Input should be"):
        ComponentAmounts.model_validate_json(text)


def test_the_amounts_of_a_component_are_given_mole_fraction_first():
    both = ComponentAmounts(Component("C"), 0.5, 3)

    assert both.amounts == (MoleFraction(0.5), ExactAmount(3))
    assert ComponentAmounts(Component("C"), exact_amount=3).amounts == (ExactAmount(3),)


def test_the_representation_of_an_amount_makes_it_again():
    assert repr(MoleFraction(0.5)) == "MoleFraction(0.5)"
    assert repr(ExactAmount(2)) == "ExactAmount(2)"
