"""Components: canonical SMILES, labels and roles."""

from __future__ import annotations

import copy
import csv
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given

from propstore.errors import InvalidDataError, InvalidSmilesError
from propstore.model import Component, ComponentRole
from propstore.model.component import canonical_smiles, canonicaliser
from tests.model.strategies import SMILES, components, thorough


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("OC", "CO"),
        ("CO", "CO"),
        (" OC\n", "CO"),
        ("C1=CC=CC=C1", "c1ccccc1"),
        ("[H]O[H]", "O"),
        ("[Na+].[Cl-]", "[Cl-].[Na+]"),
        ("O.C", "C.O"),
        ("CN(=O)=O", "C[N+](=O)[O-]"),
        ("C(O)[2H]", "[2H]CO"),
        (np.str_("OC"), "CO"),
    ],
)
def test_smiles_are_made_canonical(given, canonical):
    assert Component(given).smiles == canonical
    assert Component(given) == Component(canonical)


@pytest.mark.parametrize("smiles", [*SMILES, "C/C=C/C", "N#[N+][O-]", "C[S@](=O)CC", "[CH4:1]"])
def test_a_canonical_smiles_stays_as_it_is(smiles):
    canonical = canonical_smiles(smiles)

    assert canonical_smiles(canonical) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C[C@H](O)F", "C[C@@H](O)F"),
        ("C/C=C/C", "C/C=C\\C"),
        ("C", "[13CH4]"),
        ("N", "[NH4+]"),
        ("C", "C.C"),
    ],
    ids=["enantiomers", "double bond", "isotope", "charge", "two molecules"],
)
def test_different_molecules_are_different_components(one, other):
    assert Component(one) != Component(other)


@pytest.mark.parametrize("smiles", ["xyz", "C(", "c1cccc1", "N(=O)=O", "CC>>CO", ".", 'C"'])
def test_a_smiles_that_rdkit_can_not_read_is_refused_and_shown(smiles):
    with pytest.raises(InvalidSmilesError) as caught:
        Component(smiles)

    assert f"{smiles!r} is not a SMILES that RDKit can read" in str(caught.value)
    assert "given by label=" in str(caught.value)


@pytest.mark.parametrize("smiles", ["", "  ", "C C", "CCO ethanol", "C\0", "Cé", "CO |$a$|"])
def test_a_smiles_that_is_empty_or_has_other_text_in_it_is_refused_and_shown(smiles):
    with pytest.raises(InvalidSmilesError) as caught:
        Component(smiles)

    assert f"{smiles!r} is not a SMILES: it is empty, or has spaces" in str(caught.value)


def test_a_smiles_of_some_length_is_shown_whole_and_a_book_is_not():
    for length, is_whole in ((200, True), (100_000, False)):
        with pytest.raises(InvalidSmilesError) as caught:
            Component("C" * length + "(")
        assert ("C" * length + "(" in str(caught.value)) is is_whole
        assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("smiles", [5, ["CO"], {"smiles": "CO"}])
def test_what_is_not_text_is_no_smiles(smiles):
    with pytest.raises(InvalidDataError, match=r"Component\.smiles: Input should be a valid strin"):
        Component(smiles)


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(InvalidDataError, match="unable to parse raw data as a unicode string"):
        Component("\ud800")


@pytest.mark.parametrize("label", ["lysozyme", "1HEW, chain A", "β-lactamase"])
def test_what_has_no_smiles_is_given_by_a_label(label):
    component = Component(label=f" {label} ", role="receptor")

    assert component.smiles is None
    assert component.name == f"label:{label}"
    assert component == Component(label=label, role=ComponentRole.RECEPTOR)


@pytest.mark.parametrize("label", ["", "  ", "a\nb", "a\0", "x" * 201])
def test_a_label_is_short_and_printable(label):
    with pytest.raises(InvalidDataError, match="is not a label: give 1 to 200 printable"):
        Component(label=label)


def test_a_label_is_not_the_smiles_of_the_same_text():
    assert Component(label="CO") != Component("CO")


@pytest.mark.parametrize(
    ("fields", "words"), [({}, "neither was given"), ({"smiles": "C", "label": "x"}, "both were")]
)
def test_a_component_has_either_a_smiles_or_a_label(fields, words):
    with pytest.raises(InvalidDataError, match=f"a component has a SMILES or a label; {words}"):
        Component(**fields)


@pytest.mark.parametrize("role", ["solvent", "solute", "ligand", "receptor"])
def test_the_roles_are_given_by_name_or_as_themselves(role):
    assert Component("C", role).role is ComponentRole(role)
    assert Component("C", role.upper()) == Component("C", ComponentRole(role))


def test_a_component_is_a_solvent_unless_told_otherwise():
    assert Component("C").role is ComponentRole.SOLVENT


def test_components_in_different_roles_differ():
    assert Component("C", "solute") != Component("C", "solvent")


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("solvant", "'solvant' is not a role; did you mean 'solvent' or 'solute'?"),
        ("x", "'x' is not a role; known are 'ligand', 'receptor', 'solute', 'solvent'."),
        (5, "5 is not a role; known are"),
        (None, "None is not a role; known are"),
    ],
)
def test_another_role_is_refused_with_the_nearest_right_ones(role, words):
    with pytest.raises(InvalidDataError) as caught:
        Component("C", role)

    assert words in str(caught.value)


def test_another_role_in_json_is_refused():
    with pytest.raises(ValueError, match="'solvent', 'solute', 'ligand' or 'receptor'"):
        Component.model_validate_json('{"smiles":"C","role":"solvant"}')


@pytest.mark.parametrize(
    ("component", "text"),
    [
        (Component("OC"), "Component('CO')"),
        (Component("OC", "solute"), "Component('CO', role='solute')"),
        (Component(label="ice"), "Component(label='ice')"),
    ],
)
def test_the_representation_makes_the_component_again(component, text):
    assert repr(component) == text
    assert eval(text) == component


def test_the_json_of_a_component_has_no_more_than_was_given():
    assert Component("OC").model_dump_json() == '{"smiles":"CO","role":"solvent"}'


def test_the_canonicaliser_is_named_with_its_version():
    name, version = canonicaliser().split()

    assert name == "rdkit"
    assert version[0].isdigit()


def test_the_smiles_of_a_real_data_set_are_canonical_for_good(real_data):
    with (real_data / "sage-train-v1.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in rows[0] if name.startswith("Component")]
    smiles = {row[name] for row in rows for name in columns if row[name]}

    assert len(smiles) > 50
    for one in smiles:
        assert canonical_smiles(canonical_smiles(one)) == canonical_smiles(one)


def test_rdkit_is_not_imported_before_the_first_smiles():
    script = (
        "import sys; from propstore.model import Component; Component(label='ice');"
        "assert not {'rdkit', 'pint', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@thorough
@given(components)
def test_a_component_survives_json_pickle_and_copy(component):
    for again in (
        Component.model_validate_json(component.model_dump_json()),
        pickle.loads(pickle.dumps(component)),
        copy.deepcopy(component),
    ):
        assert again == component
        assert hash(again) == hash(component)
