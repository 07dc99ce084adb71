"""Verifying a store: the catalog against itself, and against the files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import chain
from typing import NamedTuple

from propstore.backends.axes import axes_of
from propstore.backends.catalog import VerifiableRow
from propstore.backends.catalog_storage import CatalogStorage
from propstore.backends.superseded import SupersededRow
from propstore.errors import (
    AncillaryDataError,
    CorruptRecordError,
    ExternalResourceError,
    MigrationError,
    StoreFormatError,
)
from propstore.model.stored_data import StoredData, load_document
from propstore.model.substance import Substance

__all__ = ["Fault", "file_faults", "generation_faults", "record_faults", "verify_store"]


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
    store: CatalogStorage, *, progress: Callable[[int], None] | None = None
) -> Iterator[Fault]:
    """Check every record of a store, and every file, those of past generations included.

    What a killed writer has left is no fault; `collect_leftovers` tells of it.

    Parameters
    ----------
    store
        A store in a folder, in memory or in PostgreSQL.
    progress
        Called with 1 after each record.

    Yields
    ------
    Fault
        What is wrong: a damaged catalog, a document that is not valid or that its columns do not
        agree with, files that are missing, changed, or that nobody knows of.
    """
    complaints = store._catalog.complaints()
    yield from (Fault(None, complaint) for complaint in complaints)
    if complaints:
        # Pages that lead in a circle would be read for ever.
        yield Fault(None, "the records were not checked one by one: run 'propstore repair' first.")
        return
    known_substances: set[str] = set()
    for row in store._catalog.verifiable_rows():
        yield from record_faults(store, row, known_substances)
        if row.files is not None and row.is_well_formed():
            yield from file_faults(store, row.key, row.files, row.document)
        if progress is not None:
            progress(1)
    try:
        store._make_claims().holdings()
    except StoreFormatError as error:
        yield Fault(None, str(error))
    try:
        past_generations = store._superseded.all()
    except StoreFormatError as error:
        yield Fault(None, str(error))
        return
    for past in past_generations:
        yield from generation_faults(store, past)


def record_faults(
    store: CatalogStorage, row: VerifiableRow, known_substances: set[str]
) -> Iterator[Fault]:
    """Check what the catalog has of a record that stands.

    Parameters
    ----------
    store
        The store.
    row
        All that the catalog has of the record.
    known_substances
        The identities of the substances that have been checked, to which its own is added.
    """
    if not row.is_well_formed():
        yield Fault(row.key, "its row has values of the wrong kind in it.")
        return
    try:
        record = load_document(row.document, trusted=False)
    except (CorruptRecordError, MigrationError) as error:
        yield Fault(row.key, f"the record can't be read: {error}")
    else:
        substance = axes_of(record).substance
        faults = _column_faults(record, row.columns)
        if substance is not None and substance.identity not in known_substances:
            known_substances.add(substance.identity)
            faults = chain(faults, _substance_faults(store, substance))
        yield from (Fault(row.key, what) for what in faults)


def generation_faults(store: CatalogStorage, row: SupersededRow) -> Iterator[Fault]:
    """Check a record that was replaced."""
    try:
        load_document(row.document, trusted=False)
    except (CorruptRecordError, MigrationError) as error:
        yield Fault(row.key, f"its generation {row.generation} can't be read: {error}")
    if not store._catalog.exists(row.key):
        yield Fault(row.key, f"its generation {row.generation} is there, but no record stands.")
    if row.files is not None:
        yield from file_faults(store, row.key, row.files, row.document)


def file_faults(store: CatalogStorage, key: str, location: str, document: str) -> Iterator[Fault]:
    """Check the files of a record, and the plain JSON beside them."""
    try:
        sidecar = store.area.sidecar(location)
        if sidecar.key != key:
            yield Fault(key, f"what stands beside {location} is of {sidecar.key!r}.")
        if load_document(json.dumps(sidecar.record)) != _readable(document):
            yield Fault(key, f"the record beside {location} is another than the catalog's.")
        yield from (Fault(key, what) for what in store.area.faults(location))
    except (ExternalResourceError, AncillaryDataError, CorruptRecordError, OSError) as error:
        yield Fault(key, f"what stands beside {location} can't be read: {error}")


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
        is_same = _same_json(columns[name], value) if name == "indexed" else columns[name] == value
        if not is_same and not _is_migrated(name, expected, columns):
            yield f"the catalog has {columns[name]!r} as {name}, the record has {value!r}."


def _same_json(one: object, other: object) -> bool:
    """Compare texts as JSON, which databases write in their own ways."""
    if one == other or not (isinstance(one, str) and isinstance(other, str)):
        return one == other
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def _is_migrated(name: str, expected: dict[str, object], columns: dict[str, object]) -> bool:
    """Tell whether a difference is only that the record was stored under an older version."""
    return expected["type"] != columns["type"] and name in ("type", "identity", "indexed")


def _substance_faults(store: CatalogStorage, substance: Substance) -> Iterator[str]:
    found = {row[:2]: row[2:] for row in store._catalog.components(substance.identity)}
    expected = {
        (one.component.name, one.component.role.value): (one.mole_fraction, one.exact_amount)
        for one in substance.amounts
    }
    agree = found.keys() == expected.keys() and all(
        found[name][1] == amount and _nearly_equal(found[name][0], fraction)
        for name, (fraction, amount) in expected.items()
    )
    if not agree:
        yield f"the catalog has {found!r} as the components of its substance, not {expected!r}."


def _nearly_equal(one: float | None, other: float | None) -> bool:
    """Compare mole fractions as two records of one substance may have them."""
    return one == other or (one is not None and other is not None and abs(one - other) < 1e-5)


def _readable(document: str) -> StoredData | None:
    try:
        return load_document(document)
    except (CorruptRecordError, MigrationError):
        return None  # a fault of its own
