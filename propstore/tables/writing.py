"""Property tables out: the columns of OpenFF Evaluator's ``PhysicalPropertyDataSet.to_pandas()``.

Values are written with all their digits, so that a table that is read again gives the same records.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from propstore.errors import InterchangeError
from propstore.model.stored_data import StoredData
from propstore.tables.layout import Cell, TableLayout

if TYPE_CHECKING:
    import pandas

__all__ = ["export_table", "to_frame"]


class _Table:
    """The rows of an export, and which columns all of them together need."""

    def __init__(self, matches: Iterable[tuple[str, StoredData, object]]) -> None:
        self._layout = TableLayout()
        self.rows = [self._layout.row(key, record) for key, record, _ in matches]

    def header(self) -> list[str]:
        return self._layout.header()

    def cells(self) -> Iterator[list[Cell]]:
        return map(self._layout.cells, self.rows)


def export_table(
    matches: Iterable[tuple[str, StoredData, object]], target: str | Path | TextIO
) -> int:
    """Write records as a property table in CSV.

    The column ``Id`` has a record's tag ``id``, or its key where there is none. Densities are in
    g/ml and molar energies in kJ/mol, as OpenFF Evaluator has them; a property that it does not
    know is in the unit of the first record.

    Parameters
    ----------
    matches
        Keys, records and paths, as a selection gives them.
    target
        The path of the file, which is replaced if there is one, or an open text stream.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    ObjectTypeError
        If a record is not a `PropertyData`.
    InterchangeError
        If the file can't be written.
    """
    table = _Table(matches)
    if not isinstance(target, str | Path):
        _write(table, target)
        return len(table.rows)
    try:
        with Path(target).open("w", encoding="utf-8", newline="") as stream:
            _write(table, stream)
    except OSError as error:
        raise InterchangeError(f"{target} can't be written: {error.strerror or error}.") from error
    return len(table.rows)


def to_frame(matches: Iterable[tuple[str, StoredData, object]]) -> pandas.DataFrame:
    """Give records as a data frame, with the columns and the values of `export_table`.

    Parameters
    ----------
    matches
        Keys, records and paths, as a selection gives them.

    Returns
    -------
    pandas.DataFrame
        One row a record; numbers are floats, with NaN where there is none.

    Raises
    ------
    ImportError
        If pandas is not installed.
    ObjectTypeError
        If a record is not a `PropertyData`.
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            "a data frame needs pandas, which is not installed: pip install 'propstore[pandas]'"
        ) from error
    table = _Table(matches)
    frame = pandas.DataFrame(list(table.cells()), columns=table.header())
    numeric = [name for name in frame.columns if _is_numeric(name)]
    return frame.astype({**dict.fromkeys(numeric, "float64"), "N Components": "int64"})


def _write(table: _Table, stream: TextIO) -> None:
    plain = csv.writer(stream, lineterminator="\n")
    # A writer does not quote a lone carriage return, at which readers end a line all the same.
    quoting = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(table.header())
    for cells in table.cells():
        has_return = any(isinstance(cell, str) and "\r" in cell for cell in cells)
        (quoting if has_return else plain).writerow(cells)


def _is_numeric(header: str) -> bool:
    return header.endswith(")") or header.startswith(("Mole Fraction ", "Exact Amount "))
