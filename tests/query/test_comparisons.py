"""``field("...")``: what holds for which records, and what is no comparison."""

from __future__ import annotations

import copy
import math
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import numpy as np
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

import propstore as ps
from propstore import field
from propstore.errors import DimensionError, NonPhysicalValueError, QueryError, UnknownFieldError
from tests.query.wanted_records import Colour, Sample, density, holds, matching

TEMPERATURE = "thermodynamic_state.temperature"
PRESSURE = "thermodynamic_state.pressure"

TEMPERATURES = [280.0, 290.0, 298.15, 310.0]
DENSITIES = [density(f"{value} K") for value in TEMPERATURES]


def temperatures(condition: ps.query.Condition) -> list[float]:
    return [
        record.thermodynamic_state.temperature.value for record in matching(condition, DENSITIES)
    ]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (field(TEMPERATURE) == "298.15 K", [298.15]),
        (field(TEMPERATURE) == "25 degC", [298.15]),
        (field(TEMPERATURE) == (77, "degF"), [298.15]),
        (field(TEMPERATURE) == ps.Quantity("25 degC"), [298.15]),
        (field(TEMPERATURE) == pint.UnitRegistry().Quantity(25, "degC"), [298.15]),
        (field(TEMPERATURE) != "298.15 K", [280.0, 290.0, 310.0]),
        (field(TEMPERATURE) < "290 K", [280.0]),
        (field(TEMPERATURE) <= "290 K", [280.0, 290.0]),
        (field(TEMPERATURE) > "25 degC", [310.0]),
        (field(TEMPERATURE) >= "25 degC", [298.15, 310.0]),
        (field(TEMPERATURE) > "290 K", [298.15, 310.0]),
        (field(TEMPERATURE).between("290 K", "25 degC"), [290.0, 298.15]),
        (field(TEMPERATURE).between("290 K", "290 K"), [290.0]),
        (field(TEMPERATURE).near("300 K", "2 K"), [298.15]),
        (field(TEMPERATURE).near("300 K", "2 degC"), [298.15]),
        (field(TEMPERATURE).near("290 K", "0 K"), [290.0]),
        (field(TEMPERATURE).one_of("280 K", "25 degC", "5 K"), [280.0, 298.15]),
        (field(TEMPERATURE).one_of(), []),
        (field(TEMPERATURE).exists(), TEMPERATURES),
        (field(TEMPERATURE) > "-5 K", TEMPERATURES),
    ],
)
def test_temperatures_are_compared_in_any_unit(condition, found):
    assert temperatures(condition) == found


@pytest.mark.parametrize(
    ("difference", "is_same"), [("0.0009 K", True), ("-0.0009 K", True), ("0.0011 K", False)]
)
def test_temperatures_are_the_same_within_a_thousandth_of_a_kelvin(difference, is_same):
    given = ps.Quantity("298.15 K") + difference

    assert holds(field(TEMPERATURE) == given, density("298.15 K")) is is_same


@pytest.mark.parametrize(
    ("pressure", "is_same"),
    [("101.3250999 kPa", True), ("101325.09 Pa", True), ("101.3252 kPa", False)],
)
def test_pressures_are_the_same_within_a_millionth(pressure, is_same):
    assert holds(field(PRESSURE) == pressure, density(pressure="1 atm")) is is_same


@pytest.mark.parametrize(
    ("value", "is_same"), [("997.0000005 kg/m**3", True), ("997.00001 kg/m**3", False)]
)
def test_other_quantities_are_the_same_within_a_billionth(value, is_same):
    assert holds(field("value") == value, density(value="997 kg/m**3")) is is_same


