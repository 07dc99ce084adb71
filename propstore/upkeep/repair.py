"""Repairing a store: what can be read is kept, what can't is put in quarantine, and all is told."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from propstore.ancillary import FileArea, LocalFileArea, RemoteFileArea
from propstore.ancillary.area import ANCILLARY
from propstore.backends.catalog import VerifiableRow
from propstore.backends.claims_table import SQLiteClaims
from propstore.backends.forking import followed_stores
from propstore.backends.json_catalog import JSON_CATALOG_NAME
from propstore.backends.local import CATALOG_NAME, HERE, REBUILT_NAME, LocalFileStorage
from propstore.backends.superseded import SupersededRow
from propstore.errors import (
    AncillaryDataError,
    ExternalResourceError,
    NotAStoreError,
    StoreBusyError,
    StoreFormatError,
    UnsupportedOperationError,
)
from propstore.external import FileStorage
from propstore.external.opening import open_storage
from propstore.model.stored_data import load_document
from propstore.upkeep.quarantine import keep_document, quarantine_directory, set_aside
from propstore.upkeep.rebuilding import finish_rebuilding, rebuild_catalog
from propstore.upkeep.remedy import Remedy
from propstore.upkeep.salvage import DamagedCatalog
from propstore.upkeep.verification import file_faults, generation_faults, record_faults

__all__ = ["repair_store"]


def repair_store(place: str | os.PathLike[str]) -> list[Remedy]:
    """Make a store in a folder sound again.

    A catalog that is damaged is made anew from what can be read of it, and from the plain JSON
    beside the files; one that is gone, from that alone: then the records that have no files are
    lost, and what a killed writer left or a removal did not complete is taken up as a record. A
    record whose files are damaged gives way to its last sound generation; or stands without files,
    if its type does not need them; or goes. What is replaced or can't be read is not removed but
    put into the folder ``quarantine`` of the store.

    Parameters
    ----------
    place
        The folder. No process may have the store open if its catalog has to be made anew.

    Returns
    -------
    list of Remedy
        What was wrong, and what was done about it; empty if the store is sound.

    Raises
    ------
    NotAStoreError
        If there is neither a catalog nor a file of a record.
    UnsupportedOperationError
        If its catalog is in JSON.
    StoreFormatError
        If a later propstore wrote the store, or its files are not where its catalog says.
    StoreBusyError
        If the catalog has to be made anew, and the store is in use.
    """
    root = Path(place).absolute()
    if (root / JSON_CATALOG_NAME).exists() and not (root / CATALOG_NAME).exists():
        raise UnsupportedOperationError(
            f"the catalog of {str(root)!r} is in JSON; only one in SQLite can be repaired."
        )
    if not (root / CATALOG_NAME).exists() and not (root / ANCILLARY).is_dir():
        raise NotAStoreError(f"there is no store at {str(root)!r}.")
    quarantine = quarantine_directory(root)
    remedies = []
    if (root / REBUILT_NAME).exists():
        _refuse_if_open(root)
        finish_rebuilding(root)
        remedies.append(Remedy(None, "an earlier repair was completed."))
    if not _has_sound_catalog(root):
        _refuse_if_open(root)
        remedies += rebuild_catalog(root, _area(root), quarantine)
    with LocalFileStorage(root) as store:
        return remedies + _FileRepair(store, quarantine).carry_out()


def _refuse_if_open(root: Path) -> None:
    for store in followed_stores():
        if not isinstance(store, LocalFileStorage) or store._closed_because is not None:
            continue
        if store.root_directory.resolve() == root.resolve():
            raise StoreBusyError(f"{store!r} is open in this process; close it first.")


def _has_sound_catalog(root: Path) -> bool:
    """Tell whether the catalog agrees with itself, whatever is true of the files."""
    try:
        with LocalFileStorage(root, read_only=True) as store:
            known_substances: set[str] = set()
            SQLiteClaims(store).holdings()  # raises if a row is damaged
            store._superseded.all()
            return not store._catalog.complaints() and not any(
                any(record_faults(store, row, known_substances))
                for row in store._catalog.verifiable_rows()
            )
    except (StoreFormatError, NotAStoreError):
        return False


def _area(root: Path) -> FileArea:
    place = HERE
    if (root / CATALOG_NAME).exists():
        with DamagedCatalog.opened(root / CATALOG_NAME) as damaged:
            place = damaged.about().get("files", HERE)
    if place == HERE:
        return LocalFileArea(FileStorage(root))
    return RemoteFileArea(open_storage(place))


class _FileRepair:
    """Brings the records of a store and their files into agreement."""

    def __init__(self, store: LocalFileStorage, quarantine: Path) -> None:
        self._store = store
        self._quarantine = quarantine
        self._remedies: list[Remedy] = []

    def carry_out(self) -> list[Remedy]:
        store = self._store
        rows = [row for row in store._catalog.verifiable_rows() if self._is_faulty(row)]
        past = [row for row in store._superseded.all() if any(generation_faults(store, row))]
        if not isinstance(store.area, LocalFileArea):
            damaged = [(row.key, row.files) for row in rows] + [
                (row.key, row.files) for row in past
            ]
            for key, location in damaged:
                self._tell(key, f"its files at {location} are damaged; they were left as is.")
            return self._remedies
        if rows and not (store.root_directory / ANCILLARY).is_dir():
            raise StoreFormatError(
                f"{str(store.root_directory)!r} has records with files and no folder {ANCILLARY!r};"
                " put it back, then repair the store."
            )
        for generation in past:
            self._repair_generation(store.area, generation)
        for row in rows:
            self._repair_record(store.area, row)
        return self._remedies

    def _is_faulty(self, row: VerifiableRow) -> bool:
        if row.files is None:
            return False
        return any(file_faults(self._store, row.key, row.files, row.document))

    def _repair_record(self, area: LocalFileArea, row: VerifiableRow) -> None:
        stored = self._store._catalog.get(row.key)
        if stored is None or stored.files is None:
            return
        location = stored.files
        if self._describe_anew(area, row.key, stored.generation, location, stored.document):
            return
        keep_document(self._quarantine, row.key, stored.generation, stored.document)
        place = set_aside(area, location, self._quarantine)
        with self._store._lock, self._store._transaction():
            outcome = self._give_way(row.key, stored.document, stored.generation)
        self._tell(row.key, f"its files are damaged: {place}, and {outcome}.")

    def _give_way(self, key: str, document: str, generation: int) -> str:
        """Let a record stand without its files, or an earlier one in its place, or none."""
        catalog, superseded = self._store._catalog, self._store._superseded
        if not load_document(document).requires_files:
            catalog.forget_files(key)
            return "the record stands without them"
        past = superseded.of_key(key)
        if not past:
            catalog.remove(key)
            return "the record is with them"
        last = past[-1]
        record = load_document(last.document)
        catalog.put(key, record, last.document, last.files, last.generation, replaces=True)
        superseded.remove(key, last.generation)
        superseded.remove(key, generation)
        return f"generation {last.generation} of the record stands again"

    def _repair_generation(self, area: LocalFileArea, row: SupersededRow) -> None:
        if row.files is not None and self._describe_anew(
            area, row.key, row.generation, row.files, row.document
        ):
            return
        keep_document(self._quarantine, row.key, row.generation, row.document)
        place = ""
        if row.files is not None:
            place = f", and {set_aside(area, row.files, self._quarantine)}"
        with self._store._lock, self._store._transaction():
            self._store._superseded.remove(row.key, row.generation)
        folder = f"{self._quarantine.parent.name}/{self._quarantine.name}"
        self._tell(
            row.key, f"its generation {row.generation} is damaged: it is in {folder}{place}."
        )

    def _describe_anew(
        self, area: LocalFileArea, key: str, generation: int, location: str, document: str
    ) -> bool:
        """Write the JSON beside files anew, if it is that which is damaged."""
        # If it can't be read, nothing is known against the files.
        with suppress(AncillaryDataError, ExternalResourceError):
            if any(area.faults(location)):
                return False
        try:
            area.describe(location, key, generation, document)
        except (AncillaryDataError, ExternalResourceError):
            return False
        self._tell(
            key,
            f"the JSON beside {location} was damaged: it was written anew, with the digests that "
            "the files have now.",
        )
        return not any(file_faults(self._store, key, location, document))

    def _tell(self, key: str | None, what: str) -> None:
        self._remedies.append(Remedy(key, what))
