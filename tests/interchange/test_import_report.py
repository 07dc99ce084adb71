"""The summary of an import."""

from __future__ import annotations

from propstore.interchange import ImportReport, Rejection


def test_a_rejection_reads_as_a_place_and_a_reason() -> None:
    assert str(Rejection("line 17", "it is bad")) == "line 17: it is bad"


def test_a_reason_of_several_lines_is_shown_on_one() -> None:
    assert str(Rejection("line 17", "2 faults:\n  one\n  two")) == "line 17: 2 faults: one two"


def test_a_summary_counts_the_good_and_the_bad_and_names_what_is_bad() -> None:
    report = ImportReport(
        added=1032,
        present=2,
        rejected=(Rejection("line 17", "Phase 'Plasma': no phase"),),
        missing=("0c5851fb", "4a26911d"),
        ignored_columns=("Colour",),
    )
    assert report.summary().splitlines() == [
        "1,032 added, 2 present already, 1 rejected, 2 missing",
        "rejected:",
        "  line 17: Phase 'Plasma': no phase",
        "missing:",
        "  0c5851fb",
        "  4a26911d",
        "columns not read:",
        "  Colour",
    ]


def test_a_summary_of_many_rejections_lists_the_first_twenty() -> None:
    rejected = tuple(Rejection(f"line {number}", "bad") for number in range(100))
    lines = ImportReport(rejected=rejected).summary().splitlines()
    assert lines[0] == "0 added, 0 present already, 100 rejected, 0 missing"
    assert lines[-2:] == ["  line 19: bad", "  and 80 more"]
