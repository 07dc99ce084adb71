from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from propstore.errors import InvalidLocationError
from propstore.external.location import (
    ancestors,
    is_valid_location,
    normalise_location,
    normalise_prefix,
)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("data/sample.txt", "data/sample.txt"),
        ("./data//sample.txt/", "data/sample.txt"),
        ("...", "..."),
        ("..a/b..", "..a/b.."),
        (" ", " "),
        ("data/.propstore-tmp", "data/.propstore-tmp"),
        ("n" * 255, "n" * 255),
    ],
)
def test_a_location_has_one_spelling(location: str, expected: str) -> None:
    assert normalise_location(location) == expected


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", ""),
        ("data", "data"),
        ("data/", "data/"),
        (".//data//sam", "data/sam"),
        ("./", ""),
        ("data/.", "data/."),
        (".propstore", ".propstore"),
    ],
)
def test_a_prefix_may_end_in_a_name(prefix: str, expected: str) -> None:
    assert normalise_prefix(prefix) == expected


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("a/../b", "'..'"),
        ("/etc/passwd", "absolute"),
        ("nul\0", "control character"),
        ("", "names no resource"),
        (b"bytes", "bytes"),
        ("x" * 300, "255 bytes"),
        ("é" * 128, "255 bytes"),
    ],
)
def test_an_error_says_what_is_wrong(location: str, says: str) -> None:
    with pytest.raises(InvalidLocationError, match=says):
        normalise_location(location)


def test_ancestors_begin_with_the_nearest() -> None:
    assert ancestors("a/b/c") == ["a/b", "a"]
    assert ancestors("a") == []


@given(st.text(alphabet="./ab\0é\n", max_size=12))
def test_a_normalised_location_stays_inside_and_as_it_is(location: str) -> None:
    if not is_valid_location(location):
        return
    normalised = normalise_location(location)
    assert normalise_location(normalised) == normalised
    assert not {"", ".", ".."} & set(normalised.split("/"))


@given(st.text(alphabet="./ab", max_size=10), st.text(alphabet="./ab", max_size=10))
def test_every_beginning_of_a_location_is_a_prefix_of_it(beginning: str, rest: str) -> None:
    location = beginning + rest
    assume(beginning.rpartition("/")[2] != "..")  # refused, since it may be meant to lead out
    if is_valid_location(location) and normalise_location(location) == location:
        assert normalise_prefix(beginning) == beginning
