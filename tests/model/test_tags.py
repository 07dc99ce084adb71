"""Tags are small strings under short names."""

from __future__ import annotations

import pytest

import propstore as ps
from propstore.errors import InvalidTagError
from propstore.model.tags import checked_tags


@pytest.mark.parametrize(
    "tags",
    [{}, {"project": "sage"}, {"_x-1": ""}, {"a": "é" * 256}, {f"n{i}": "x" for i in range(64)}],
)
def test_small_strings_under_short_names_are_taken(tags):
    assert checked_tags(tags) == tags


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ([("a", "b")], "tags are a dictionary of strings, not"),
        (None, "tags are a dictionary of strings, not None"),
        ({"": "x"}, "'' is not the name of a tag"),
        ({"a b": "x"}, "'a b' is not the name of a tag: letters, digits"),
        ({"1a": "x"}, "'1a' is not the name of a tag"),
        ({"a.b": "x"}, "'a.b' is not the name of a tag"),
        ({"é": "x"}, "'é' is not the name of a tag"),
        ({"a" * 65: "x"}, "is not the name of a tag"),
        ({5: "x"}, "5 is not the name of a tag"),
        ({"a": 5}, "the tag 'a' has 5; a tag is a string of at most 256 characters"),
        ({"a": None}, "the tag 'a' has None"),
        ({"a": "x" * 257}, "the tag 'a' has 'xxx"),
        ({"a": "x\0"}, "the tag 'a' has"),
        ({"a": "\ud800"}, "the tag 'a' has"),
        ({f"n{i}": "x" for i in range(65)}, "at most 64 tags; 65 were given"),
    ],
)
def test_other_tags_are_refused(tags, words):
    with pytest.raises(InvalidTagError, match=words):
        checked_tags(tags)


def test_a_record_has_its_own_tags():
    given = {"project": "sage"}
    record = ps.ForceFieldData(force_field_source="<SMIRNOFF/>", tags=given)
    given["project"] = "other"

    assert record.tags == {"project": "sage"}


def test_wrong_tags_are_refused_where_the_record_is_made():
    with pytest.raises(InvalidTagError, match=r"ForceFieldData\.tags: the tag 'a' has 5"):
        ps.ForceFieldData(force_field_source="<SMIRNOFF/>", tags={"a": 5})
