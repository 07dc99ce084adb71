"""Phases: solid, liquid, gas and their unions."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from pydantic import BaseModel

from propstore.errors import InvalidDataError
from propstore.model import PropertyPhase
from tests.model.strategies import phases, thorough


class Sample(BaseModel):
    phase: PropertyPhase


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("liquid", "liquid"),
        ("LIQUID", "liquid"),
        ("gas + Liquid", "liquid+gas"),
        ("liquid+liquid", "liquid"),
        (PropertyPhase.GAS, "gas"),
        (PropertyPhase.LIQUID | PropertyPhase.GAS, "liquid+gas"),
        ("gas+liquid+solid", "solid+liquid+gas"),
    ],
)
def test_a_phase_is_read_from_its_name_or_given_as_itself(given, text):
    assert str(PropertyPhase.parse(given)) == text
    assert Sample(phase=given).model_dump_json() == f'{{"phase":"{text}"}}'


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("liqid", "'liqid' is not a phase; did you mean 'liquid' or 'solid'?"),
        ("plasma", "'plasma' is not a phase; known are 'gas', 'liquid', 'solid'."),
        ("liquid+", "'liquid+' is not a phase"),
        ("", "'' is not a phase"),
        ("liquid|gas", "'liquid|gas' is not a phase"),
        (2, "2 is not a phase"),
        (True, "True is not a phase"),
        (None, "None is not a phase"),
        (["liquid"], "['liquid'] is not a phase"),
        (PropertyPhase(0), "is not a phase"),
    ],
)
def test_what_is_not_a_phase_is_refused_with_the_nearest_right_ones(given, words):
    with pytest.raises(InvalidDataError) as caught:
        PropertyPhase.parse(given)

    assert words in str(caught.value)


@thorough
@given(phases)
def test_a_phase_survives_json_pickle_and_copy(phase):
    sample = Sample(phase=phase)

    assert Sample.model_validate_json(sample.model_dump_json()).phase == phase
    assert PropertyPhase.parse(str(phase)) == phase
    assert pickle.loads(pickle.dumps(phase)) == phase
    assert copy.deepcopy(phase) == phase