def test_a_state_is_matched_by_tolerance_and_never_by_bins():
    """Two states on either side of any bin's edge are one, and three in a row are not."""
    for centre in (298.1495, 298.15, 298.1505, 298.0, 299.9999):
        state = density(f"{centre} K")
        assert holds(field(TEMPERATURE) == f"{centre + 0.0009} K", state)
        assert holds(field(TEMPERATURE) == f"{centre - 0.0009} K", state)
        assert not holds(field(TEMPERATURE) == f"{centre + 0.0018} K", state)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (field(PRESSURE).exists(), False),
        (~field(PRESSURE).exists(), True),
        (field(PRESSURE) == "1 atm", False),
        (field(PRESSURE) != "1 atm", False),
        (field(PRESSURE) < "1 atm", False),
        (~(field(PRESSURE) == "1 atm"), True),
        (field("uncertainty") < "1 g/ml", False),
        (field("source") == "x", False),
        (field("source") != "x", False),
        (field("source").matches(""), False),
        (field("provenance.time") < "2100-01-01", False),
    ],
)
def test_a_comparison_with_what_is_missing_is_false(condition, expected):
    assert holds(condition, density(pressure=None)) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (field("value") > "0.9 g/ml", True),
        (field("value") == "997 kg/m**3", True),
        (field("value") > "0.9 K", False),
        (field("uncertainty") < "2 kg/m**3", True),
        (field("phase") == "Liquid", True),
        (field("phase") == ps.PropertyPhase.LIQUID, True),
        (field("phase") == "liquid+gas", False),
        (field("phase") != "gas", True),
        (field("phase").one_of("gas", "liquid"), True),
        (field("phase").startswith("liq"), True),
        (field("phase").matches("q.id$"), True),
        (field("property_type") == "Density", True),
        (field("property_type").one_of("Viscosity", "Density"), True),
        (field("property_type") == "density", False),
        (field("source").startswith("10."), True),
        (field("source").startswith("%"), False),
        (field("source").matches(r"^10\.\d+/"), True),
        (field("source").matches("182$"), True),
        (field("source").matches("^182"), False),
        (field("source") < "11", True),
        (field("source").between("10", "11"), True),
        (field("source") >= "10.1000/182", True),
        (field("source") > "10.1000/182", False),
        (field("tags.project") == "sage", True),
        (field("tags.project") == "Sage", False),
        (field("tags.other") == "sage", False),
        (field("tags.project").exists(), True),
        (field("substance") == ps.Substance({"[H]O[H]": 1.0}), True),
        (field("substance") == ps.Substance({"CO": 1.0}), False),
        (field("substance") != ps.Substance({"CO": 1.0}), True),
        (field("thermodynamic_state") == ps.ThermodynamicState("25 degC", "1.01325 bar"), True),
        (field("thermodynamic_state") == ps.ThermodynamicState("25 degC"), False),
        (field("thermodynamic_state") == ps.ThermodynamicState("26 degC", "1 atm"), False),
    ],
)
def test_every_axis_of_a_property_is_compared(condition, expected):
    record = density(uncertainty="1 kg/m**3", source="10.1000/182", tags={"project": "sage"})

    assert holds(condition, record) is expected


def test_a_state_without_a_pressure_is_that_of_records_without_one():
    state = ps.ThermodynamicState("25 degC")

    assert holds(field("thermodynamic_state") == state, density(pressure=None))


SAMPLE = Sample(
    number=0.1 + 0.2,
    count=5,
    text="b",
    quantity="5 K",
    length="3 nm",
    error="0.5 K",
    when=datetime(2026, 1, 31, 12),
    day=date(2026, 1, 31),
    mixed="seven",
    numbers={"a": 1.5},
    temperatures={"oven": "500 K"},
    nested={"a": {"b": 3}},
    anything={"a": {"b": 3, "c": "t", "d": False, "e": None}},
    unique=UUID(int=5),
)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (field("number") == 0.3, True),
        (field("number") == 0.30001, False),
        (field("number") < 1, True),
        (field("number") < 1e30, True),
        (field("number").near(0.25, 0.1), True),
        (field("count") == 5, True),
        (field("count") == 5.0, True),
        (field("count") == np.int64(5), True),
        (field("count") != 5, False),
        (field("count").between(1, 5), True),
        (field("count") < 2**70, True),
        (field("is_good") == True, True),  # noqa: E712  a condition
        (field("is_good") != True, False),  # noqa: E712
        (field("choice") == "a", True),
        (field("colour") == "red", True),
        (field("colour") == Colour.RED, True),
        (field("colour") == Colour.BLUE, False),
        (field("quantity") < "-260 degC", True),
        (field("quantity") == "5 m", False),
        (field("length") == "30 angstrom", True),
        (field("error") == "0.5 degC", True),
        (field("error") < "0.6 degC", True),
        (field("when") == "2026-01-31T12:00", True),
        (field("when") > "2026-01-31", True),
        (field("when") < "2026-01-31T12:00+01:00", False),
        (field("when") > datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=1))), True),
        (field("when").between("2026-01-01", "2026-02-01"), True),
        (field("when") == date(2026, 1, 31), False),
        (field("day") == "2026-01-31", True),
        (field("day") == date(2026, 1, 31), True),
        (field("day") < datetime(2026, 1, 31, 12, tzinfo=UTC), True),
        (field("mixed") == "seven", True),
        (field("mixed") == 7, False),
        (field("numbers.a") > 1, True),
        (field("numbers.b") > 1, False),
        (field("temperatures.oven") > "200 degC", True),
        (field("nested.a.b") == 3, True),
        (field("anything.a.b") == 3, True),
        (field("anything.a.b") == "3", False),
        (field("anything.a.c").startswith("t"), True),
        (field("anything.a.d") == False, True),  # noqa: E712
        (field("anything.a.d") == 0, False),
        (field("anything.a.e").exists(), False),
        (field("anything.x.y").exists(), False),
        (field("unique").exists(), True),
        (field("numbers").exists(), True),
    ],
)
def test_fields_of_one_s_own_types_are_compared(condition, expected):
    assert holds(condition, SAMPLE) is expected


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (field(TEMPERATURE) == "1 atm", f"{TEMPERATURE} is a temperature; 1 atm is pressure"),
        (field(TEMPERATURE).between("1 K", "1 m"), "is a temperature; 1 m is length"),
        (
            field(TEMPERATURE) == 298.15,
            "298.15 has no unit; a temperature is needed, such as '1 K'",
        ),
        (field(TEMPERATURE) < "298.15", "'298.15' has no unit; a temperature is needed"),
        (field(PRESSURE) == np.float64(1), "has no unit; a pressure is needed"),
        (field("value") > 0.9, "value: 0.9 has no unit; a quantity is needed"),
        (field("value") > "5 widgets", "value: .*'widgets' is not a unit"),
        (field(TEMPERATURE).near("300 K", 2), "2 has no unit"),
        (field(PRESSURE).near("1 atm", "1"), "'1' has no unit; a pressure is needed"),
    ],
)
def test_a_wrong_dimension_is_an_error_when_the_query_is_built(condition, words):
    with pytest.raises(DimensionError, match=words):
        condition.bind(ps.PropertyData)


