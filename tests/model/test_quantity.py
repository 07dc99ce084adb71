"""Quantities: what they are made from, what is refused, and how they compare."""

from __future__ import annotations

import copy
import math
import pickle
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Annotated

import numpy as np
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import propstore as ps
from propstore.errors import DimensionError, InvalidDataError, NonPhysicalValueError
from propstore.model import Pressure, Quantity, Temperature, Uncertainty
from tests.model.strategies import numbers, quantities, thorough

OTHER_REGISTRY = pint.UnitRegistry()


class Sample(BaseModel):
    temperature: Temperature | None = None
    pressure: Pressure | None = None
    uncertainty: Uncertainty | None = None
    viscosity: Annotated[Quantity, ps.Dimension("viscosity", "Pa*s", minimum=0.0)] | None = None


def test_the_json_of_a_quantity_is_its_value_and_its_unit():
    assert Quantity("298.15 K").model_dump_json() == '{"value":298.15,"unit":"K"}'


@pytest.mark.parametrize(
    ("given", "value", "unit"),
    [
        ("25 degC", 25.0, "degC"),
        ("25degC", 25.0, "degC"),
        ("25 °C", 25.0, "°C"),
        (" -1.5e-3  kJ / mol ", -0.0015, "kJ / mol"),
        ("1e5Pa", 1e5, "Pa"),
        ("+.5 K", 0.5, "K"),
        ("1 µm", 1.0, "µm"),
        ("2 1/K", 2.0, "1/K"),
        ((25, "degC"), 25.0, "degC"),
        ([25, "degC"], 25.0, "degC"),
        ((np.float64(25), "degC"), 25.0, "degC"),
        ((np.float32(0.5), "K"), 0.5, "K"),
        ((np.int64(25), "degC"), 25.0, "degC"),
        ((Decimal("298.15"), "K"), 298.15, "K"),
        ((Fraction(1, 4), "K"), 0.25, "K"),
        (Quantity(25, "degC"), 25.0, "degC"),
        ({"value": 25, "unit": "degC"}, 25.0, "degC"),
        (OTHER_REGISTRY.Quantity(25, "degC"), 25.0, "degC"),
        (OTHER_REGISTRY.Quantity(25, "delta_degC"), 25.0, "delta_degC"),
        (OTHER_REGISTRY.Quantity(2, "kg/m**3"), 2.0, "kg/m**3"),
        (pint.get_application_registry().Quantity(2, ""), 2.0, "dimensionless"),
    ],
)
def test_a_quantity_is_made_from_all_that_has_a_value_and_a_unit(given, value, unit):
    quantity = Quantity(given)

    assert (quantity.value, quantity.unit) == (value, unit)
    assert type(quantity.value) is float


def test_a_value_and_a_unit_may_be_given_apart():
    assert repr(Quantity(25, "degC")) == "Quantity(25.0, 'degC')"


@pytest.mark.parametrize(
    "given", [298.15, 298, True, None, np.float64(298.15), Decimal("298.15"), b"298 K", object()]
)
def test_what_has_no_unit_is_refused(given):
    with pytest.raises(DimensionError, match="has no unit; give a quantity, such as '298"):
        Quantity(given)


@pytest.mark.parametrize("given", ["298.15", "1e5", "298 "])
def test_a_text_without_a_unit_is_refused(given):
    with pytest.raises(DimensionError, match="write it as in '298.15 K' or '101.325 kPa'"):
        Quantity(given)


@pytest.mark.parametrize("given", ["", " ", "K", "degC 25", "about 5 K"])
def test_a_text_that_does_not_begin_with_a_number_is_refused(given):
    with pytest.raises(DimensionError, match="is not a number and a unit"):
        Quantity(given)


@pytest.mark.parametrize(
    "given", ["5 widgets", "1,5 K", "1_000 K", "0x10 K", "1 2 K", "1 J/(mol*K"]
)
def test_a_unit_that_pint_does_not_know_is_refused(given):
    with pytest.raises(DimensionError, match="is not a unit that pint knows"):
        Quantity(given)


