"""Lines become rows, and a line that is damaged costs itself only."""

from __future__ import annotations

from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest

from propstore.errors import InterchangeError
from propstore.interchange import Rejection
from propstore.interchange.tables.csv_rows import CsvRow, opened_lines, split_rows


def split(text: str) -> list[CsvRow | Rejection]:
    return list(split_rows(StringIO(text, newline="")))


def split_bytes(content: bytes, path: Path) -> list[CsvRow | Rejection]:
    path.write_bytes(content)
    with opened_lines(path) as lines:
        return list(split_rows(lines))


def test_cells_lose_the_spaces_around_them_and_keep_what_is_quoted() -> None:
    assert split('a, b\n"x, ""y""",  z \n') == [
        CsvRow(1, ["a", "b"]),
        CsvRow(2, ['x, "y"', "z"]),
    ]


def test_blank_lines_count_and_are_left_out() -> None:
    assert split("\na,b\n\n  \n,,\n,\n1,2\n") == [
        CsvRow(2, ["a", "b"]),
        CsvRow(7, ["1", "2"]),
    ]


def test_a_row_of_several_lines_has_the_number_of_its_first() -> None:
    assert split('a,b\n"1\n1",2\n3,4\n') == [
        CsvRow(1, ["a", "b"]),
        CsvRow(2, ["1\n1", "2"]),
        CsvRow(4, ["3", "4"]),
    ]


@pytest.mark.parametrize("line", ["1", "1,2,3", "1,2,"])
def test_a_row_of_another_length_than_the_header_is_rejected(line: str) -> None:
    count = line.count(",") + 1
    assert split(f"a,b\n{line}\n3,4\n")[1:] == [
        Rejection("line 2", f"it has {count} cells where the header has 2."),
        CsvRow(3, ["3", "4"]),
    ]


def test_a_quote_that_is_never_closed_costs_its_own_line_only() -> None:
    good = [f"{number},{number}" for number in range(3, 100)]
    found = split("\n".join(["a,b", '"1,2', *good]))
    assert found[1] == Rejection("line 2", "a quote is opened in it and not closed.")
    assert found[2:] == [CsvRow(int(line[:2].strip(",")), line.split(",")) for line in good]


def test_two_stray_quotes_do_not_swallow_the_rows_between_them() -> None:
    found = split('a,b\n"1,2\n3,4\n5,"6\n7,8\n')
    assert [one for one in found if isinstance(one, CsvRow)] == [
        CsvRow(1, ["a", "b"]),
        CsvRow(3, ["3", "4"]),
        CsvRow(5, ["7", "8"]),
    ]
    assert [one.where for one in found if isinstance(one, Rejection)] == ["line 2", "line 4"]


def test_text_after_a_closing_quote_is_rejected() -> None:
    assert isinstance(split('a,b\n"1"x,2\n')[1], Rejection)


def test_a_nul_is_rejected_with_its_place() -> None:
    assert split("a,b\n1,\0\n3,4\n")[1:] == [
        Rejection("line 2", "character 3 is a NUL."),
        CsvRow(3, ["3", "4"]),
    ]


def test_a_cell_longer_than_any_cell_is_rejected() -> None:
    found = split(f"a,b\n{'x' * 200_000},2\n3,4\n")
    assert isinstance(found[1], Rejection)
    assert found[2] == CsvRow(3, ["3", "4"])


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_may_end_as_on_any_system(end: bytes, tmp_path: Path) -> None:
    rows = [CsvRow(1, ["a", "b"]), CsvRow(2, ["1", "2"])]
    assert split_bytes(b"a,b" + end + b"1,2" + end, tmp_path / "table.csv") == rows


def test_a_line_that_is_not_utf8_is_rejected_with_the_byte(tmp_path: Path) -> None:
    found = split_bytes(b"a,b\n1,caf\xe9\n3,4\n", tmp_path / "latin.csv")
    assert found[1] == Rejection(
        "line 2", "it is not UTF-8: character 6 is the byte 0xe9; save the table as UTF-8."
    )
    assert found[2] == CsvRow(3, ["3", "4"])


def test_a_stream_with_bytes_that_are_not_of_its_encoding_is_an_error() -> None:
    stream = TextIOWrapper(BytesIO(b"a,b\n1,caf\xe9\n"), encoding="utf-8")
    with pytest.raises(InterchangeError, match="the text is not utf-8"), opened_lines(stream) as on:
        list(split_rows(on))


def test_a_stream_is_left_open() -> None:
    stream = StringIO("\ufeffa,b\n")
    with opened_lines(stream) as lines:
        assert list(split_rows(lines)) == [CsvRow(1, ["a", "b"])]
    assert not stream.closed
