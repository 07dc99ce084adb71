"""The units of measurement: known ones equal pint, unknown ones are refused."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propstore.errors import DimensionError
from propstore.model.property_types import PROPERTY_TYPES
from propstore.model.units import (
    CANONICAL_UNITS,
    EVERYDAY_UNITS,
    conversion,
    difference_unit,
    dimension_name,
    spell_unit,
    unit_registry,
)
from tests.model.strategies import thorough

OTHER_REGISTRY = pint.UnitRegistry()


@pytest.mark.parametrize("unit", EVERYDAY_UNITS)
@pytest.mark.parametrize("value", [-40.0, 0.0, 1.0, 25.0, 12345.678])
def test_an_everyday_unit_converts_as_in_pint(unit, value):
    known = EVERYDAY_UNITS[unit]
    by_pint = OTHER_REGISTRY.Quantity(value, unit or "dimensionless").to(known.canonical_unit)

    assert value * known.factor + known.offset == pytest.approx(by_pint.magnitude, rel=1e-14)


@pytest.mark.parametrize("unit", EVERYDAY_UNITS)
def test_an_everyday_unit_leads_to_the_canonical_unit_of_its_dimension(unit):
    canonical = EVERYDAY_UNITS[unit].canonical_unit
    dimensionality = unit_registry().Unit(unit or "dimensionless").dimensionality

    assert canonical in CANONICAL_UNITS.values()
    assert unit_registry().Unit(canonical).dimensionality == dimensionality


@pytest.mark.parametrize(("name", "unit"), CANONICAL_UNITS.items())
def test_a_canonical_unit_is_its_own_conversion(name, unit):
    assert conversion(unit) == (unit, 1.0, 0.0)
    assert dimension_name(unit) == name


def test_no_two_canonical_units_are_of_one_dimension():
    units = {unit: unit_registry().Unit(unit) for unit in CANONICAL_UNITS.values()}

    assert [
        (one, other)
        for one, other in combinations(units, 2)
        if units[one].dimensionality == units[other].dimensionality
    ] == []


@pytest.mark.parametrize("dimension", PROPERTY_TYPES.values(), ids=list(PROPERTY_TYPES))
def test_a_property_type_is_given_in_the_canonical_unit_of_its_dimension(dimension):
    assert dimension.unit == CANONICAL_UNITS[dimension.name]


@pytest.mark.parametrize(
    ("unit", "canonical", "value"),
    [
        ("degF", "K", 298.15),
        ("°C", "K", 350.15),
        ("psi", "kPa", 530.897),
        ("torr", "kPa", 10.2658),
        ("µm", "m", 7.7e-5),
        ("μm", "m", 7.7e-5),
        ("kg·m⁻³", "kg/m**3", 77.0),
        ("J/(mol*K)", "J/mol/K", 77.0),
        ("m**(1/2)", "m**0.5", 77.0),
        ("1/degC", "1/K", 77.0),
        ("%", "dimensionless", 0.77),
        ("angstrom", "m", 7.7e-9),
    ],
)
def test_any_unit_of_pint_converts_to_the_canonical_one(unit, canonical, value):
    found = conversion(unit)

    assert found.canonical_unit == canonical
    assert 77.0 * found.factor + found.offset == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(
    "unit",
    [
        "widget",
        "J/(mol*K",
        "K)(",
        "1 K",
        "10 K",
        "K+1",
        "K/0",
        "℃",
        "\0",
        "K\nK;",
        "\ud800",
        "__import__('os')",
        "().__class__",
        "m*" * 60 + "m",
        "x" * 10_000,
    ],
)
def test_what_is_not_a_unit_is_refused_with_an_example_of_one(unit):
    with pytest.raises(DimensionError, match=r"is not a unit that pint knows; write it as in 'K'"):
        conversion(unit)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "unit",
    [
        "9**9**9*K",
        "K**9**9**9",
        "9**(9**(9**9))",
        "(9**9)**(9**9)",
        "9^9^9",
        "9**(99*99*99*99*99)",
        "9⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹⁹",
        "K**1e300",
        "a" * 99 + "!",
    ],
)
def test_a_unit_that_would_calculate_for_ever_is_refused_at_once(unit):
    with pytest.raises(DimensionError, match="is not a unit"):
        conversion(unit)


@pytest.mark.parametrize(
    ("unit", "words"),
    [("dB", "not a linear unit"), ("dBm", "not a linear unit"), ("(km**99)**99", "too large")],
)
def test_a_unit_without_a_factor_is_refused(unit, words):
    with pytest.raises(DimensionError, match=words):
        conversion(unit)


@thorough
@given(st.text(st.sampled_from("Kkgmol/*^()1239 -+.°µ⁻³%"), max_size=12) | st.text(max_size=12))
def test_any_text_is_a_unit_or_is_refused(text):
    try:
        found = conversion(text)
    except DimensionError:
        return
    assert found.factor != 0.0


@pytest.mark.parametrize(
    ("unit", "difference"),
    [("degC", "delta_degC"), ("°C", "delta_degC"), ("degF", "delta_degF"), ("K", "K")],
)
def test_differences_have_a_unit_without_an_offset(unit, difference):
    assert difference_unit(unit) == difference
    assert conversion(difference).offset == 0.0


@pytest.mark.parametrize(
    ("unit", "spelled"),
    [
        ("degree_Celsius", "degC"),
        ("delta_degree_Celsius", "delta_degC"),
        ("kilogram / meter ** 3", "kg/m**3"),
        ("dimensionless", "dimensionless"),
        ("degree_Reaumur", "degRe"),
        ("1 / kelvin", "1/K"),
    ],
)
def test_a_unit_of_any_registry_is_spelled_so_that_it_is_read_as_the_same(unit, spelled):
    assert spell_unit(OTHER_REGISTRY.Unit(unit)) == spelled
    assert unit_registry().Unit(spelled) == unit_registry().Unit(unit)


def test_a_unit_that_only_another_registry_knows_is_refused():
    registry = pint.UnitRegistry()
    registry.define("smoot = 1.702 * meter")

    with pytest.raises(DimensionError, match="'smoot' is not a unit that pint knows"):
        conversion(spell_unit(registry.smoot))


def test_pint_is_not_imported_for_everyday_units():
    script = (
        "import sys; from propstore.model.units import EVERYDAY_UNITS, conversion;"
        "[conversion(unit) for unit in EVERYDAY_UNITS]; assert 'pint' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_threads_may_ask_for_their_first_unit_at_once():
    script = """
import threading
from propstore.model.units import conversion
barrier, failed = threading.Barrier(8), []
def convert():
    barrier.wait()
    try:
        conversion("psi")
    except Exception as error:
        failed.append(error)
threads = [threading.Thread(target=convert) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert not failed, failed
"""
    subprocess.run([sys.executable, "-c", script], check=True)