@pytest.mark.parametrize(
    "value",
    [True, np.True_, "5", None, 1j, np.array([3.0]), np.array([1.0, 2.0]), Quantity("5 K")],
    ids=repr,
)
def test_what_is_not_a_number_is_refused_beside_a_unit(value):
    with pytest.raises(DimensionError, match="is not a number"):
        Quantity(value, "K")


@pytest.mark.parametrize("value", ["3", True])
def test_json_has_to_have_a_number_for_the_value(value):
    with pytest.raises(InvalidDataError, match=r"Quantity.value: Input should be a valid number"):
        Quantity({"value": value, "unit": "K"})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"value": 3.0}, "Quantity.unit is missing"),
        ({"unit": "K"}, "Quantity.value is missing"),
        ({"value": 3.0, "units": "K", "unit": "K"}, "there is no such field; did you mean 'unit'?"),
        ({"value": 3.0, "unit": "\ud800"}, "Quantity.unit: .* unable to parse .* as a unicode"),
        ({"value": 3.0, "unit": 5}, r"Quantity.unit: Input should be a valid string \(given: 5\)"),
    ],
)
def test_the_parts_of_a_quantity_are_a_value_and_a_unit(given, words):
    with pytest.raises(InvalidDataError, match=words):
        Quantity(given)


@pytest.mark.parametrize("given", ["nan K", "NaN K", "inf K", "-infinity K", "1e400 K"])
def test_nan_and_infinity_are_refused(given):
    with pytest.raises(NonPhysicalValueError, match="finite number"):
        Quantity(given)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan")])
def test_nan_and_infinity_are_refused_as_numbers(value):
    with pytest.raises(NonPhysicalValueError, match="finite number"):
        Quantity(value, "K")


def test_a_whole_number_that_no_float_holds_is_refused():
    with pytest.raises(InvalidDataError, match="valid number"):
        Quantity(10**400, "K")


@pytest.mark.parametrize("given", [298.15, 298, "298.15", np.float64(298.15), np.int64(298), True])
def test_a_bare_number_is_refused_with_the_dimension_named(given):
    with pytest.raises(DimensionError, match="has no unit; a temperature is needed, such as '1 K'"):
        ps.ThermodynamicState(given)


@pytest.mark.parametrize(
    ("field", "article_and_name"),
    [
        ("pressure", "a pressure"),
        ("uncertainty", "an uncertainty"),
        ("viscosity", "a viscosity"),
    ],
)
def test_each_dimension_is_named_where_a_unit_is_missing(field, article_and_name):
    with pytest.raises(ValueError, match=f"5.0 has no unit; {article_and_name} is needed"):
        Sample(**{field: 5.0})


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("temperature", "1 atm", "1.0 atm is pressure; a temperature is needed, in K or a unit"),
        ("pressure", "298 K", "298.0 K is temperature; a pressure is needed, in kPa"),
        ("viscosity", "1 Pa", r"1.0 Pa is pressure; a viscosity is needed, in Pa\*s"),
        ("temperature", "25 C", r"25.0 C is a quantity in A\*s; a temperature is needed"),
    ],
)
def test_another_dimension_is_refused_with_both_named(field, given, words):
    with pytest.raises(ValueError, match=words):
        Sample(**{field: given})


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("temperature", "0 K", "0.0 K is not a physical temperature; it has to be above 0 K"),
        ("temperature", "-0.0 K", "not a physical temperature"),
        ("temperature", "-273.15 degC", "not a physical temperature"),
        ("temperature", "-500 degF", "not a physical temperature"),
        ("pressure", "-1 Pa", "-1.0 Pa is not a physical pressure; it has to be at least 0 kPa"),
        ("uncertainty", "-0.1 K", "-0.1 K is not a physical uncertainty; it has to be at least 0"),
        ("viscosity", "-1 Pa*s", "not a physical viscosity"),
    ],
)
def test_a_value_that_nothing_real_can_have_is_refused(field, given, words):
    with pytest.raises(ValueError, match=words):
        Sample(**{field: given})


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("temperature", "1e-9 K"),
        ("temperature", "-273.149 degC"),
        ("pressure", "0 Pa"),
        ("uncertainty", "0 K"),
        ("viscosity", "0 Pa*s"),
    ],
)
def test_the_limits_of_what_is_physical_are_taken(field, given):
    assert getattr(Sample(**{field: given}), field) == Quantity(given)