@pytest.mark.parametrize("path", ["thermodynamic_state.temperatur", "temperature"])
def test_a_misspelt_field_is_an_error_when_the_query_is_built(path):
    with pytest.raises(UnknownFieldError, match="did you mean 'thermodynamic_state"):
        (field(path) == "298 K").bind(ps.PropertyData)


def test_a_field_that_only_another_type_has_is_an_error():
    with pytest.raises(UnknownFieldError, match="ForceFieldData has no field 'phase'"):
        (field("phase") == "gas").bind(ps.ForceFieldData)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (field(TEMPERATURE).between("310 K", "290 K"), "nothing lies between 310.0 and 290.0"),
        (field(TEMPERATURE).near("300 K", "-2 K"), "-2.0 K is not a difference from 300 K"),
        (field(TEMPERATURE).near("300 K", "2 kPa"), "2.0 kPa is not a difference from 300 K"),
        (field("value").between("1 g/ml", "1 K"), "differ in dimension"),
        (field(TEMPERATURE).matches("2"), "needs a text, which .*temperature is not"),
        (field(TEMPERATURE) == None, "can't be compared with None; ~field"),  # noqa: E711
        (
            field("source").one_of("a", None),
            r"~field\('source'\).exists\(\) holds where it is miss",
        ),
        (field("source") == 5, "source is text; 5 is not"),
        (field("source").one_of(["a", "b"]), r"source is text; \['a', 'b'\] is not"),
        (field("source") == "\ud800", "source is text; .* is not"),
        (field("source").startswith("a\0"), "source is text; .* is not"),
        (field("source").startswith(5), "source is text; 5 is not"),
        (field("source").matches("["), r"'\[' is not a regular expression: unterminated"),
        (field("source").between("b", "a"), "nothing lies between 'b' and 'a'"),
        (field("source").near("a", "b"), "source is text, which has no distance"),
        (field("phase") == "liqid", "phase: 'liqid' is not a phase; did you mean 'liquid'"),
        (field("phase") < "gas", "phase is a phase; compare it by ==, != or one_of"),
        (field("substance") == "O", "substance is compared with a Substance, by =="),
        (field("substance") < ps.Substance({"O": 1.0}), "is compared with a Substance, by =="),
        (field("thermodynamic_state") == "298 K", "is compared with a ThermodynamicState"),
        (field("tags") == "a", "tags can't be compared as a whole"),
        (field("provenance.time") < "yesterday", "'yesterday' is not, as '2026-01-31T12:00' is"),
        (field("provenance.time") < 5, "provenance.time is a time; 5 is not"),
        (field("provenance.time").near("2026-01-31", "1 day"), "is a time; "),
        (field("provenance.time").matches("2026"), "needs a text"),
        (
            field("provenance.time").between("2026-02-01", "2026-01-01"),
            "nothing lies between 2026-02-01",
        ),
    ],
)
def test_what_is_no_comparison_is_an_error_when_the_query_is_built(condition, words):
    with pytest.raises(QueryError, match=words):
        condition.bind(ps.PropertyData)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (field("count") == "5", "count is a number; '5' is not"),
        (field("count") == True, "count is a number; True is not"),  # noqa: E712
        (field("number") == math.nan, "number is a number; nan is not"),
        (field("number") < math.inf, "number is a number; inf is not"),
        (field("number") < 10**400, "is not one to compare it with"),
        (field("number").between(1, 0), "nothing lies between 1 and 0"),
        (field("number").near(1, -1), "-1 is not a difference"),
        (field("number").near(1, "1"), "number is a number; '1' is not"),
        (field("is_good") == 1, "is_good is true or false: compare it by == True"),
        (field("is_good") > True, "is_good is true or false"),
        (field("anything.a") == {"b": 3}, "anything.a is text; {'b': 3} is not"),
        (field("numbers") == 1, "numbers can't be compared as a whole; compare a part of it"),
        (field("several") == 1, "several can't be compared as a whole"),
        (field("unique") == UUID(int=5), "unique can't be compared as a whole"),
    ],
)
def test_what_a_field_of_one_s_own_can_not_be_compared_with_is_an_error(condition, words):
    with pytest.raises(QueryError, match=words):
        condition.bind(Sample)


