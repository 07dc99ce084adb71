"""In what two stores differ: records that only one has, and those with another content."""

from __future__ import annotations

from pathlib import Path

import pytest

import propstore as ps
from propstore.testing.samples import box, box_files, density
from propstore.transfer import StoreDifference, TransferReport


@pytest.fixture
def pair(tmp_path):
    with ps.LocalFileStorage(tmp_path / "a") as first, ps.TinyDBStorage(tmp_path / "b") as second:
        yield first, second


def test_a_store_does_not_differ_from_itself(pair):
    first, _ = pair
    first.store_object(density())
    assert list(first.differences(first)) == []


def test_records_that_only_one_has_are_given_with_their_keys(pair):
    first, second = pair
    mine, theirs = first.store_object(density()), second.store_object(density("300 K"))
    assert list(first.differences(second)) == [
        StoreDifference("only in the first", mine),
        StoreDifference("only in the second", theirs),
    ]


def test_a_record_is_the_same_under_another_key_and_stored_at_another_time(pair):
    first, second = pair
    assert first.store_object(density()) != second.store_object(density())
    assert list(first.differences(second)) == []


def test_one_identity_with_another_content_is_a_difference_that_is_explained(pair, tmp_path):
    first, second = pair
    key = first.store_object(box(2.0), box_files(tmp_path / "one"))
    second.store_object(box(3.0), box_files(tmp_path / "two", "HETATM"))
    (difference,) = first.differences(second)
    assert difference == StoreDifference(
        "different",
        key,
        "statistical_inefficiency 2.0, in the other 3.0; the file box.pdb",
    )


def test_a_record_with_files_differs_from_one_without(pair, tmp_path):
    first, second = pair
    key = first.store_object(density(), box_files(tmp_path / "files"))
    second.store_object(density())
    (difference,) = first.differences(second)
    assert difference == StoreDifference("different", key, "it has files, the other none")


def test_many_differences_are_counted_and_the_first_told(pair, tmp_path):
    first, second = pair
    first.store_object(density(), tags=dict.fromkeys("abcde", "1"))
    second.store_object(density())
    (difference,) = first.differences(second)
    assert difference.reason.endswith("tag c '1', in the other none; and 2 more")


def test_files_are_compared_by_the_digests_that_were_stored(tmp_path):
    with ps.LocalFileStorage(tmp_path / "a") as first, ps.LocalFileStorage(tmp_path / "b") as other:
        key = first.store_object(box(), box_files(tmp_path / "files"))
        other.update(first)
        (Path(first.retrieve_object(key)[1]) / "box.pdb").write_text("damaged")
        assert list(first.differences(other)) == []  # that is for "propstore verify" to find


def test_a_report_with_many_conflicts_lists_the_first_and_counts_the_rest():
    from propstore.transfer import Conflict

    report = TransferReport(
        added=1000,
        outdone=2,
        removed=1,
        conflicts=tuple(Conflict(f"k{n}", f"k{n}", "other") for n in range(25)),
        renamed=(("a1", "b1"),),
    )
    lines = report.summary().splitlines()
    assert lines[0] == (
        "1,000 added, 0 present already, 0 replaced, 2 outdone by what is there, 25 in conflict, "
        "1 removed meanwhile"
    )
    assert lines[1] == "1 under another key, which they had there before"
    assert (lines[2], lines[-1], len(lines)) == ("  k0: other", "  and 5 more", 23)
    assert report.total == 1028
