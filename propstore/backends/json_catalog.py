"""The text of a catalog in JSON: TinyDB's tables, with one record a line."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from propstore._version import __version__
from propstore.errors import InvalidDataError, NotAStoreError, StoreFormatError
from propstore.model.component import canonicaliser

__all__ = [
    "ABOUT",
    "FORMAT",
    "JSON_CATALOG_NAME",
    "RECORDS",
    "SUPERSEDED",
    "CatalogText",
    "Fields",
    "Tables",
    "damaged",
    "first_tables",
    "has_json_catalog",
    "json_line",
]

JSON_CATALOG_NAME = "catalog.json"

FORMAT = 1
"""The version of the tables. A change raises it and brings a migration from the one before."""

APPLICATION = "propstore"
ABOUT, RECORDS, SUPERSEDED = "about", "records", "superseded"

Fields: TypeAlias = dict[str, Any]
"""A row of a table, which TinyDB calls a document."""

Tables: TypeAlias = dict[str, dict[str, Fields]]
"""TinyDB's tables: by the name of each, its rows by their numbers."""

_NUMBER = re.compile(r"[1-9][0-9]*")
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class CatalogText:
    """Writes tables as text and reads them; a line that is known is neither written nor read again.

    Parameters
    ----------
    path
        The file that the text is of, which errors name.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tables: Tables = {}
        self._lines: dict[int, tuple[Fields, str]] = {}
        self._mark = f"known line of {uuid.uuid4().hex}: "

    def write(self, tables: Tables) -> bytes:
        """Write tables, each row on a line of its own, in the order of the rows' numbers."""
        self._keep(tables)
        parts = []
        for name, rows in tables.items():
            in_order = sorted(rows.items(), key=lambda item: int(item[0]))
            lines = [f'  "{number}": {self._line(row)}' for number, row in in_order]
            parts.append(f' "{name}": {{\n' + ",\n".join(lines) + "\n }")
        return ("{\n" + ",\n".join(parts) + "\n}\n").encode()

    def read(self, data: bytes) -> Tables:
        """Read tables from text; rows that are as they were are the same objects.

        Raises
        ------
        NotAStoreError
            If it is some other program's JSON.
        StoreFormatError
            If it is damaged, or a later propstore wrote it.
        """
        known = [row for rows in self._tables.values() for row in rows.values()]
        try:
            text = self._with_marks(data.decode(), known)
            parsed = json.loads(text, object_pairs_hook=_without_duplicates)
        except (ValueError, RecursionError) as error:
            raise damaged(self._path, str(error)) from error
        self._check_format(parsed)
        self._check_tables(parsed)
        tables = {name: self._put_back(rows, known) for name, rows in parsed.items()}
        self._keep(tables)
        return tables

    def _with_marks(self, text: str, known: list[Fields]) -> str:
        """Put a mark in the place of each row that is known, which JSON reads quickly."""
        if not known:
            return text
        places = {self._line(row): place for place, row in enumerate(known)}
        lines = text.split("\n")
        for i, line in enumerate(lines):
            number, _, row = line.partition(": ")
            place = places.get(row.removesuffix(","))
            if place is not None:
                comma = "," if row.endswith(",") else ""
                lines[i] = f'{number}: "{self._mark}{place}"{comma}'
        return "\n".join(lines)

    def _put_back(self, rows: dict[str, Any], known: list[Fields]) -> dict[str, Fields]:
        return {
            number: known[int(row.removeprefix(self._mark))] if isinstance(row, str) else row
            for number, row in rows.items()
        }

    def _keep(self, tables: Tables) -> None:
        """Remember rows, and forget the lines of all others."""
        self._tables = tables
        ids = [id(row) for rows in tables.values() for row in rows.values()]
        self._lines = {one: self._lines[one] for one in ids if one in self._lines}

    def _line(self, row: Fields) -> str:
        # A row never changes, so its line stays; it is kept beside it, and so is its id.
        known = self._lines.get(id(row))
        if known is None:
            known = self._lines[id(row)] = (row, json_line(row))
        return known[1]

    def _check_format(self, tables: Any) -> None:
        about = tables.get(ABOUT) if isinstance(tables, dict) else None
        first = about.get("1") if isinstance(about, dict) else None
        if isinstance(first, str):
            return  # a known line
        if not isinstance(first, dict) or first.get("application") != APPLICATION:
            raise NotAStoreError(f"{str(self._path)!r} is JSON, but not a catalog of propstore.")
        if not isinstance(first.get("format"), int):
            raise damaged(self._path, f"its format is {first.get('format')!r}, no number")
        if first["format"] > FORMAT:
            raise StoreFormatError(
                f"{str(self._path)!r} has format {first['format']}, and propstore {__version__} "
                f"reads formats up to {FORMAT}: install a later propstore to open it."
            )

    def _check_tables(self, tables: dict[str, Any]) -> None:
        for name, rows in tables.items():
            if not isinstance(rows, dict):
                raise damaged(self._path, f"the table {name!r} is no JSON object")
            for number, row in rows.items():
                is_known = isinstance(row, str) and row.startswith(self._mark)
                if not _NUMBER.fullmatch(number) or not (is_known or isinstance(row, dict)):
                    raise damaged(self._path, f"{number!r} of {name!r} is no numbered row")


def damaged(path: Path, what: str) -> StoreFormatError:
    """Give the error that says what is wrong with a catalog."""
    return StoreFormatError(
        f"the catalog {str(path)!r} is damaged: {what}. It is left as it is: mend it, or bring it "
        "back from a backup or from version control."
    )


def has_json_catalog(folder: Path) -> bool:
    """Tell, by the first bytes of the file, whether a folder has a catalog in JSON."""
    try:
        with (folder / JSON_CATALOG_NAME).open("rb") as stream:
            return f'"application": "{APPLICATION}"'.encode() in stream.read(1024)
    except OSError:
        return False


def first_tables() -> Tables:
    """Give the tables of a new catalog."""
    about = {
        "application": APPLICATION,
        "format": FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "propstore": __version__,
        "canonicaliser": canonicaliser(),
    }
    return {ABOUT: {"1": about}, RECORDS: {}, SUPERSEDED: {}}


def json_line(row: Fields) -> str:
    """Write a row on one line.

    Raises
    ------
    InvalidDataError
        If something in it can't be written so that every program reads it back.
    """
    try:
        line = _ENCODER.encode(row)
        line.encode()
    except ValueError as error:
        raise InvalidDataError(f"a record can't be written as JSON: {error}.") from error
    return line


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Fields:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in fields if names.count(name) > 1)
        raise ValueError(
            f"{twice!r} is given twice, as after a merge of two versions; give one of the two a "
            "number of its own"
        )
    return fields
