"""Conditions are values that combine."""

from __future__ import annotations

import functools
import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import propstore as ps
from propstore import field
from propstore.errors import QueryError
from propstore.query.conditions import And, Equals, Or
from tests.query.wanted_records import Sample, density, holds

YES = field("count") == 5
NO = field("count") == 6
SAMPLE = Sample(count=5, text="b")


@pytest.mark.parametrize("one", [True, False])
@pytest.mark.parametrize("other", [True, False])
def test_conditions_combine_as_in_logic(one, other):
    first, second = (YES if value else NO for value in (one, other))

    assert holds(first & second, SAMPLE) is (one and other)
    assert holds(first | second, SAMPLE) is (one or other)
    assert holds(~first, SAMPLE) is (not one)
    assert holds(~(first & ~second), SAMPLE) is not (one and not other)


trees = st.recursive(
    st.sampled_from([(YES, True), (NO, False)]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: (two[0][0] & two[1][0], two[0][1] and two[1][1])),
        st.tuples(inner, inner).map(lambda two: (two[0][0] | two[1][0], two[0][1] or two[1][1])),
        inner.map(lambda one: (~one[0], not one[1])),
    ),
)


@given(trees)
def test_any_tree_of_conditions_means_what_it_says(tree):
    condition, expected = tree

    assert holds(condition, SAMPLE) is expected


@given(trees)
def test_binding_twice_changes_nothing(tree):
    bound = tree[0].bind(Sample)

    assert bound.bind(Sample) == bound


@pytest.mark.parametrize("combine", [lambda: YES and NO, lambda: YES or NO, lambda: not YES])
def test_and_or_and_not_are_refused_with_the_right_operators(combine):
    with pytest.raises(QueryError, match="combine conditions by &"):
        combine()


@pytest.mark.parametrize("other", [True, "text", 5, None, field("value")])
def test_a_condition_combines_with_conditions_only(other):
    with pytest.raises(
        QueryError, match="is not a condition; put each comparison into parentheses"
    ):
        YES & other
    with pytest.raises(QueryError, match="is not a condition"):
        YES | other


def test_equal_conditions_are_equal_values():
    assert (field("count") == 5) & ps.contains("OC") == (field("count") == 5) & ps.contains("CO")
    assert len({field("count") == 5, field("count") == 5, field("count") == 6}) == 2


def test_thousands_of_conditions_combine():
    some = [field("text") == str(number) for number in range(3000)]
    both = [field("count") < number for number in range(6, 3000)]

    assert holds(functools.reduce(operator.or_, [*some, field("text") == "b"]), SAMPLE)
    assert not holds(functools.reduce(operator.or_, some), SAMPLE)
    assert holds(functools.reduce(operator.and_, both), SAMPLE)


def test_the_values_of_one_field_are_listed_when_they_are_bound():
    bound = (field("text").one_of("a", "b") | (field("text") == "c") | NO).bind(Sample)

    assert isinstance(bound, Or)
    assert [one.values for one in bound.conditions if isinstance(one, Equals)] == [("a", "b", "c")]
    assert len(bound.conditions) == 2


def test_one_value_of_one_field_is_bound_alone():
    assert isinstance((field("text").one_of("a", "b")).bind(Sample), Equals)
    assert (YES & And(())).bind(Sample) == YES.bind(Sample)


def test_two_negations_cancel():
    assert (~~YES).bind(Sample) == YES.bind(Sample)


def test_nothing_asked_for_holds_for_everything_and_no_alternative_for_nothing():
    assert holds(And(()), SAMPLE)
    assert not holds(Or(()), SAMPLE)


def test_an_unbound_condition_is_bound_to_the_type_of_the_record_it_is_asked_for():
    assert (field("phase") == "liquid").matches(density())
    assert not (field("phase") == "gas").matches(density())


def test_a_text_that_looks_like_a_truth_value_is_none():
    record = Sample(anything={"a": "True", "b": 1})

    assert not holds(field("anything.a") == True, record)  # noqa: E712
    assert not holds(field("anything.b") == True, record)  # noqa: E712
    assert holds(field("anything.b") == 1, record)