def test_an_optional_quantity_may_be_none_inside_its_annotation():
    class Optional(BaseModel):
        length: Annotated[Quantity | None, ps.Dimension("length", "m")]

    assert Optional.model_validate_json('{"length":null}').length is None
    assert Optional(length="1 m").length == Quantity("1 m")


def test_a_dimension_annotates_quantities_only():
    with pytest.raises(TypeError, match="a Dimension annotates a Quantity"):

        class Wrong(BaseModel):
            length: Annotated[float, ps.Dimension("length", "m")]


@pytest.mark.parametrize(
    ("given", "kept"), [("0.5 degC", "0.5 delta_degC"), ("0.9 degF", "0.9 delta_degF")]
)
def test_an_uncertainty_in_degrees_is_a_difference(given, kept):
    uncertainty = Sample(uncertainty=given).uncertainty

    assert str(uncertainty) == kept
    assert uncertainty == Quantity("0.5 K")


@pytest.mark.parametrize(
    ("given", "unit", "value"),
    [
        ("25 degC", "K", 298.15),
        ("298.15 K", "degC", 25.0),
        ("77 degF", "degC", 25.0),
        ("25 degC", "degF", 77.0),
        ("25 degC", "celsius", 25.0),
        ("491.67 degR", "degC", 0.0),
        ("1 atm", "kPa", 101.325),
        ("1 atm", "torr", 760.0),
        ("1 kcal/mol", "J/mol", 4184.0),
        ("5 K", "K", 5.0),
    ],
)
def test_a_quantity_is_given_in_another_unit(given, unit, value):
    converted = Quantity(given).to(unit)

    assert converted.unit == unit
    assert converted.value == pytest.approx(value, rel=1e-12, abs=1e-12)


ALIKE = {
    "temperature": ("K", "degC", "degF", "degR", "mK", "celsius"),
    "pressure": ("Pa", "kPa", "bar", "atm", "torr", "psi", "MPa"),
    "density": ("kg/m**3", "g/ml", "g/cm**3", "lb/ft**3"),
    "molar energy": ("kJ/mol", "J/mol", "kcal/mol"),
    "compressibility": ("1/kPa", "1/bar"),
    "thermal expansion": ("1/K", "1/degF", "1/mK"),
    "area": ("m**2", "angstrom**2"),
}


@given(
    pair=st.sampled_from([pair for units in ALIKE.values() for pair in permutations(units, 2)]),
    value=st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-9),
)
def test_a_quantity_in_another_unit_is_that_of_pint(pair, value):
    unit, other = pair
    by_pint = OTHER_REGISTRY.Quantity(value, unit).to(other).magnitude
    # Where two zeros differ, the digits of the larger one are those that both can have.
    zero = OTHER_REGISTRY.Quantity(0.0, unit).to(other).magnitude

    converted = Quantity(value, unit).to(other).value

    assert converted == pytest.approx(by_pint, rel=1e-12, abs=1e-12 * (abs(zero) + 1e-9))


@pytest.mark.parametrize(
    ("given", "unit", "digits"),
    [
        ("997.05 kg/m**3", "g/ml", "0.99705"),
        ("0.99705 g/ml", "kg/m**3", "997.05"),
        ("101.325 kPa", "Pa", "101325.0"),
        ("101325 Pa", "kPa", "101.325"),
        ("1 kcal/mol", "J/mol", "4184.0"),
    ],
)
def test_a_conversion_by_a_round_number_adds_no_digits(given, unit, digits):
    assert repr(Quantity(given).to(unit).value) == digits


def test_a_quantity_is_not_given_in_a_unit_of_another_dimension():
    with pytest.raises(DimensionError, match="is temperature and can't be given in 'kPa'"):
        Quantity("5 K").to("kPa")


def test_to_pint_gives_a_quantity_of_the_registry_that_the_program_shares():
    registry = pint.get_application_registry()

    assert Quantity("1 atm").to_pint() == registry.Quantity(101.325, "kPa")
    assert Quantity("1 atm").to_pint() + registry.Quantity(1, "atm") == registry.Quantity(2, "atm")


