"""What the stores share whose catalog is in a SQL database."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from propstore.ancillary import FileArea, Staged, Submission
from propstore.ancillary.large_fields import bind_large_fields
from propstore.backends.base import StorageBackend
from propstore.backends.catalog import Catalog, Row
from propstore.backends.catalog_connections import CatalogConnections
from propstore.backends.catalog_index import CatalogIndex
from propstore.backends.catalog_lineage import CatalogLineage
from propstore.backends.contents import Contents, contents_of
from propstore.backends.index import Files, Match, RecordIndex
from propstore.backends.key import new_key
from propstore.backends.pending_files import PendingFiles
from propstore.backends.superseded import Superseded, SupersededRow
from propstore.errors import CorruptRecordError, MigrationError
from propstore.model.stored_data import StoredData, load_document
from propstore.sharing.claim import ClaimTable, Holding

__all__ = ["CatalogClaims", "CatalogStorage"]


class CatalogClaims(ClaimTable, Protocol):
    """The claims of a catalog, which can be listed."""

    def holdings(self) -> list[Holding]:
        """Give all claims that someone holds, or held until it was killed."""


class CatalogStorage(CatalogLineage, StorageBackend):
    """A backend whose catalog is in a SQL database."""

    _connections: CatalogConnections
    _catalog: Catalog
    _superseded: Superseded
    _pending: PendingFiles

    def close(self) -> None:
        """Close the connections to the catalog."""
        with self._lock:
            if self._closed_because is None:
                self._connections.close()
            super().close()

    @contextmanager
    def _closed_on_failure(self) -> Iterator[None]:
        """Close the store if what follows to open it fails."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def about(self) -> dict[str, str]:
        """Give what the store says of itself: when and by which propstore it was made, ..."""
        return self._catalog.about()

    def contents(self) -> Contents:
        """Count the records by type, and the substances, without reading a record."""
        return contents_of(self._connections)

    @property
    def area(self) -> FileArea:
        """Where the files of the records are."""
        raise NotImplementedError

    @property
    def keeps_files(self) -> bool:
        """Whether it has a place for the files of records."""
        return True

    @abstractmethod
    def _make_claims(self) -> CatalogClaims:
        """Make the table of who computes what."""

    def _make_index(self) -> RecordIndex:
        return CatalogIndex(self._catalog, self._match)

    @property
    def _is_in_transaction(self) -> bool:
        return self._connections.is_writing

    def _store_object(
        self,
        object_to_store: StoredData,
        storage_key: str | None = None,
        ancillary_data_path: Staged | None = None,
    ) -> str:
        key = storage_key or new_key()
        stored = None if storage_key is None else self._catalog.get(storage_key)
        generation = 0 if stored is None else stored.generation + 1
        document = object_to_store.to_json()
        location = None
        if ancillary_data_path is not None:
            location, generation = self._pending.place(
                ancillary_data_path, self.area, key, generation, document
            )
        self._catalog.put(
            key, object_to_store, document, location, generation, replaces=stored is not None
        )
        return key

    def _retrieve_object(
        self, storage_key: str, expected_type: type[StoredData] | None = None
    ) -> tuple[StoredData | None, Files | None]:
        stored = self._catalog.get(storage_key)
        if stored is None:
            return None, None
        match = self._match(Row(storage_key, stored.document, stored.files))
        return match.record, match.path

    def _object_exists(self, storage_key: str) -> bool:
        return self._catalog.exists(storage_key)

    def _remove_object(self, storage_key: str) -> None:
        self._pending.doom(self._catalog.remove(storage_key))

    def _forget_generation(self, row: SupersededRow) -> None:
        """Forget a record that was replaced, inside a transaction; its files go after that."""
        if self._superseded.remove(row.key, row.generation) and row.files is not None:
            self._pending.doom([row.files])

    def _staged(self, submission: Submission) -> AbstractContextManager[Staged]:
        return self.area.stage(submission)

    def _scratch(self) -> AbstractContextManager[str]:
        return self.area.scratch()

    def _transaction(self) -> AbstractContextManager[None]:
        return self._step() if self._connections.is_writing else self._outermost()

    @contextmanager
    def _outermost(self) -> Iterator[None]:
        try:
            with self._connections.writing():
                yield
        except BaseException as error:
            self._catalog.forget()
            self._pending.abandon(error, self._catalog.locations)
            raise
        self._pending.complete(self._remove_files, self._removing())

    @contextmanager
    def _step(self) -> Iterator[None]:
        """Undo a step of a batch that fails, so that the batch can go on without it."""
        mark = self._pending.mark()
        try:
            with self._connections.savepoint():
                yield
        except BaseException as error:
            self._catalog.forget()
            self._pending.undo(mark, error)
            raise

    @contextmanager
    def _batch(self) -> Iterator[None]:
        with self._lock, self._transaction():
            yield

    def _remove_files(self, location: str) -> None:
        self.area.remove(location)

    def _removing(self) -> AbstractContextManager[bool]:
        """Tell, for a block, whether files may be removed."""
        return nullcontext(True)

    def _match(self, row: Row) -> Match[StoredData]:
        try:
            record = load_document(row.document)
        except (CorruptRecordError, MigrationError) as error:
            raise type(error)(
                f"the record {row.key!r} of {self!r} can't be read: {error}"
            ) from error
        path = None if row.files is None else self.area.open(row.files)
        bind_large_fields(record, path)
        return Match(row.key, record, path)
