"""What the store in a folder and the one in memory share: a catalog in SQLite."""

from __future__ import annotations

import threading
from pathlib import Path

from propstore.ancillary import AncillaryForm
from propstore.backends.catalog import Catalog
from propstore.backends.catalog_storage import CatalogClaims, CatalogStorage
from propstore.backends.claims_table import SQLiteClaims
from propstore.backends.connections import Connections, Durability
from propstore.backends.earlier_formats import ReadingConnections, bring_up_to_date
from propstore.backends.forking import PATIENCE, follow_forks
from propstore.backends.pending_files import PendingFiles
from propstore.backends.superseded import Superseded
from propstore.errors import StoreError

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
        kind = ReadingConnections if read_only else Connections
        self._connections = kind(
            catalog, read_only=read_only, durability=durability, lock=self._lock
        )
        self._catalog = Catalog(self._connections)
        self._superseded = Superseded(self._connections)
        self._pending = PendingFiles()
        follow_forks(self)
        with self._lock:  # a fork waits
            self._connections.open()
            if not read_only:
                bring_up_to_date(self._connections)

    def _make_claims(self) -> CatalogClaims:
        return SQLiteClaims(self)

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
