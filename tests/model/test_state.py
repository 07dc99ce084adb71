"""Thermodynamic states."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given

from propstore.errors import DimensionError, InvalidDataError, NonPhysicalValueError
from propstore.model import Quantity, ThermodynamicState
from tests.model.strategies import states, thorough


def test_a_state_is_a_temperature_and_perhaps_a_pressure():
    state = ThermodynamicState("25 degC", (1, "atm"))

    assert state.temperature == Quantity("298.15 K")
    assert state.pressure == Quantity("101.325 kPa")
    assert ThermodynamicState("25 degC").pressure is None


def test_quantities_are_kept_as_they_were_given():
    assert ThermodynamicState("25 degC", "1 atm").model_dump_json() == (
        '{"temperature":{"value":25.0,"unit":"degC"},"pressure":{"value":1.0,"unit":"atm"}}'
    )


def test_the_same_state_in_other_units_is_equal():
    assert ThermodynamicState("25 degC", "1 atm") == ThermodynamicState("298.15 K", "101.325 kPa")


def test_a_state_without_a_pressure_is_another_than_one_with():
    assert ThermodynamicState("25 degC") != ThermodynamicState("25 degC", "1 atm")


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        (("0 K",), NonPhysicalValueError, "ThermodynamicState.temperature: 0.0 K is not a physic"),
        (("298 K", "-1 bar"), NonPhysicalValueError, "ThermodynamicState.pressure: -1.0 bar is"),
        (("nan K",), NonPhysicalValueError, "ThermodynamicState.temperature.value: .* finite"),
        (("1 atm", "1 atm"), DimensionError, "1.0 atm is pressure; a temperature is needed"),
        ((None,), DimensionError, "ThermodynamicState.temperature: None has no unit"),
    ],
)
def test_what_is_not_a_state_is_refused_with_the_field_named(values, error, words):
    with pytest.raises(error, match=words):
        ThermodynamicState(*values)


def test_two_faults_are_told_at_once():
    with pytest.raises(InvalidDataError) as caught:
        ThermodynamicState(298.15, 101.325)

    assert str(caught.value).splitlines()[0] == "ThermodynamicState has 2 faults:"
    assert "temperature: 298.15 has no unit; a temperature is needed" in str(caught.value)
    assert "pressure: 101.325 has no unit; a pressure is needed" in str(caught.value)


def test_a_state_reads_as_its_values():
    assert str(ThermodynamicState("25 degC", "1 atm")) == "25.0 degC, 1.0 atm"
    assert str(ThermodynamicState("298 K")) == "298.0 K"


@thorough
@given(states)
def test_a_state_survives_json_pickle_and_copy(state):
    for again in (
        ThermodynamicState.model_validate_json(state.model_dump_json()),
        ThermodynamicState.model_validate(state.model_dump()),
        pickle.loads(pickle.dumps(state)),
        copy.deepcopy(state),
    ):
        assert again == state
        assert hash(again) == hash(state)
        assert again.identity_document() == state.identity_document()
