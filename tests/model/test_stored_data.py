"""Records: their documents, their identity, and types of one's own."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import Annotated, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    Field,
    PrivateAttr,
    computed_field,
)

import propstore as ps
from propstore.errors import (
    CorruptRecordError,
    DimensionError,
    InvalidDataError,
    InvalidSmilesError,
    ObjectTypeError,
)
from propstore.model import load_document
from tests.model.documents_of import documents_of
from tests.model.strategies import records, texts, thorough


class Viscosity(ps.HashableStoredData, type_name="tests.viscosity@v1"):
    """A record type of one's own takes about ten lines."""

    indexed_fields: ClassVar[tuple[str, ...]] = ("shear_rate",)

    substance: ps.Substance
    viscosity: Annotated[ps.Quantity, ps.Dimension("viscosity", "Pa*s", minimum=0.0)]
    shear_rate: float
    method: str = "NEMD"


class Box(ps.ReplaceableData, type_name="tests.box@v1"):
    identity_fields: ClassVar[tuple[str, ...]] = ("substance", "edge")

    substance: ps.Substance
    edge: ps.Quantity
    quality: float

    @classmethod
    def most_information(cls, stored: Box, candidate: Box) -> Box:
        return candidate if candidate.quality > stored.quality else stored


class Note(ps.StoredData, type_name="tests.note@v1"):
    text: str = ""


WATER = ps.Substance({"O": 1.0})
VISCOSITY = Viscosity(substance=WATER, viscosity="0.89 mPa*s", shear_rate=1.0)


def test_a_document_names_its_type_first():
    assert VISCOSITY.to_json() == (
        '{"type":"tests.viscosity@v1","substance":{"amounts":[{"component":{"smiles":"O","role":'
        '"solvent"},"mole_fraction":1.0}]},"viscosity":{"value":0.89,"unit":"mPa*s"},'
        '"shear_rate":1.0,"method":"NEMD"}'
    )


def test_a_record_without_fields_is_a_document_too():
    class Empty(ps.HashableStoredData, type_name="tests.empty@v1"):
        pass

    assert Empty().to_json() == '{"type":"tests.empty@v1"}'
    assert load_document(Empty().to_json()) == Empty()


@pytest.mark.parametrize("text", documents_of(VISCOSITY))
@pytest.mark.parametrize("trusted", [True, False])
def test_a_document_is_read_in_any_form_that_json_has(text, trusted):
    record = load_document(text, trusted=trusted)

    assert type(record) is Viscosity
    assert record == VISCOSITY
    assert record.identity() == VISCOSITY.identity()


@thorough
@given(records, st.booleans())
def test_every_record_survives_json(record, trusted):
    for text in documents_of(record):
        again = load_document(text, trusted=trusted)

        assert type(again) is type(record)
        assert again == record
        assert hash(again) == hash(record)
        assert again.identity() == record.identity()
        assert again.to_json() == record.to_json()
        assert (again.tags, again.provenance) == (record.tags, record.provenance)


@thorough
@given(records)
def test_every_record_survives_pickle_and_copy(record):
    for again in (
        pickle.loads(pickle.dumps(record)),
        copy.copy(record),
        copy.deepcopy(record),
        record.model_copy(deep=True),
    ):
        assert again == record
        assert again.identity() == record.identity()
        assert again.to_json() == record.to_json()


def test_a_misspelt_field_is_refused_with_the_nearest_right_name():
    with pytest.raises(InvalidDataError, match=r"shear_rat: .* did you mean 'shear_rate'"):
        Viscosity(substance=WATER, viscosity="1 mPa*s", shear_rat=1.0)


def test_a_field_of_one_s_own_has_its_dimension_checked():
    with pytest.raises(
        DimensionError, match=r"Viscosity\.viscosity: 1\.0 K is temperature; a visc"
    ):
        Viscosity(substance=WATER, viscosity="1 K", shear_rate=1.0)


def test_a_derived_value_is_not_stored():
    class Sphere(ps.HashableStoredData, type_name="tests.sphere@v1"):
        radius: float

        @computed_field
        @property
        def diameter(self) -> float:
            return 2 * self.radius

    assert Sphere(radius=1.0).to_json() == '{"type":"tests.sphere@v1","radius":1.0}'
    assert load_document(Sphere(radius=1.0).to_json()).diameter == 2.0


def test_a_field_with_an_alias_is_stored_under_its_name():
    class Aliased(ps.HashableStoredData, type_name="tests.aliased@v1"):
        size: float = Field(alias="length")

    record = Aliased(length=1.0)

    assert record.to_json() == '{"type":"tests.aliased@v1","size":1.0}'
    assert [load_document(text) for text in documents_of(record)] == [record] * 3


def test_what_a_record_remembers_privately_is_not_stored():
    class Remembering(ps.HashableStoredData, type_name="tests.remembering@v1"):
        size: float
        _seen: int = PrivateAttr(5)

    assert load_document(Remembering(size=1.0).to_json()) == Remembering(size=1.0)


def test_a_type_without_a_name_can_not_be_stored():
    class Nameless(ps.PropertyData):
        pass

    with pytest.raises(ObjectTypeError, match="Nameless has no type name and can't be stored"):
        Nameless.model_construct().stored_type_name()


