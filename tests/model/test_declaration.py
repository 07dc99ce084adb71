"""What a declared record type has to be, so that each of its records can be read again."""

from __future__ import annotations

from typing import ClassVar

import pytest
from pydantic import ConfigDict, Field

import propstore as ps


@pytest.mark.parametrize("name", ["type", "tags", "provenance"])
def test_a_field_can_not_have_a_name_that_propstore_keeps_for_itself(name):
    with pytest.raises(TypeError, match=rf"Wrong can't have fields called \['{name}'\]"):
        type(
            "Wrong",
            (ps.StoredData,),
            {"__annotations__": {name: str}, "__module__": __name__},
            type_name="tests.wrong@v1",
        )


@pytest.mark.filterwarnings("ignore:Field name .* shadows an attribute")
@pytest.mark.parametrize("name", ["identity", "to_json", "type_name", "most_information"])
def test_a_field_can_not_take_the_place_of_a_method(name):
    with pytest.raises(TypeError, match=rf"Wrong can't have fields called \['{name}'\]"):
        type(
            "Wrong",
            (ps.ReplaceableData,),
            {"__annotations__": {name: str}, "__module__": __name__},
        )


def test_a_field_can_not_be_left_out_of_json():
    with pytest.raises(TypeError, match=r"Wrong would lose \['size'\]"):

        class Wrong(ps.StoredData, type_name="tests.wrong@v1"):
            size: float = Field(exclude=True)


@pytest.mark.parametrize("config", [ConfigDict(frozen=False), ConfigDict(extra="allow")])
def test_records_are_frozen_and_have_no_other_fields(config):
    with pytest.raises(TypeError, match="Wrong has to be frozen, and can't allow extra fields"):

        class Wrong(ps.StoredData, type_name="tests.wrong@v1"):
            model_config = config
            size: float


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("colour",), r"indexed_fields names \['colour'\], no fields of its own"),
        (("tags",), r"indexed_fields names \['tags'\], no fields of its own"),
        ("size", "indexed_fields is a tuple of names, not 'size'"),
        (["size"], r"indexed_fields is a tuple of names, not \['size'\]"),
    ],
)
def test_indexed_fields_are_fields_of_the_type(names, words):
    with pytest.raises(TypeError, match=words):

        class Wrong(ps.StoredData, type_name="tests.wrong@v1"):
            indexed_fields: ClassVar[tuple[str, ...]] = names
            size: float


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("colour",), r"identity_fields names \['colour'\], no fields of its own"),
        (("size", "provenance"), r"identity_fields names \['provenance'\], no fields of its own"),
        ("size", "identity_fields is a tuple of names, not 'size'"),
        ((), "is replaceable and needs identity_fields and most_information"),
    ],
)
def test_identity_fields_are_fields_of_the_type(names, words):
    with pytest.raises(TypeError, match=words):

        class Wrong(ps.ReplaceableData, type_name="tests.wrong@v1"):
            identity_fields: ClassVar[tuple[str, ...]] = names
            size: float

            @classmethod
            def most_information(cls, stored, candidate):
                return stored


def test_a_replaceable_type_has_to_say_which_record_tells_more():
    with pytest.raises(TypeError, match="needs identity_fields and most_information"):

        class Wrong(ps.ReplaceableData, type_name="tests.wrong@v1"):
            identity_fields: ClassVar[tuple[str, ...]] = ("size",)
            size: float


def test_a_base_class_without_a_name_may_leave_it_to_its_subclasses():
    class Measured(ps.ReplaceableData):
        quality: float

        @classmethod
        def most_information(cls, stored, candidate):
            return max(stored, candidate, key=lambda record: record.quality)

    class Size(Measured, type_name="tests.measured_size@v1"):
        identity_fields: ClassVar[tuple[str, ...]] = ("name",)
        name: str

    assert Size(name="a", quality=1.0).identity() == Size(name="a", quality=2.0).identity()
