"""What a data query asks for, taken apart into its form and its operands."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import propstore as ps
from propstore.errors import QueryError
from propstore.query.conditions import And
from propstore.query.data_query import Asked
from propstore.testing.samples import density

WATER, METHANOL = ps.Substance({"O": 1.0}), ps.Substance({"CO": 1.0})
STATE = ps.ThermodynamicState("298.15 K", "1 atm")


def asked(**attributes: Any) -> Asked:
    condition = ps.PropertyDataQuery(**attributes).to_condition()
    assert isinstance(condition, Asked)
    return condition


def test_queries_that_differ_in_values_only_are_of_one_form() -> None:
    one = asked(substance=WATER, thermodynamic_state=STATE)
    other = asked(substance=METHANOL, thermodynamic_state=ps.ThermodynamicState("350 K", "2 bar"))
    assert one.form == other.form
    assert one.operands != other.operands


@pytest.mark.parametrize(
    "attributes",
    [
        {"substance": WATER, "thermodynamic_state": ps.ThermodynamicState("298.15 K")},
        {"substance": WATER},
        {"phase": "liquid"},
        {"property_type": "Density"},
        {"source": "Density"},
    ],
)
def test_queries_that_ask_otherwise_are_of_another_form(attributes: dict[str, Any]) -> None:
    assert asked(**attributes).form != asked(substance=WATER, thermodynamic_state=STATE).form


def test_a_query_for_components_alone_has_no_form() -> None:
    mixture = ps.Substance({"O": 0.5, "CO": 0.5})
    part = {"components_only": True}
    query = ps.PropertyDataQuery(substance=mixture, substance_query=part)
    assert not isinstance(query.to_condition(), Asked)


def test_queries_of_one_form_are_answered_each_by_its_own_operands() -> None:
    with ps.open("memory:") as store:
        keys = [store.store_object(density(temperature)) for temperature in ("300 K", "310 K")]
        found = []
        for temperature in ("300 K", "310 K", "320 K"):
            state = ps.ThermodynamicState(temperature, "1 atm")
            query = ps.PropertyDataQuery(thermodynamic_state=state, property_type="Density")
            found.append([one.key for matches in store.query(query).values() for one in matches])
    assert found == [[keys[0]], [keys[1]], []]


def test_what_is_asked_survives_a_pickle() -> None:
    condition = asked(substance=WATER, thermodynamic_state=STATE)
    copied = pickle.loads(pickle.dumps(condition))
    assert (copied.form, copied.operands) == (condition.form, condition.operands)
    assert copied.matches(density("298.15 K"))
    assert not copied.matches(density("310 K"))


def test_its_conditions_are_those_of_the_query() -> None:
    condition = asked(phase="liquid", property_type="Density")
    assert condition.bind(ps.PropertyData) is condition
    assert repr(And(condition.conditions)) == "phase == 'liquid' & property_type == 'Density'"


def test_a_text_that_no_database_holds_is_refused_at_once() -> None:
    with pytest.raises(QueryError, match="source"):
        ps.PropertyDataQuery(source="a\0b").to_condition()