@pytest.mark.parametrize(
    ("calculate", "expected"),
    [
        (lambda: Quantity("1 atm") + "1 kPa", "102.325 kPa"),
        (lambda: Quantity("25 degC") - Quantity("20 degC"), "5 delta_degC"),
        (lambda: Quantity("25 degC") + "5 delta_degC", "30 degC"),
        (lambda: Quantity("2 g") / "4 ml", "0.5 g/ml"),
        (lambda: Quantity("2 m") * Quantity("3 m"), "6 m**2"),
        (lambda: 2 * Quantity("2 m"), "4 m"),
        (lambda: Quantity("2 m") * np.int64(2), "4 m"),
        (lambda: Quantity("2 m") / 2, "1 m"),
        (lambda: 1 / Quantity("2 K"), "0.5 1/K"),
        (lambda: Quantity("3 m") ** 2, "9 m**2"),
        (lambda: -Quantity("3 m"), "-3 m"),
        (lambda: abs(Quantity("-3 m")), "3 m"),
        (lambda: sum([Quantity("1 m"), Quantity("2 m")]), "3 m"),
        (lambda: "1 m" + Quantity("2 m"), "3 m"),
    ],
)
def test_arithmetic_is_that_of_pint(calculate, expected):
    assert calculate() == Quantity(expected)


@pytest.mark.parametrize(
    ("calculate", "words"),
    [
        (lambda: Quantity("1 K") + "1 m", "Cannot convert"),
        (lambda: Quantity("1 K") + 1, "Cannot convert"),
        (lambda: Quantity("25 degC") * 2, r"Convert to K first: quantity.to\('K'\)"),
        (lambda: Quantity("1 K") + "5", "has no unit"),
    ],
)
def test_arithmetic_without_a_meaning_is_refused(calculate, words):
    with pytest.raises(DimensionError, match=words):
        calculate()


def test_a_calculation_that_overflows_is_refused():
    with pytest.raises(NonPhysicalValueError, match="finite number"):
        Quantity("1e300 m") * Quantity("1e300 m")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("25 degC", "298.15 K"),
        ("1 atm", "101.325 kPa"),
        ("1 g/ml", "1000 kg/m**3"),
        ("0 K", "-0 K"),
    ],
)
def test_equal_quantities_in_different_units_are_one(one, other):
    assert Quantity(one) == Quantity(other)
    assert hash(Quantity(one)) == hash(Quantity(other))


@pytest.mark.parametrize("other", [Quantity("1.001 K"), Quantity("1 m"), "1 K", 1, None])
def test_a_quantity_differs_from_other_ones_and_from_other_things(other):
    assert Quantity("1 K") != other


def test_quantities_are_ordered_across_units():
    assert Quantity("1 bar") < Quantity("1 atm") <= Quantity("101.325 kPa") < Quantity("1 MPa")
    assert Quantity("26 degC") > Quantity("298.15 K") >= Quantity("25 degC")


def test_quantities_of_different_dimensions_have_no_order():
    with pytest.raises(DimensionError, match=r"1\.0 K and 1\.0 m can't be compared"):
        assert Quantity("1 K") < Quantity("1 m")


def test_a_quantity_can_not_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Quantity("1 K").value = 2.0


@thorough
@given(quantities)
def test_a_quantity_survives_json_pickle_and_copy(quantity):
    for again in (
        Quantity.model_validate_json(quantity.model_dump_json()),
        pickle.loads(pickle.dumps(quantity)),
        copy.deepcopy(quantity),
        Quantity(str(quantity)) if quantity.unit != "dimensionless" else quantity,
    ):
        assert (again.value, again.unit) == (quantity.value, quantity.unit)
        assert again == quantity
        assert hash(again) == hash(quantity)


@thorough
@given(numbers, st.sampled_from(["degC", "degF", "degR", "delta_degC"]))
def test_the_canonical_value_is_that_of_pint(value, unit):
    by_pint = pint.get_application_registry().Quantity(value, unit).to("K").magnitude

    assert Quantity(value, unit).canonical_value == pytest.approx(by_pint, rel=1e-9, abs=1e-9)
