"""Property tables into a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from uuid import uuid4

from propstore.errors import UnsupportedOperationError
from propstore.interchange.report import ImportReport, Rejection
from propstore.interchange.tables.reading import opened_table
from propstore.model.records import PropertyData
from propstore.model.tags import checked_tags

if TYPE_CHECKING:
    from propstore.backends.base import StorageBackend

__all__ = ["import_table"]

ROWS_IN_A_BATCH = 1000
"""How many rows are stored in one transaction."""


def import_table(
    store: StorageBackend,
    source: str | Path | TextIO,
    *,
    tags: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Store what a property table holds; what the store has already is not added again.

    The rows are stored in transactions of a thousand, so that an import that is interrupted keeps
    what it did and can simply be repeated.

    Parameters
    ----------
    store
        Where to.
    source
        The path of a CSV file in UTF-8, or an open text stream.
    tags
        Tags for every record that is added, beside the ``id`` that a row has.
    progress
        Called after each transaction with the number of rows that are done.

    Returns
    -------
    ImportReport
        How many records were added and how many the store had, and each row that was rejected.

    Raises
    ------
    InterchangeError
        If the file can't be read, or its header lacks a needed column.
    InvalidTagError
        If ``tags`` are not tags.
    """
    common = checked_tags(dict(tags or {}))
    added, present, done = 0, 0, 0
    rejected: list[Rejection] = []
    with opened_table(source) as (columns, rows):
        while chunk := list(islice(rows, ROWS_IN_A_BATCH)):
            with _transaction(store):
                for row in chunk:
                    if isinstance(row, Rejection):
                        rejected.append(row)
                        continue
                    for record in row.records:
                        new = _store_if_new(store, record, {**common, **row.tags})
                        added, present = added + new, present + (not new)
            done += len(chunk)
            if progress is not None:
                progress(done)
    return ImportReport(added, present, tuple(rejected), ignored_columns=columns.ignored)


def _transaction(store: StorageBackend) -> AbstractContextManager[None]:
    try:
        return store.batch()
    except UnsupportedOperationError:  # a backend of the three hooks alone stores one by one
        return nullcontext()


def _store_if_new(store: StorageBackend, record: PropertyData, tags: Mapping[str, str]) -> bool:
    offered = uuid4().hex
    return store.store_object(record, tags=tags, storage_key=offered) == offered
