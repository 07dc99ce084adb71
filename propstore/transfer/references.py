"""The records that a record refers to: a text field that holds the key of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from propstore.model.declaration import OUTSIDE_IDENTITY
from propstore.model.stored_data import StoredData, UnknownData

__all__ = ["texts_of", "with_other_texts"]


def texts_of(record: StoredData) -> Iterator[str]:
    """Give the texts in a record's fields, of which those that are keys refer to records."""
    for name, value in _fields(record).items():
        if isinstance(value, str) and name not in OUTSIDE_IDENTITY:
            yield value


def with_other_texts(record: StoredData, others: Mapping[str, str]) -> StoredData:
    """Give a record with other texts in place of some, or itself if it has none of them."""
    if not others:
        return record
    fields = {
        name: others[value]
        for name, value in _fields(record).items()
        if isinstance(value, str) and value in others and name not in OUTSIDE_IDENTITY
    }
    if not fields:
        return record
    if isinstance(record, UnknownData):
        return record.model_copy(update={"document": {**record.document, **fields}})
    return record.model_copy(update=fields)


def _fields(record: StoredData) -> Mapping[str, Any]:
    return record.document if isinstance(record, UnknownData) else vars(record)