def test_a_subclass_of_a_record_type_is_another_type():
    class Better(Viscosity, type_name="tests.better_viscosity@v1"):
        order: int = 2

    better = Better(substance=WATER, viscosity="0.89 mPa*s", shear_rate=1.0)

    assert better != VISCOSITY
    assert better.identity() != VISCOSITY.identity()
    assert type(Viscosity.from_json(better.to_json())) is Better


def test_from_json_refuses_a_document_of_another_type():
    with pytest.raises(ObjectTypeError, match="the document is a Viscosity, not a PropertyData"):
        ps.PropertyData.from_json(VISCOSITY.to_json())


def test_from_json_makes_smiles_canonical():
    text = VISCOSITY.to_json().replace('"smiles":"O"', '"smiles":"[H]O[H]"')

    assert Viscosity.from_json(text) == VISCOSITY
    with pytest.raises(CorruptRecordError, match="'xyz' is not a SMILES"):
        Viscosity.from_json(text.replace("[H]O[H]", "xyz"))


def test_hashable_records_are_one_if_all_fields_are():
    same = Viscosity(substance=WATER, viscosity="0.00089 Pa*s", shear_rate=1.0)
    other = Viscosity(substance=WATER, viscosity="0.89 mPa*s", shear_rate=2.0)

    assert len({VISCOSITY, same, other}) == 2
    assert VISCOSITY.identity() == same.identity() != other.identity()


def test_a_record_is_equal_to_no_other_thing():
    assert VISCOSITY.to_json() != VISCOSITY
    assert Note() != ps.ForceFieldData(force_field_source="x")


def test_replaceable_records_are_one_if_their_identity_fields_are():
    good, bad = (Box(substance=WATER, edge="3 nm", quality=q) for q in (2.0, 1.0))

    assert good.identity() == bad.identity()
    assert good != bad
    assert Box.most_information(good, bad) is Box.most_information(bad, good) is good
    assert good.identity() != Box(substance=WATER, edge="4 nm", quality=2.0).identity()
    assert good.identity() == Box(substance=WATER, edge="30 angstrom", quality=2.0).identity()


def test_other_records_have_no_identity_and_are_all_kept():
    assert Note(text="a").identity() is None
    assert Note(text="a") == Note(text="a")


def test_a_copy_with_other_values_has_its_own_identity():
    assert VISCOSITY.identity()
    copied = VISCOSITY.model_copy(update={"shear_rate": 2.0})

    assert copied.identity() != VISCOSITY.identity()


def test_a_record_does_not_share_what_it_was_made_from():
    settings = {"a": [1]}
    record = ps.ForceFieldData(force_field_source="<SMIRNOFF/>", settings=settings)
    settings["a"].append(2)

    assert record.settings == {"a": [1]}


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), ("1", 1), (None, "")])
def test_json_values_that_python_or_a_reader_may_confuse_are_different(one, other):
    first, second = (
        ps.ForceFieldData(force_field_source="<SMIRNOFF/>", settings={"a": value})
        for value in (one, other)
    )

    assert first != second
    assert first.identity() != second.identity()


def test_whole_numbers_are_one_with_and_without_a_point():
    one, other = (
        ps.ForceFieldData(force_field_source="<SMIRNOFF/>", settings={"a": value})
        for value in (1, 1.0)
    )

    assert one == other
    assert one.identity() == other.identity()
    assert hash(one) == hash(other)


@thorough
@given(texts)
def test_any_text_survives(text):
    note = Note(text=text, tags={"a": text})

    assert load_document(note.to_json()).text == text
    assert load_document(note.to_json()).tags == {"a": text}


def test_importing_the_model_and_making_a_record_imports_nothing_heavy():
    script = """
import sys
from propstore.model import ForceFieldData, Quantity, ThermodynamicState, load_document
state = ThermodynamicState("25 degC", "1 atm")
record = ForceFieldData(force_field_source="<SMIRNOFF/>")
assert load_document(record.to_json()) == record
heavy = {"rdkit", "pint", "numpy", "netCDF4", "pandas", "xarray", "obstore"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_reading_a_stored_record_imports_no_rdkit():
    script = f"""
import sys
from propstore.model import load_document
text = {ps.ForceFieldData(force_field_source="x").to_json()!r}
load_document(text)
text = '{{"type":"propstore.property_data@v1","property_type":"Density","substance":{{"amounts":' \\
    '[{{"component":{{"smiles":"O","role":"solvent"}},"mole_fraction":1.0}}]}},' \\
    '"thermodynamic_state":{{"temperature":{{"value":298.15,"unit":"K"}},"pressure":null}},' \\
    '"phase":"liquid","value":{{"value":997.0,"unit":"kg/m**3"}}}}'
assert load_document(text).substance.identity
assert not {{"rdkit", "pint"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_an_invalid_smiles_in_a_record_is_an_error_of_its_own():
    with pytest.raises(InvalidSmilesError, match="'xyz' is not a SMILES"):
        Viscosity(
            substance={"amounts": [{"component": {"smiles": "xyz"}, "mole_fraction": 1.0}]},
            viscosity="1 mPa*s",
            shear_rate=1.0,
        )
