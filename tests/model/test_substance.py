"""Substances: components with amounts, whose order has no meaning."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from propstore.errors import InvalidDataError, InvalidSmilesError
from propstore.model import Component, ExactAmount, MoleFraction, Substance, load_document
from propstore.model.validation import TRUSTED
from tests.model.strategies import substances, thorough


def test_a_substance_is_components_with_their_amounts():
    ice = Component(label="ice")
    mixture = Substance({"O": 0.75, "OC": MoleFraction(0.25), ice: ExactAmount(2)})

    assert [component.name for component in mixture.components] == ["CO", "O", "label:ice"]
    assert mixture.amounts_of("CO") == (MoleFraction(0.25),)
    assert mixture.amounts_of("O") == (MoleFraction(0.75),)
    assert mixture.amounts_of(ice) == (ExactAmount(2),)


def test_pairs_and_a_mapping_make_the_same_substance():
    assert Substance([("O", 0.75), ("CO", 0.25)]) == Substance({"CO": 0.25, "O": 0.75})


@pytest.mark.parametrize(
    "amounts",
    [
        [MoleFraction(1.0), ExactAmount(1)],
        (ExactAmount(1), MoleFraction(1.0)),
        {MoleFraction(1.0), ExactAmount(1)},
        [1.0, ExactAmount(1)],
    ],
)
def test_a_component_may_have_both_kinds_of_amounts(amounts):
    assert Substance({"CO": amounts}).amounts_of("CO") == (MoleFraction(1.0), ExactAmount(1))


def test_from_components_makes_equal_fractions():
    assert Substance.from_components("O", "CO") == Substance({"O": 0.5, "CO": 0.5})
    assert Substance.from_components(Component("O")) == Substance({"O": 1.0})


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("OC", 0.5), ("CO", 0.5)], {"CO": 1.0}),
        ([("OC", ExactAmount(1)), ("CO", ExactAmount(2))], {"CO": ExactAmount(3)}),
        ([("OC", ExactAmount(1)), ("CO", 1.0)], {"CO": [MoleFraction(1.0), ExactAmount(1)]}),
        ([("C", 0.7), ("C", 0.1), ("C", 0.2)], {"C": 1.0}),
    ],
)
def test_the_same_component_twice_adds_up(pairs, expected):
    assert Substance(pairs) == Substance(expected)


def test_a_component_in_from_components_twice_adds_up():
    assert Substance.from_components("OC", "CO", "O", "O") == Substance({"CO": 0.5, "O": 0.5})


def test_a_component_in_two_roles_is_two():
    complex_ = Substance([(Component("CO", "solute"), ExactAmount(1)), (Component("CO"), 1.0)])

    assert len(complex_.amounts) == 2


@pytest.mark.parametrize("excess", [0.0, 9e-7, -9e-7])
def test_mole_fractions_sum_to_1_within_a_millionth(excess):
    assert len(Substance({"CO": 0.5, "O": 0.5 + excess}).amounts) == 2


@pytest.mark.parametrize(
    "amounts",
    [
        {"CO": 0.5, "O": 0.4},
        {"CO": 0.5, "O": 0.500002},
        {"CO": 0.9},
        {"CO": 0.5, "O": ExactAmount(1)},
    ],
)
def test_mole_fractions_of_another_sum_are_refused(amounts):
    with pytest.raises(InvalidDataError, match=r"the mole fractions of a substance sum to 1; \["):
        Substance(amounts)


@pytest.mark.parametrize(
    "make", [lambda: Substance({}), lambda: Substance([]), Substance.from_components]
)
def test_a_substance_without_components_is_refused(make):
    with pytest.raises(InvalidDataError, match="at least one component; none was given"):
        make()


@pytest.mark.parametrize("amounts", ["O", None, 5])
def test_what_has_no_components_is_refused_with_an_example(amounts):
    with pytest.raises(InvalidDataError, match="is not components with amounts, such as"):
        Substance(amounts)


@pytest.mark.parametrize("pair", [("O",), "O", ("O", 1.0, 2), Component("O")])
def test_what_is_not_a_component_with_an_amount_is_refused(pair):
    with pytest.raises(InvalidDataError, match="is not a component with its amount, such as"):
        Substance([pair])


@pytest.mark.parametrize("amount", [1, True, "0.5", None, np.int64(1), np.float32(0.5)])
def test_an_amount_of_no_kind_is_refused_with_both_kinds_named(amount):
    with pytest.raises(InvalidDataError) as caught:
        Substance({"O": amount})

    kinds = f"give MoleFraction({amount!r}) or ExactAmount({amount!r})"
    assert f"{amount!r} is not an amount; {kinds}" in str(caught.value)


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ({"O": 0.0, "CO": 1.0}, "0.0 is not a mole fraction"),
        ({"O": -0.5}, "-0.5 is not a mole fraction"),
        ({"O": float("nan")}, "nan is not a mole fraction"),
        ([("O", 0.6), ("O", 0.6)], "1.2 is not a mole fraction"),
        ({"O": []}, "O has neither kind of amount"),
    ],
)
def test_an_amount_that_is_none_is_refused(amounts, words):
    with pytest.raises(InvalidDataError, match=words):
        Substance(amounts)


def test_a_component_that_is_none_is_refused():
    with pytest.raises(InvalidSmilesError, match="'xyz' is not a SMILES"):
        Substance({"xyz": 1.0})


def test_a_component_that_the_substance_has_not_is_named():
    with pytest.raises(InvalidDataError, match="CO has no component C"):
        Substance({"CO": 1.0}).amounts_of("C")


def test_the_noise_of_a_calculation_does_not_make_two_substances_of_one():
    calculated = Substance({"O": 0.1 + 0.2, "CO": 0.7})

    assert calculated == Substance({"O": 0.3, "CO": 0.7})
    assert calculated.identity == Substance({"O": 0.3, "CO": 0.7}).identity
    assert hash(calculated) == hash(Substance({"O": 0.3, "CO": 0.7}))


@pytest.mark.parametrize(("difference", "is_same"), [(3e-7, True), (2e-6, False)])
def test_mole_fractions_count_to_a_millionth(difference, is_same):
    one = Substance({"O": 0.3, "CO": 0.7})
    other = Substance({"O": 0.3 + difference, "CO": 0.7 - difference})

    assert (one == other) is is_same
    assert (one.identity == other.identity) is is_same


@pytest.mark.parametrize(
    "other",
    [
        {"O": 0.3001, "CO": 0.6999},
        {"O": 0.3, "CCO": 0.7},
        {"O": 0.3, Component("CO", "solute"): 0.7},
        {"O": 0.3, "CO": [0.7, ExactAmount(1)]},
    ],
)
def test_other_components_or_amounts_make_another_substance(other):
    assert Substance({"O": 0.3, "CO": 0.7}) != Substance(other)
    assert Substance({"O": 0.3, "CO": 0.7}).identity != Substance(other).identity


def test_one_molecule_is_not_the_pure_substance():
    assert Substance({"O": ExactAmount(1)}) != Substance({"O": 1.0})


def test_a_substance_differs_from_the_text_of_it():
    assert Substance({"O": 1.0}) != "O"


@pytest.mark.parametrize(
    ("substance", "text"),
    [
        (Substance({"OC": 1.0}), "CO"),
        (Substance({"O": 0.75, "CO": 0.25}), "0.25 CO + 0.75 O"),
        (Substance({"O": [1.0, ExactAmount(2)]}), "2 × 1 O"),
    ],
)
def test_a_substance_reads_as_a_chemist_writes_it(substance, text):
    assert str(substance) == text


def test_a_copy_with_other_amounts_is_another_substance():
    water = Substance({"O": 1.0})
    methanol = Substance({"CO": 1.0})
    assert water.identity != methanol.identity

    assert water.model_copy(update={"amounts": methanol.amounts}) == methanol


@thorough
@given(substances())
def test_the_representation_makes_the_substance_again(substance):
    assert eval(repr(substance)) == substance


@thorough
@given(substances(), st.randoms(use_true_random=False))
def test_the_order_of_the_components_has_no_meaning(substance, random):
    shuffled = list(substance.amounts)
    random.shuffle(shuffled)
    again = Substance(shuffled)

    assert again == substance
    assert hash(again) == hash(substance)
    assert again.identity == substance.identity
    assert again.model_dump_json() == substance.model_dump_json()


@thorough
@given(substances())
def test_a_substance_survives_json_pickle_and_copy(substance):
    for again in (
        Substance.model_validate_json(substance.model_dump_json()),
        Substance.model_validate(substance.model_dump()),
        pickle.loads(pickle.dumps(substance)),
        copy.deepcopy(substance),
    ):
        assert again == substance
        assert again.amounts == substance.amounts
        assert again.identity == substance.identity


FOREIGN = '{"amounts":[{"component":{"smiles":"OC","role":"solvent"},"mole_fraction":1.0}]}'


def test_records_that_are_read_share_one_substance():
    text = (
        '{"type":"propstore.property_data@v1","property_type":"Density","substance":'
        + FOREIGN
        + ',"thermodynamic_state":{"temperature":{"value":300.0,"unit":"K"}},"phase":"liquid",'
        '"value":{"value":790.0,"unit":"kg/m**3"}}'
    )

    assert load_document(text).substance is load_document(text).substance


def test_what_was_read_as_trusted_is_not_taken_for_what_others_wrote():
    trusted = Substance.__pydantic_validator__.validate_json(FOREIGN, context=TRUSTED)
    foreign = Substance.model_validate_json(FOREIGN)

    assert trusted.components[0].smiles == "OC"
    assert foreign.components[0].smiles == "CO"


def test_a_substance_that_is_not_valid_is_refused_each_time_it_is_read():
    for _ in range(2):
        with pytest.raises(ValidationError, match="sum to 1"):
            Substance.model_validate_json(FOREIGN.replace("1.0", "0.5"))
