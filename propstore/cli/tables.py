"""Records as tables: many in rows, or one in full."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

from rich.table import Table
from rich.text import Text

from propstore.backends import Match
from propstore.backends.generation import Generation
from propstore.cli.files import Files, names_and_sizes
from propstore.cli.record_types import short_name
from propstore.cli.sizes import readable_size
from propstore.model import PropertyData, StoredData, UnknownData

__all__ = ["details_table", "history_table", "records_table", "titled_table"]

SHORTEST_KEY = 8
LONGEST_TEXT = 300
"""How many characters of a text are shown: a force field has a hundred thousand."""


class _Column(NamedTuple):
    title: str
    cell: Callable[[StoredData], str]
    justify: Literal["left", "right"] = "left"
    may_shrink: bool = False


def records_table(matches: Sequence[Match[StoredData]]) -> Table:
    """Show records, one a row; a column that none of them has anything for is left out."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Key", no_wrap=True, style="cyan")
    length = _telling_length([match.key for match in matches])
    rows = [[Text(match.key[:length])] for match in matches]
    for column in _COLUMNS:
        cells = [column.cell(match.record) for match in matches]
        if not any(cells):
            continue
        table.add_column(column.title, justify=column.justify, no_wrap=not column.may_shrink)
        for row, cell in zip(rows, cells, strict=True):
            row.append(Text(cell, no_wrap=True, overflow="ellipsis"))
    for row in rows:
        table.add_row(*row)
    return table


def details_table(match: Match[StoredData], files_place: str) -> Table:
    """Show all that there is of a record.

    Parameters
    ----------
    match
        The record.
    files_place
        Where its files are, in words.
    """
    record = match.record
    rows = [("key", match.key), ("type", str(record.stored_type_name()))]
    rows += [(name, _field_text(value)) for name, value in _fields(record) if value is not None]
    rows += [(f"tag {name}", value) for name, value in record.tags.items()]
    stored = record.provenance
    if stored is not None:
        time = f"{stored.time:%Y-%m-%d %H:%M:%S} UTC"
        who = f"{stored.user} on {stored.host}, propstore {stored.propstore}"
        rows.append(("stored", f"{time} by {who}"))
    if match.path is not None:
        rows += _file_rows(files_place, match.path)
    return titled_table(rows)


def history_table(generations: Sequence[Generation]) -> Table:
    """Show the records that stood under a key, one a row, the one that stands now last."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Generation", "Value", "Files", "Replaced", "Why"):
        table.add_column(title, justify="right" if title == "Generation" else "left")
    for one in generations:
        replaced = "stands" if one.replaced is None else f"{one.replaced:%Y-%m-%d %H:%M:%S} UTC"
        files = "" if one.path is None else f"{len(names_and_sizes(one.path))}"
        table.add_row(str(one.number), _value(one.record), files, replaced, Text(one.reason or ""))
    return table


def titled_table(rows: Iterable[tuple[str, str]]) -> Table:
    """Show texts, each with its title before it."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for title, text in rows:
        table.add_row(Text(title), Text(text))
    return table


def _telling_length(keys: Sequence[str]) -> int:
    """Give how much of the keys tells them apart."""
    length = SHORTEST_KEY
    while len({key[:length] for key in keys}) < len(keys):
        length += 1
    return length


def _what(record: StoredData) -> str:
    """Give the property of a property, and the type of anything else."""
    if isinstance(record, PropertyData):
        return record.property_type
    return short_name(record.stored_type_name().name)


def _text(name: str) -> Callable[[StoredData], str]:
    return lambda record: str(getattr(record, name, None) or "")


def _temperature(record: StoredData) -> str:
    state = getattr(record, "thermodynamic_state", None)
    return "" if state is None else f"{state.temperature.to('K').value:.6g}"


def _pressure(record: StoredData) -> str:
    state = getattr(record, "thermodynamic_state", None)
    return (
        "" if state is None or state.pressure is None else f"{state.pressure.to('kPa').value:.6g}"
    )


def _value(record: StoredData) -> str:
    value = getattr(record, "value", None) or getattr(record, "free_energy_difference", None)
    uncertainty = getattr(record, "uncertainty", None)
    if value is None:
        return ""
    unit = "" if value.unit == "dimensionless" else f" {value.unit}"
    if uncertainty is None:
        return f"{value.value:.6g}{unit}"
    if uncertainty.unit == value.unit:
        return f"{value.value:.6g} ± {uncertainty.value:.2g}{unit}"
    return f"{value.value:.6g}{unit} ± {uncertainty.value:.2g} {uncertainty.unit}"


_COLUMNS = (
    _Column("What", _what, may_shrink=True),
    _Column("Substance", _text("substance"), may_shrink=True),
    _Column("T (K)", _temperature, justify="right"),
    _Column("p (kPa)", _pressure, justify="right"),
    _Column("Phase", _text("phase")),
    _Column("Value", _value),
)


def _fields(record: StoredData) -> list[tuple[str, Any]]:
    fields = record.document.items() if isinstance(record, UnknownData) else list(record)
    return [(name, value) for name, value in fields if name not in ("type", "tags", "provenance")]


def _field_text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT]}… ({len(text):,} characters; --json gives all)"


def _file_rows(place: str, files: Files) -> list[tuple[str, str]]:
    entries = names_and_sizes(files)
    number, total = len(entries), readable_size(sum(size for _, size in entries))
    rows = [("files", f"{place} ({number} file{'' if number == 1 else 's'}, {total})")]
    return rows + [("", f"{name}  {readable_size(size)}") for name, size in entries]