def test_a_temperature_that_is_not_a_number_is_an_error():
    with pytest.raises(NonPhysicalValueError, match="finite number"):
        (field(TEMPERATURE) < "nan K").bind(ps.PropertyData)


@pytest.mark.parametrize("path", [5, None, field("value")])
def test_a_field_is_named_by_text(path):
    with pytest.raises(QueryError, match="a field is named by a text, such as 'phase', and not"):
        field(path)


def test_a_field_can_not_be_hashed():
    with pytest.raises(TypeError, match="unhashable"):
        hash(field("value"))


def test_conditions_read_as_they_were_written():
    condition = (
        (field("value").between("1 g/ml", "2 g/ml") | (field("phase") == "gas"))
        & ~field("source").startswith("10.")
        & ps.contains("OC", "solute")
    )

    assert repr(condition) == (
        "(field('value').between('1 g/ml', '2 g/ml') | field('phase') == 'gas')"
        " & ~(field('source').startswith('10.')) & substance contains CO as solute"
    )


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (field("value") > "1 g/ml", "1000.0 kg/m**3 < value"),
        (field("count") <= 5, "count <= 5"),
        (field("source").between("a", "b"), "'a' <= source <= 'b'"),
        (field("source").one_of("a", "b"), "source is one of ['a', 'b']"),
        (field("phase") == "gas", "phase == 'gas'"),
        (field("source").matches("^a"), "source matches '^a'"),
        (field("source").exists(), "source exists"),
        (field("provenance.time") > "2026-01-31", "provenance.time > 2026-01-31 00:00:00+00:00"),
        (field("substance") == ps.Substance({"OC": 1.0}), "substance is CO"),
    ],
)
def test_bound_conditions_say_what_they_compare(condition, text):
    record_type = Sample if "count" in text else ps.PropertyData

    assert repr(condition.bind(record_type)) == text


def test_conditions_survive_pickle_and_copy():
    condition = (field("value") > "1 g/ml") & ~ps.contains("O") | (field("tags.a") == "b")

    for again in (pickle.loads(pickle.dumps(condition)), copy.deepcopy(condition)):
        assert again == condition
        assert hash(again) == hash(condition)
        assert holds(again, density(value="2 g/ml", substance=ps.Substance({"CO": 1.0})))


@given(
    st.floats(min_value=1.0, max_value=2000.0),
    st.floats(min_value=1.0, max_value=2000.0),
)
def test_comparisons_agree_with_those_of_numbers(wanted, value):
    record = Sample(quantity=ps.Quantity(value, "K"))
    given_value = ps.Quantity(wanted, "K")
    low, high = sorted([wanted, 500.0])

    assert holds(field("quantity") < given_value, record) is (value < wanted)
    assert holds(field("quantity") >= given_value, record) is (value >= wanted)
    assert holds(field("quantity").between((low, "K"), (high, "K")), record) is (
        low <= value <= high
    )
