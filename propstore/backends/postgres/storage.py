"""Records in PostgreSQL, and their files in an object store or a folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from propstore.ancillary import AncillaryForm, FileArea, LocalFileArea, RemoteFileArea, Staged
from propstore.backends.catalog_storage import CatalogClaims, CatalogStorage
from propstore.backends.connections import Durability
from propstore.backends.forking import PATIENCE, follow_forks
from propstore.backends.index import Match
from propstore.backends.key import new_key
from propstore.backends.pending_files import PendingFiles
from propstore.backends.postgres.address import Address
from propstore.backends.superseded import Superseded
from propstore.errors import AncillaryDataError, NotAStoreError, StoreError
from propstore.external import ExternalStorage, FileStorage
from propstore.external.opening import open_storage
from propstore.model.stored_data import StoredData
from propstore.transfer import Change

if TYPE_CHECKING:
    from propstore.backends.postgres.catalog import PostgresCatalog
    from propstore.backends.postgres.connections import PostgresConnections

__all__ = ["PostgresStorage"]

Given = TypeVar("Given")


class PostgresStorage(CatalogStorage):
    """Keeps records in a schema of a PostgreSQL database, for any number of machines.

    Parameters
    ----------
    url
        As PostgreSQL's own programs take it: ``postgresql://user@host:port/database``; ``?schema=``
        names the schema of the store, which is ``propstore`` unless told otherwise. A password is
        better given by ``PGPASSWORD`` or in ``~/.pgpass``; it is never shown.
    read_only
        Whether it is opened for reading only, for which a role that may only read is enough; there
        has to be a store then.
    create
        Whether a store is made where there is none.
    durability
        ``"full"`` if what is acknowledged has to survive a power cut of the server, ``"normal"`` if
        a kill of this process is enough.
    files
        Where the files of records are: the URL of an object store, a folder that all share, or an
        `ExternalStorage`. A store remembers a URL or a folder; later it need not be given.
    ancillary
        How the files of records are kept, unless ``store_object`` is told otherwise.

    Raises
    ------
    NotAStoreError
        If there is no store and none may be made; or if its files are elsewhere than it is told.
    StoreConnectionError
        If the server can't be reached, or lets nobody in.
    StoreFormatError
        If a later propstore wrote the store.
    StoreReadOnlyError
        If the store has to be made, or brought up to date, and the role may not do that.
    """

    _connections: PostgresConnections
    _catalog: PostgresCatalog

    def __init__(
        self,
        url: str,
        *,
        read_only: bool = False,
        create: bool = True,
        durability: Durability = "full",
        files: str | ExternalStorage | None = None,
        ancillary: AncillaryForm = "directory",
    ) -> None:
        super().__init__(read_only=read_only, ancillary=ancillary)
        self._address = Address(url)
        from propstore.backends.postgres.catalog import PostgresCatalog
        from propstore.backends.postgres.connections import PostgresConnections

        self._options: dict[str, Any] = {
            "read_only": read_only,
            "durability": durability,
            "files": files,
            "ancillary": ancillary,
        }
        self._connections = PostgresConnections(
            self._address, read_only=read_only, durability=durability
        )
        self._catalog = PostgresCatalog(self._connections)
        self._superseded = Superseded(self._connections)
        self._pending = PendingFiles()
        self._area: FileArea | None = None
        with self._closed_on_failure():
            self._open_catalog(create=create and not read_only)
            self._area = self._open_area(files)
        follow_forks(self)

    def __repr__(self) -> str:
        mode = ", read_only=True" if self.read_only else ""
        return f"PostgresStorage({str(self._address)!r}{mode})"

    def __reduce__(self) -> Any:
        return _reopen, (self._address.url, self._options)

    @property
    def address(self) -> Address:
        """Where it is, which is shown without a password."""
        return self._address

    def server_version(self) -> str:
        """Give the version of the server."""
        return self._catalog.server_version()

    def size(self) -> int:
        """Give the bytes of its tables and indexes."""
        return self._catalog.size()

    @property
    def area(self) -> FileArea:
        """Where the files of the records are."""
        if not self.keeps_files or self._area is None:
            raise AncillaryDataError(
                f"{self!r} has no place for files: open it with files=, the URL of an object store "
                "or a folder that all who use the store share."
            )
        return self._area

    @property
    def keeps_files(self) -> bool:
        """Whether it has a place for the files of records."""
        if self._area is None:
            self._area = self._open_area(None)  # another may have said by now where they are
        return self._area is not None

    def close(self) -> None:
        """Close the connections."""
        from propstore.backends.postgres.claims import PostgresClaims

        super().close()
        if isinstance(self._claims_made, PostgresClaims):
            self._claims_made.bell.close()

    def remove_object(self, storage_key: str) -> None:
        """Remove a record and its files.

        Raises
        ------
        ObjectNotFoundError
            If there is none of that key.
        """
        self._attempt(lambda: super(PostgresStorage, self).remove_object(storage_key))

    def _open_catalog(self, *, create: bool) -> None:
        from propstore.backends.postgres.migration import (
            bring_up_to_date,
            is_current,
            stored_format,
        )

        self._connections.check()
        stored = stored_format(self._connections)
        if stored is None and not create:
            raise NotAStoreError(f"there is no store at {str(self._address)!r}.")
        if not self.read_only and not is_current(stored):
            bring_up_to_date(self._connections)

    def _open_area(self, files: str | ExternalStorage | None) -> FileArea | None:
        place = None if files is None else _place_of(files)
        known = self._catalog.about().get("files")
        if known is None and place is not None and not self.read_only:
            with self._lock:
                self._catalog.note("files", place)
            known = self._catalog.about()["files"]
        if place is not None and place != known:
            raise NotAStoreError(f"the files of {self!r} are in {known!r}, not in {place!r}.")
        if known is None:
            return None
        storage = files if isinstance(files, ExternalStorage) else open_storage(known)
        if isinstance(storage, FileStorage):
            return LocalFileArea(storage)
        return RemoteFileArea(storage)

    def _make_claims(self) -> CatalogClaims:
        from propstore.backends.postgres.claims import PostgresClaims

        return PostgresClaims(self)

    def _attempt(self, change: Callable[[], Given]) -> Given:
        return self._connections.attempt(change)

    def _store_wholly(self, record: StoredData, storage_key: str | None, files: Any) -> str:
        # Most are new: to store one without looking first saves trips to the server.
        if files is None and storage_key is None:
            key = new_key()
            if self._catalog.add_record(key, record, record.to_json()):
                return key
        return super()._store_wholly(record, storage_key, files)

    def _keep(self, record: StoredData, storage_key: str | None, files: Any) -> str:
        from propstore.backends.postgres.catalog import IdentityTakenError

        while True:
            try:
                return super()._keep(record, storage_key, files)
            except IdentityTakenError:
                continue  # it is found now, or was removed again

    def _retrieve_many(self, keys: Sequence[str]) -> dict[str, Match[StoredData]]:
        return {row.key: self._match(row) for row in self._catalog.rows_of(keys)}

    def _find_identities(self, identities: Sequence[str]) -> dict[str, str]:
        return self._catalog.find_identities(identities)

    def _put(self, changes: Sequence[Change]) -> set[str]:
        from propstore.backends.postgres.catalog import IdentityTakenError

        taken: set[str] = set()
        for is_plain, group in groupby(changes, key=_is_plain):
            if is_plain:
                taken |= self._catalog.put_new({one.key: one.record for one in group})
                continue
            for change in group:
                try:
                    super()._put([change])
                except IdentityTakenError:
                    taken.add(change.key)
        return taken

    def _store_object(
        self,
        object_to_store: StoredData,
        storage_key: str | None = None,
        ancillary_data_path: Staged | None = None,
    ) -> str:
        stored = None if storage_key is None else self._catalog.get(storage_key)
        if stored is not None or ancillary_data_path is None:
            return super()._store_object(object_to_store, storage_key, ancillary_data_path)
        # The row comes first: were the identity taken, the files could not be staged again.
        key = super()._store_object(object_to_store, storage_key)
        location, generation = self._pending.place(
            ancillary_data_path, self.area, key, 0, object_to_store.to_json()
        )
        self._catalog.note_files(key, location, generation)
        return key

    def _restore(self, storage_key: str, generation: int) -> int:
        restore = super()._restore
        return self._attempt(lambda: restore(storage_key, generation))

    def _before_fork(self) -> None:
        # A thread that waits for the child holds the lock for as long: then the fork goes on.
        self._has_halted = self._lock.acquire(timeout=PATIENCE)

    def _after_fork_in_parent(self) -> None:
        if self._has_halted:
            self._lock.release()

    def _after_fork_in_child(self) -> None:
        self._lock = threading.RLock()
        self._catalog.forget()
        try:
            self._connections.after_fork_in_child()
        except StoreError as error:
            self._closed_because = str(error)


def _is_plain(change: Change) -> bool:
    """Tell whether a change is a new record without files."""
    return change.staged is None and not change.reason


def _place_of(files: str | ExternalStorage) -> str:
    """Give what the store remembers: not a path that leads elsewhere from another directory."""
    if not isinstance(files, str):
        return repr(files)
    return files if "://" in files else str(Path(files).absolute())


def _reopen(url: str, options: dict[str, Any]) -> PostgresStorage:
    return PostgresStorage(url, **options)
