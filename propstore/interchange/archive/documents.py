"""The records in a published collection, and which of them refer to which others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from propstore.errors import CorruptRecordError, InterchangeError
from propstore.interchange.archive.layout import Entry, document_path, files_path
from propstore.model.declaration import OUTSIDE_IDENTITY
from propstore.model.stored_data import StoredData, load_document

__all__ = ["check_records", "read_record"]


def check_records(directory: Path, entries: Sequence[Entry]) -> dict[str, set[str]]:
    """Check that all records of a collection can be read, and that their files are there.

    Parameters
    ----------
    directory : Path
        The folder of the collection.
    entries : sequence of Entry
        The records.

    Returns
    -------
    dict
        By the key of each record, the keys of those that it refers to: a text of its fields is
        such a key. Each comes after those that it refers to, unless they refer to one another.

    Raises
    ------
    InterchangeError
        If a record can't be read, or its files are not there.
    """
    references: dict[str, set[str]] = {entry.key: set() for entry in entries}
    for entry in entries:
        if entry.files and not files_path(directory, entry.key).is_dir():
            raise InterchangeError(
                f"the files of the record {entry.key!r} are missing: there is no "
                f"{str(files_path(directory, entry.key))!r}"
            )
        text = _text(directory, entry.key)
        _loaded(text, entry.key)
        named = set(_texts(_fields(text))) & references.keys()
        references[entry.key] = named - {entry.key}
    try:
        order = list(TopologicalSorter(references).static_order())
    except CycleError:
        return references
    return {key: references[key] for key in order}


def read_record(directory: Path, key: str, others: Mapping[str, str]) -> StoredData:
    """Read a record, with other keys in the place of some that it refers to.

    Raises
    ------
    InterchangeError
        If it can't be read.
    """
    text = _text(directory, key)
    if others:
        changed = {name: _with_others(part, others) for name, part in _fields(text).items()}
        text = json.dumps(json.loads(text) | changed)
    return _loaded(text, key)


def _text(directory: Path, key: str) -> str:
    try:
        return document_path(directory, key).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InterchangeError(f"the record {key!r} can't be read: {error}") from error


def _loaded(text: str, key: str) -> StoredData:
    try:
        return load_document(text, trusted=False)
    except (ValueError, CorruptRecordError) as error:
        raise InterchangeError(f"the record {key!r} can't be read: {error}") from error


def _fields(text: str) -> dict[str, Any]:
    """Give the fields of a record in which keys may be."""
    document: dict[str, Any] = json.loads(text)
    return {name: part for name, part in document.items() if name not in OUTSIDE_IDENTITY}


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict | list):
        for one in part.values() if isinstance(part, dict) else part:
            yield from _texts(one)


def _with_others(part: Any, others: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {name: _with_others(value, others) for name, value in part.items()}
    if isinstance(part, list):
        return [_with_others(value, others) for value in part]
    return others.get(part, part) if isinstance(part, str) else part
