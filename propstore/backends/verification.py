"""Verifying a store: the catalog against itself, and against the files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from propstore.backends.axes import axes_of
from propstore.backends.sqlite_storage import SQLiteStorage
from propstore.errors import (
    AncillaryDataError,
    CorruptRecordError,
    ExternalResourceError,
    MigrationError,
)
from propstore.model.stored_data import StoredData, load_document

__all__ = ["Fault", "verify_store"]


class Fault(NamedTuple):
    """Something that is wrong with a store.

    Attributes
    ----------
    key
        The record that it is about; None if it is about the catalog as a whole.
    what
        What is wrong, in words.
    """

    key: str | None
    what: str

    def __str__(self) -> str:
        return f"{self.key or 'catalog'}: {self.what}"


def verify_store(
    store: SQLiteStorage, *, progress: Callable[[int], None] | None = None
) -> Iterator[Fault]:
    """Check every record of a store, and every file.

    Parameters
    ----------
    store
        A store in a folder or in memory.
    progress
        Called with 1 after each record.

    Yields
    ------
    Fault
        What is wrong: a damaged catalog, a document that is not valid or that its columns do not
        agree with, files that are missing, changed, or that nobody knows of.
    """
    for complaint in store._catalog.complaints():
        yield Fault(None, complaint)
    for row in store._catalog.verifiable_rows():
        try:
            record = load_document(row.document, trusted=False)
        except (CorruptRecordError, MigrationError) as error:
            yield Fault(row.key, f"the record can't be read: {error}")
        else:
            yield from (Fault(row.key, what) for what in _column_faults(record, row.columns))
        if row.files is not None:
            yield from (
                Fault(row.key, what) for what in _file_faults(store, row.files, row.document)
            )
        if progress is not None:
            progress(1)


def _column_faults(record: StoredData, columns: dict[str, object]) -> Iterator[str]:
    axes = axes_of(record)
    expected = {
        "type": str(record.stored_type_name()),
        "identity": record.identity(),
        **axes._asdict(),
        "substance": None if axes.substance is None else axes.substance.identity,
    }
    if expected["indexed"] is None:
        del expected["indexed"]
    for name, value in expected.items():
        if columns[name] != value and not _is_migrated(name, expected, columns):
            yield f"the catalog has {columns[name]!r} as {name}, the record has {value!r}."


def _is_migrated(name: str, expected: dict[str, object], columns: dict[str, object]) -> bool:
    """Tell whether a difference is only that the record was stored under an older version."""
    return expected["type"] != columns["type"] and name in ("type", "identity", "indexed")


def _file_faults(store: SQLiteStorage, location: str, document: str) -> Iterator[str]:
    try:
        recorded = json.dumps(store.area.sidecar(location).record)
        if load_document(recorded) != load_document(document):
            yield f"the record beside {location} is another than the catalog's."
        yield from store.area.faults(location)
    except (ExternalResourceError, AncillaryDataError, CorruptRecordError) as error:
        yield f"what stands beside {location} can't be read: {error}"
