"""Conditions on what a substance is made of."""

from __future__ import annotations

import math

import numpy as np
import pytest

import propstore as ps
from propstore import Component, ExactAmount, Substance
from propstore.errors import InvalidDataError, InvalidSmilesError, QueryError, UnknownFieldError
from propstore.query.composition import pure_components_of
from tests.query.wanted_records import density, holds

PROTEIN = Component(label="lysozyme", role="receptor")
WATER = Substance({"O": 1.0})
METHANOL = Substance({"CO": 1.0})
MIXTURE = Substance({"O": 0.75, "CO": 0.25})
TERNARY = Substance({"O": 0.5, "CO": 0.25, "CCO": 0.25})
COMPLEX = Substance({"O": 1.0, PROTEIN: ExactAmount(1), Component("CCO", "ligand"): ExactAmount(1)})
SUBSTANCES = {
    "water": WATER,
    "methanol": METHANOL,
    "mixture": MIXTURE,
    "ternary": TERNARY,
    "complex": COMPLEX,
}


def found(condition: ps.query.Condition) -> set[str]:
    return {
        name
        for name, substance in SUBSTANCES.items()
        if holds(condition, density(substance=substance))
    }


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (ps.contains("OC"), {"methanol", "mixture", "ternary"}),
        (ps.contains("CCO"), {"ternary", "complex"}),
        (ps.contains("CCO", "ligand"), {"complex"}),
        (ps.contains("CCO", ps.ComponentRole.SOLVENT), {"ternary"}),
        (ps.contains(Component("CCO", "ligand")), {"ternary", "complex"}),
        (ps.contains(PROTEIN), {"complex"}),
        (ps.contains("C"), set()),
        (ps.contains("O") & ps.contains("CO"), {"mixture", "ternary"}),
        (~ps.contains("O"), {"methanol"}),
    ],
)
def test_contains_finds_all_that_have_a_component(condition, names):
    assert found(condition) == names


@pytest.mark.parametrize(
    ("components", "names"),
    [
        (["O"], {"water"}),
        (["O", "OC"], {"mixture"}),
        (["CO", "O", "CO"], {"mixture"}),
        (["O", "CO", "CCO"], {"ternary"}),
        (["O", "CCO", PROTEIN], {"complex"}),
        (["C"], set()),
    ],
)
def test_consists_of_finds_those_with_these_components_and_no_other(components, names):
    assert found(ps.consists_of(*components)) == names


@pytest.mark.parametrize(
    ("window", "names"),
    [
        (("CO", 0.2, 0.3), {"mixture", "ternary"}),
        (("CO", 0.25, 0.25), {"mixture", "ternary"}),
        (("CO", 0.26, 1.0), {"methanol"}),
        (("O", 0.5, 0.75), {"mixture", "ternary"}),
        (("O", 1, 1), {"water", "complex"}),
        (("O", np.float32(1), np.int64(1)), {"water", "complex"}),
        (("CCO", 0, 1), {"ternary"}),
        (("C", 0, 1), set()),
    ],
)
def test_a_window_of_composition_includes_its_ends(window, names):
    assert found(ps.mole_fraction(*window)) == names


def test_a_window_forgives_the_noise_of_a_calculation():
    record = density(substance=Substance({"O": 0.1 + 0.2, "CO": 0.7}))

    assert holds(ps.mole_fraction("O", 0.0, 0.3), record)
    assert not holds(ps.mole_fraction("O", 0.0, 0.29999), record)


@pytest.mark.parametrize(
    ("numbers", "names"),
    [
        ((1,), {"water", "methanol"}),
        ((2,), {"mixture"}),
        ((2, 3), {"mixture", "ternary", "complex"}),
        ((np.int64(3),), {"ternary", "complex"}),
        ((4, 10), set()),
    ],
)
def test_the_number_of_components_is_exact_or_from_to(numbers, names):
    assert found(ps.component_count(*numbers)) == names


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: ps.contains("xyz"), InvalidSmilesError, "'xyz' is not a SMILES"),
        (
            lambda: ps.contains("O", "ligan"),
            InvalidDataError,
            "'ligan' is not a role; did you mean",
        ),
        (lambda: ps.consists_of(), QueryError, "consists_of needs at least one component"),
        (lambda: ps.consists_of("O", "xyz"), InvalidSmilesError, "'xyz' is not a SMILES"),
    ],
)
def test_what_is_no_component_is_an_error(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.6, 0.5), (-0.1, 0.5), (0.5, 1.1), (math.nan, 1.0), ("a", 1.0), (None, None), (True, True)],
)
def test_what_is_no_window_is_an_error(low, high):
    with pytest.raises(QueryError) as caught:
        ps.mole_fraction("O", low, high)

    assert f"lies between 0 and 1, not from {low!r} to {high!r}" in str(caught.value)


@pytest.mark.parametrize("numbers", [(0,), (-1,), (2, 1), (1.5,), ("1",), (True,), (10**30,)])
def test_what_is_no_number_of_components_is_an_error(numbers):
    with pytest.raises(QueryError, match="a number of components is whole and 1 or more, not"):
        ps.component_count(*numbers)


@pytest.mark.parametrize(
    "condition", [ps.contains("O"), ps.consists_of("O"), ps.component_count(1)]
)
def test_a_type_without_a_substance_has_no_composition(condition):
    with pytest.raises(UnknownFieldError, match="ForceFieldData has no field 'substance'"):
        condition.bind(ps.ForceFieldData)


def test_a_field_called_substance_may_be_something_else():
    class Named(ps.StoredData):
        substance: str

    with pytest.raises(QueryError, match="the field 'substance' of Named is no Substance"):
        ps.contains("O").bind(Named)


@pytest.mark.parametrize(
    ("mixture", "names"),
    [
        (MIXTURE, {"water", "methanol"}),
        (TERNARY, {"water", "methanol"}),
        (WATER, {"water"}),
        (COMPLEX, {"water"}),
        (Substance({"O": ExactAmount(1)}), set()),
    ],
)
def test_the_pure_components_of_a_mixture_are_found(mixture, names):
    assert found(pure_components_of(mixture, ps.PropertyData)) == names


@pytest.mark.parametrize(
    ("pure", "is_found"),
    [
        (Substance({"CCO": ExactAmount(2)}), True),
        (Substance({Component("CCO", "ligand"): ExactAmount(2)}), True),
        (Substance({"CCO": ExactAmount(1)}), False),
        (Substance({"CCO": 1.0}), False),
        (Substance({"O": 1.0}), True),
        (Substance({"O": ExactAmount(1)}), False),
        (Substance({"O": [1.0, ExactAmount(2)]}), False),
    ],
)
def test_the_kinds_of_amounts_match_and_exact_amounts_are_equal(pure, is_found):
    mixture = Substance({"O": 1.0, "CCO": ExactAmount(2)})

    assert holds(pure_components_of(mixture, ps.PropertyData), density(substance=pure)) is is_found
