"""The rows of a CSV text, each with the physical line on which it begins.

A row that can't be read costs that row only. In particular a quote that is never closed does not
swallow the lines after it: they are read again as rows of their own.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO

from propstore.errors import InterchangeError
from propstore.interchange.report import Rejection

__all__ = ["CsvRow", "opened_lines", "split_rows"]

MAXIMUM_LINES_OF_A_ROW = 20
"""Over how many lines the quoted cells of one row may go."""


class CsvRow(NamedTuple):
    """The cells of one row, without the spaces around them.

    Attributes
    ----------
    line
        The physical line on which the row begins; the first line of the text is 1.
    cells
        As many as the header has.
    """

    line: int
    cells: list[str]


@contextmanager
def opened_lines(source: str | Path | TextIO) -> Iterator[Iterator[str]]:
    """Open a text and give its lines.

    Bytes that are not UTF-8 come through as lone surrogates, so that `split_rows` can say on
    which line they are.

    Parameters
    ----------
    source
        A path, or an open text stream, which is left open.

    Raises
    ------
    InterchangeError
        If the file can't be read, or a stream has bytes that are not of its encoding.
    """
    if not isinstance(source, str | Path):
        yield _lines(source)
        return
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(
                Path(source).open(encoding="utf-8", errors="surrogateescape", newline="")
            )
        except OSError as error:
            raise InterchangeError(f"{source} can't be read: {error.strerror or error}.") from error
        yield _lines(stream)


def _lines(stream: TextIO) -> Iterator[str]:
    try:
        for first in stream:
            yield first.removeprefix("\ufeff")
            break
        yield from stream
    except UnicodeDecodeError as error:
        raise InterchangeError(f"the text is not {error.encoding}: {error}.") from error


def split_rows(lines: Iterable[str]) -> Iterator[CsvRow | Rejection]:
    """Split lines into rows; the first is the header, and blank ones are left out.

    Parameters
    ----------
    lines
        The physical lines, with their line ends.

    Yields
    ------
    CsvRow or Rejection
        A row; or where there is one that is not CSV, is not UTF-8, or has another number of cells
        than the header.
    """
    numbered = enumerate(lines, start=1)
    ahead: deque[tuple[int, str]] = deque()
    width: int | None = None
    while ahead or (ahead := deque(islice(numbered, 1))):
        line, text = ahead.popleft()
        try:
            cells, taken = _row_from(text, numbered, ahead)
            if not any(cells):
                continue
            if width is not None and len(cells) != width:
                raise csv.Error(f"it has {len(cells)} cells where the header has {width}")
        except csv.Error as error:
            yield Rejection(f"line {line}", f"{error}.")
            continue
        width = len(cells)
        for _ in range(taken):
            ahead.popleft()
        yield CsvRow(line, cells)


def _row_from(
    text: str, numbered: Iterator[tuple[int, str]], ahead: deque[tuple[int, str]]
) -> tuple[list[str], int]:
    """Read the row that a line begins, and say how many of the lines ahead belong to it."""
    for taken in range(MAXIMUM_LINES_OF_A_ROW):
        _check_characters(text)
        try:
            rows = list(csv.reader([text], strict=True))
        except csv.Error:
            if text.count('"') % 2 == 0:
                raise
        else:
            return [cell.strip() for row in rows for cell in row], taken
        if taken == len(ahead):
            ahead.extend(islice(numbered, 1))
        if taken == len(ahead):
            break
        text += ahead[taken][1]
    raise csv.Error("a quote is opened in it and not closed")


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        byte = ord(text[error.start]) - 0xDC00
        raise csv.Error(
            f"it is not UTF-8: character {error.start + 1} is the byte 0x{byte:02x}; "
            "save the table as UTF-8"
        ) from None
    if "\0" in text:
        raise csv.Error(f"character {text.index(chr(0)) + 1} is a NUL")
