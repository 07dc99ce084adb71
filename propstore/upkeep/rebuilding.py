"""Making a catalog anew: from what can be read of the old one, and from the plain JSON files."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from propstore.ancillary import FileArea
from propstore.ancillary.copying import unused_name
from propstore.ancillary.sidecar import Sidecar
from propstore.backends.catalog import Catalog
from propstore.backends.connections import Connections
from propstore.backends.key import is_key
from propstore.backends.local import CATALOG_NAME, REBUILT_NAME
from propstore.backends.superseded import Superseded, SupersededRow
from propstore.errors import (
    AncillaryDataError,
    CorruptRecordError,
    ExternalResourceError,
    MigrationError,
    StoreBusyError,
)
from propstore.external.durable import fsync_directory, make_directories, replace_durably
from propstore.model.stored_data import StoredData, load_document
from propstore.upkeep.quarantine import keep_document, set_aside
from propstore.upkeep.remedy import Remedy
from propstore.upkeep.salvage import DamagedCatalog, SalvagedRow

__all__ = ["finish_rebuilding", "rebuild_catalog"]

# Where SQLite's connections, as long as they are open, hold a lock on the file of a catalog.
SHARED_LOCK_START, SHARED_LOCK_LENGTH = 0x40000002, 510


def rebuild_catalog(root: Path, area: FileArea, quarantine: Path) -> list[Remedy]:
    """Put a new catalog in the place of one that is damaged or gone.

    Parameters
    ----------
    root
        The folder of the store, which nobody else may be using.
    area
        Where the files of its records are.
    quarantine
        Where the old catalog goes, and what can't be read.

    Raises
    ------
    StoreBusyError
        If another process has the store open.
    """
    old, building = root / CATALOG_NAME, root / f"{CATALOG_NAME}.building"
    for path in (building, _log(building)):
        path.unlink(missing_ok=True)
    with _alone(old):
        connections = Connections(
            building, read_only=False, durability="full", lock=threading.RLock()
        )
        connections.open()
        try:
            with connections.writing():
                remedies = _Rebuilding(connections, area, quarantine).carry_out(old)
        finally:
            connections.close()
        _keep_old(old, quarantine)
        replace_durably(building, root / REBUILT_NAME)
        finish_rebuilding(root)
    return remedies


def finish_rebuilding(root: Path) -> None:
    """Give a new catalog, which is complete, the name of the old one."""
    old = root / CATALOG_NAME
    # Were the old log still there, SQLite would take it for that of the new catalog.
    for path in (_log(old), old.with_name(f"{old.name}-shm")):
        path.unlink(missing_ok=True)
    fsync_directory(root)
    replace_durably(root / REBUILT_NAME, old)


class _Rebuilding:
    """Fills a new catalog."""

    def __init__(self, connections: Connections, area: FileArea, quarantine: Path) -> None:
        self._connections = connections
        self._catalog = Catalog(connections)
        self._superseded = Superseded(connections)
        self._area = area
        self._quarantine = quarantine
        self._remedies: list[Remedy] = []

    def carry_out(self, old: Path) -> list[Remedy]:
        is_complete, lost = False, []
        if old.exists():
            with DamagedCatalog.opened(old) as damaged:
                self._copy_about(damaged.about())
                number = sum(self._copy_record(row) for row in damaged.records())
                for past in damaged.past_generations():
                    self._copy_past(past)
                is_complete, lost = damaged.is_complete, damaged.lost
            self._tell(None, f"{number} records were copied from the old catalog to a new one.")
        if not is_complete:
            self._adopt_files()
        for key in lost:
            if not self._catalog.exists(key):
                self._tell(key, "the record is lost: its place in the old catalog is damaged.")
        return self._remedies

    def _copy_about(self, about: dict[str, str]) -> None:
        with self._connections.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", about.items())

    def _copy_record(self, row: SalvagedRow) -> bool:
        if not row.is_well_formed():
            self._refuse(row, "its row has values of the wrong kind in it")
            return False
        record, document = _read(row.document), row.document
        if record is None and row.files is not None:
            sidecar = self._sidecar(row.files)
            if sidecar is not None and sidecar.key == row.key:
                document = json.dumps(sidecar.record)
                record = _read(document)
            if record is not None:
                self._tell(row.key, "the record was read from the JSON beside its files.")
        if record is None:
            self._refuse(row, "the record can't be read")
            return False
        return self._add(row.key, record, document, row.files, row.generation)

    def _copy_past(self, row: SupersededRow) -> None:
        is_readable = row.is_well_formed() and _read(row.document) is not None
        if is_readable and self._catalog.exists(row.key):
            self._superseded.add(row)
        else:
            past = SalvagedRow(row.key, row.generation, row.files, row.document)
            self._refuse(past, f"its generation {row.generation} can't be read")

    def _adopt_files(self) -> None:
        """Take up the records that stand beside files and are not in the catalog."""
        found: dict[str, list[tuple[Sidecar, str]]] = defaultdict(list)
        named = self._catalog.locations()
        for location in self._area.locations():
            if location in named:
                continue
            sidecar = self._sidecar(location)
            if sidecar is None:
                place = set_aside(self._area, location, self._quarantine)
                self._tell(None, f"no record can be read beside {location}: {place}.")
            elif not self._catalog.exists(sidecar.key):
                found[sidecar.key].append((sidecar, location))
        for key, generations in found.items():
            self._adopt(key, sorted(generations, key=lambda one: one[0].generation))

    def _adopt(self, key: str, generations: list[tuple[Sidecar, str]]) -> None:
        *past, (sidecar, location) = generations
        document = json.dumps(sidecar.record)
        record = _read(document)
        if record is None:
            row = SalvagedRow(key, sidecar.generation, location, document)
            self._refuse(row, f"the record beside {location} can't be read")
            if past:
                self._adopt(key, past)
            return
        if not self._add(key, record, document, location, sidecar.generation):
            return
        self._tell(key, f"the record was taken up from the JSON beside {location}.")
        time = self._area.changed(location).isoformat()
        for earlier, files in past:
            text = json.dumps(earlier.record)
            self._copy_past(SupersededRow(key, earlier.generation, text, files, time, None))

    def _add(
        self, key: str, record: StoredData, document: str, files: str | None, generation: int
    ) -> bool:
        identity = record.identity()
        other = None if identity is None else self._catalog.find_identity(identity)
        if other is not None or self._catalog.exists(key):
            row = SalvagedRow(key, generation, files, document)
            self._refuse(row, f"{other or key!r} is the same record already")
            return False
        self._catalog.put(key, record, document, files, generation, replaces=False)
        return True

    def _sidecar(self, location: str) -> Sidecar | None:
        try:
            sidecar = self._area.sidecar(location)
        except (AncillaryDataError, ExternalResourceError):
            return None
        return sidecar if is_key(sidecar.key) and sidecar.generation >= 0 else None

    def _refuse(self, row: SalvagedRow, why: str) -> None:
        keep_document(self._quarantine, row.key, row.generation, row.document)
        files = ""
        if isinstance(row.files, str):
            files = f", and {set_aside(self._area, row.files, self._quarantine)}"
        place = f"{self._quarantine.parent.name}/{self._quarantine.name}"
        self._tell(row.key, f"{why}: it was put in {place}{files}.")

    def _tell(self, key: str | None, what: str) -> None:
        self._remedies.append(Remedy(key, what))


@contextmanager
def _alone(catalog: Path) -> Iterator[None]:
    """Make sure that no other process has a catalog open, and none can begin to use it."""
    if not catalog.exists():
        yield
        return
    descriptor = os.open(catalog, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.lockf(
            descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_LOCK_LENGTH, SHARED_LOCK_START
        )
    except BlockingIOError as error:
        raise StoreBusyError(
            f"{str(catalog.parent)!r} is in use; end the other programs that have it open, and "
            "repair it then."
        ) from error
    else:
        yield
    finally:
        os.close(descriptor)


def _keep_old(catalog: Path, quarantine: Path) -> None:
    make_directories(quarantine)
    for path in (catalog, _log(catalog)):
        if path.exists():
            target = unused_name(quarantine / path.name)
            shutil.copyfile(path, target)
            with target.open("rb") as stream:
                os.fsync(stream.fileno())
    fsync_directory(quarantine)


def _log(catalog: Path) -> Path:
    return catalog.with_name(f"{catalog.name}-wal")


def _read(document: str) -> StoredData | None:
    with suppress(CorruptRecordError, MigrationError, UnicodeEncodeError, TypeError):
        return load_document(document, trusted=False)
    return None
