"""Fields are found by their paths, and misspelt ones when the query is built."""

from __future__ import annotations

import pytest

import propstore as ps
from propstore.errors import QueryError, UnknownFieldError
from propstore.query.fields import FieldKind, resolve_field
from tests.query.wanted_records import Sample, density


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("thermodynamic_state", FieldKind.STATE),
        ("thermodynamic_state.temperature", FieldKind.QUANTITY),
        ("thermodynamic_state.pressure", FieldKind.QUANTITY),
        ("thermodynamic_state.temperature.unit", FieldKind.TEXT),
        ("substance", FieldKind.SUBSTANCE),
        ("phase", FieldKind.PHASE),
        ("property_type", FieldKind.TEXT),
        ("value", FieldKind.QUANTITY),
        ("uncertainty", FieldKind.QUANTITY),
        ("source", FieldKind.TEXT),
        ("tags", FieldKind.OTHER),
        ("tags.project", FieldKind.TEXT),
        ("provenance.time", FieldKind.TIME),
        ("provenance.host", FieldKind.TEXT),
    ],
)
def test_a_path_leads_to_a_field_of_a_property(path, kind):
    assert resolve_field(ps.PropertyData, path).kind is kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("number", FieldKind.NUMBER),
        ("count", FieldKind.NUMBER),
        ("is_good", FieldKind.BOOLEAN),
        ("choice", FieldKind.ANY),
        ("colour", FieldKind.ANY),
        ("length", FieldKind.QUANTITY),
        ("when", FieldKind.TIME),
        ("day", FieldKind.TIME),
        ("mixed", FieldKind.ANY),
        ("numbers", FieldKind.OTHER),
        ("numbers.a", FieldKind.NUMBER),
        ("temperatures.a", FieldKind.QUANTITY),
        ("nested.a.b", FieldKind.NUMBER),
        ("anything.a.b.c", FieldKind.ANY),
        ("several", FieldKind.OTHER),
        ("unique", FieldKind.OTHER),
    ],
)
def test_a_path_leads_to_a_field_of_any_type(path, kind):
    assert resolve_field(Sample, path).kind is kind


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("thermodynamic_state.temperature", "temperature"),
        ("thermodynamic_state.pressure", "pressure"),
        ("uncertainty", "uncertainty"),
    ],
)
def test_a_field_knows_its_dimension(path, name):
    assert resolve_field(ps.PropertyData, path).dimension.name == name


def test_the_values_of_a_mapping_know_their_dimension():
    assert resolve_field(Sample, "temperatures.a").dimension.name == "temperature"
    assert resolve_field(Sample, "length").dimension.name == "length"


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("thermodynamic_state.temperatur", "'thermodynamic_state.temperature'"),
        ("temperature", "'thermodynamic_state.temperature'"),
        ("thermodynamic_state.pressur", "'thermodynamic_state.pressure'"),
        ("valeu", "'value'"),
        ("substanec", "'substance'"),
        ("provenance.tme", "'provenance.time'"),
    ],
)
def test_a_misspelt_field_is_an_error_with_the_nearest_right_name(path, nearest):
    with pytest.raises(
        UnknownFieldError, match=f"has no field '{path}'; did you mean .*({nearest})"
    ):
        resolve_field(ps.PropertyData, path)


@pytest.mark.parametrize(
    "path",
    ["", ".", "a..b", "type", "value.x.y", "phase.name", "substance.O", "tags.a.b", "source.0"],
)
def test_a_path_that_leads_nowhere_is_an_error(path):
    with pytest.raises(UnknownFieldError, match="PropertyData has no field"):
        resolve_field(ps.PropertyData, path)


def test_records_of_every_type_are_searched_by_what_some_type_has():
    assert resolve_field(ps.StoredData, "phase").kind is FieldKind.PHASE
    assert resolve_field(ps.StoredData, "tags.project").kind is FieldKind.TEXT


def test_a_type_that_is_defined_later_can_be_searched_for():
    with pytest.raises(UnknownFieldError):
        resolve_field(ps.StoredData, "crystal_habit")

    class Crystal(ps.StoredData, type_name="tests.query_crystal@v1"):
        crystal_habit: str

    assert resolve_field(ps.StoredData, "crystal_habit").kind is FieldKind.TEXT


def test_a_field_that_differs_between_types_is_asked_of_one_type():
    class First(ps.StoredData, type_name="tests.query_first@v1"):
        ambiguous_field: str

    class Second(ps.StoredData, type_name="tests.query_second@v1"):
        ambiguous_field: float

    with pytest.raises(QueryError, match="'ambiguous_field' is not the same in all record types"):
        resolve_field(ps.StoredData, "ambiguous_field")
    assert resolve_field(First, "ambiguous_field").kind is FieldKind.TEXT


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("thermodynamic_state.temperature", (298.15, "K")),
        ("thermodynamic_state.pressure", (101.325, "kPa")),
        ("value", (997.0, "kg/m**3")),
        ("uncertainty", None),
        ("phase", "liquid"),
        ("source", None),
        ("tags.project", "sage"),
        ("tags.other", None),
        ("provenance.time", None),
    ],
)
def test_a_value_is_read_as_it_is_compared(path, value):
    record = density("25 degC", tags={"project": "sage"})

    assert resolve_field(ps.PropertyData, path).read(record) == value


def test_a_difference_is_read_without_the_zero_of_its_unit():
    sample = Sample(error="0.5 degC")

    assert resolve_field(Sample, "error").read(sample) == (0.5, "K")
