"""What the store in a folder and the one in memory share: a catalog in SQLite."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from propstore.ancillary import AncillaryForm
from propstore.backends.catalog import Catalog
from propstore.backends.catalog_storage import CatalogClaims, CatalogStorage
from propstore.backends.claims_table import SQLiteClaims
from propstore.backends.connections import Connections, Durability
from propstore.backends.earlier_formats import bring_up_to_date
from propstore.backends.forking import PATIENCE, follow_forks
from propstore.backends.key import new_key
from propstore.backends.pending_files import PendingFiles
from propstore.backends.superseded import Superseded
from propstore.errors import StoreError
from propstore.model.stored_data import ReplaceableData, StoredData

__all__ = ["SQLiteStorage"]


class SQLiteStorage(CatalogStorage):
    """A backend whose catalog is in SQLite.

    Parameters
    ----------
    catalog
        The file of the catalog; None for one in memory.
    read_only
        Whether the store is opened for reading only.
    durability
        ``"full"`` if what is acknowledged has to survive a power cut, ``"normal"`` if a kill of
        the process is enough.
    ancillary
        How the files of records are kept, unless ``store_object`` is told otherwise.
    """

    _connections: Connections

    def __init__(
        self,
        catalog: Path | None,
        *,
        read_only: bool = False,
        durability: Durability = "full",
        ancillary: AncillaryForm = "directory",
    ) -> None:
        super().__init__(read_only=read_only, ancillary=ancillary)
        self._connections = Connections(
            catalog, read_only=read_only, durability=durability, lock=self._lock
        )
        self._catalog = Catalog(self._connections)
        self._superseded = Superseded(self._connections)
        self._pending = PendingFiles()
        follow_forks(self)
        with self._lock, self._closed_on_failure():  # a fork waits
            self._connections.open()
            if not read_only:
                bring_up_to_date(self._connections)

    def stored_format(self) -> int:
        """Give the format of the catalog: an earlier one only if it is opened for reading."""
        ((number,),) = self._connections.fetch("PRAGMA user_version")
        return int(number)

    def _make_claims(self) -> CatalogClaims:
        return SQLiteClaims(self)

    def _store_wholly(self, record: StoredData, storage_key: str | None, files: Any) -> str:
        if files is not None:
            return super()._store_wholly(record, storage_key, files)
        if not (self._connections.is_writing or self._catalog.has_ids_for(record)):
            with self._transaction():
                return self._store_wholly(record, storage_key, files)
        # Most are new, and to add one is one statement, which is carried out wholly or not at all:
        # to look for it before, and a savepoint or a transaction, would cost as much again.
        key = storage_key or new_key()
        with self._connections.one_statement() as connection:
            if self._catalog.add(connection, key, record, record.to_json()):
                return key
        return self._key_of_equal(record) or super()._store_wholly(record, storage_key, files)

    def _key_of_equal(self, record: StoredData) -> str | None:
        """Give the key of the record that stays in place of one without files, if that is clear."""
        identity = None if isinstance(record, ReplaceableData) else record.identity()
        known = None if identity is None else self._catalog.find_identity(identity)
        if known is None:
            return None
        stored, _ = self._retrieve_object(known)
        return None if stored is None else known

    def _before_fork(self) -> None:
        # A thread that waits for the child holds the lock for as long: then the fork goes on.
        self._has_halted = self._lock.acquire(timeout=PATIENCE)
        self._connections.before_fork(is_alone=self._has_halted)

    def _after_fork_in_parent(self) -> None:
        self._connections.after_fork()
        if self._has_halted:
            self._lock.release()

    def _after_fork_in_child(self) -> None:
        self._lock = threading.RLock()
        self._catalog.forget()
        try:
            self._connections.after_fork_in_child(self._lock)
        except StoreError as error:
            self._closed_because = str(error)
