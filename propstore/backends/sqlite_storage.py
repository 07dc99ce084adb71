"""What the store in a folder and the one in memory share: a catalog in SQLite."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from propstore.ancillary import AncillaryForm, FileArea, Staged, Submission
from propstore.ancillary.large_fields import bind_large_fields
from propstore.backends.base import StorageBackend
from propstore.backends.catalog import Catalog, Plan, Row
from propstore.backends.catalog_lineage import CatalogLineage
from propstore.backends.claims_table import SQLiteClaims
from propstore.backends.connections import Connections, Durability
from propstore.backends.forking import PATIENCE, follow_forks
from propstore.backends.incomplete import report_left_out
from propstore.backends.index import Files, Match, RecordIndex
from propstore.backends.pending_files import PendingFiles
from propstore.backends.superseded import Superseded, SupersededRow
from propstore.errors import CorruptRecordError, MigrationError, StoreError
from propstore.model.registry import TypeName, registry
from propstore.model.stored_data import StoredData, UnknownData, load_document
from propstore.query.search import Search
from propstore.sharing.claim import ClaimTable

__all__ = ["SQLiteStorage"]


class SQLiteStorage(CatalogLineage, StorageBackend):
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

    _catalog: Catalog
    _superseded: Superseded

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
        self._connections.open()
        follow_forks(self)

    def close(self) -> None:
        """Close the connections to the catalog."""
        with self._lock:
            if self._closed_because is None:
                self._connections.close()
            super().close()

    def about(self) -> dict[str, str]:
        """Give what the store says of itself: when and by which propstore it was made, ..."""
        return self._catalog.about()

    @property
    def area(self) -> FileArea:
        """Where the files of the records are."""
        raise NotImplementedError

    def _make_index(self) -> RecordIndex:
        return _CatalogIndex(self._catalog, self._match)

    def _make_claims(self) -> ClaimTable:
        return SQLiteClaims(self)

    @property
    def _is_in_transaction(self) -> bool:
        return self._connections.is_writing

    def _store_object(
        self,
        object_to_store: StoredData,
        storage_key: str | None = None,
        ancillary_data_path: Staged | None = None,
    ) -> str:
        key = storage_key or self._new_key()
        stored = None if storage_key is None else self._catalog.get(storage_key)
        generation = 0 if stored is None else stored.generation + 1
        document = object_to_store.to_json()
        location = None
        if ancillary_data_path is not None:
            generation = self.area.first_free_generation(key, generation)
            placed = ancillary_data_path.place(key, generation, document)
            self._pending.add(placed)
            location = placed.location
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

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._connections.is_writing:
            with self._step():
                yield
            return
        try:
            with self._connections.writing():
                yield
        except BaseException as error:
            self._catalog.forget()
            self._pending.abandon(error, self._catalog.locations)
            raise
        self._pending.complete(self.area, self._removing())

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

    def _before_fork(self) -> None:
        # A thread that waits for the child holds the lock for as long: then the fork goes on.
        self._has_halted = self._lock.acquire(timeout=PATIENCE)
        self._connections.before_fork()

    def _after_fork_in_parent(self) -> None:
        self._connections.after_fork_in_parent()
        if self._has_halted:
            self._lock.release()

    def _after_fork_in_child(self) -> None:
        self._lock = threading.RLock()
        self._catalog.forget()
        try:
            self._connections.after_fork_in_child(self._lock)
        except StoreError as error:
            self._closed_because = str(error)


class _CatalogIndex:
    """Finds records by SQL, and tests in Python what SQL can't say."""

    def __init__(self, catalog: Catalog, match: Callable[[Row], Match[StoredData]]) -> None:
        self._catalog = catalog
        self._match = match

    def find_identity(self, identity: str) -> str | None:
        return self._catalog.find_identity(identity)

    def add(self, key: str, record: StoredData) -> None:
        """Do nothing: the catalog knows it already."""

    def remove(self, key: str) -> None:
        """Do nothing: the catalog knows it already."""

    def keys(self, record_type: type[StoredData]) -> Iterator[str]:
        if record_type is UnknownData:
            return (match.key for match in self.search(Search(UnknownData)))
        return self._catalog.keys(_type_names(record_type))

    def search(self, search: Search) -> Iterator[Match[StoredData]]:
        plan = self._plan(search)
        is_limited = search.limit is not None and self._has_unreadable(search.record_type)
        if not plan.is_complete or is_limited or search.record_type is UnknownData:
            return self._tested(plan, search)
        return self._readable(plan, search.record_type, search.limit)

    def count(self, search: Search) -> int:
        plan = self._plan(search)
        if plan.where.is_exact and not self._has_unreadable(search.record_type):
            return self._catalog.count(plan)
        return sum(1 for _ in self._accepted(plan, search))

    def explain(self, search: Search) -> str:
        plan = self._plan(search)
        lines = [_in_words(line) for line in self._catalog.query_plan(plan)]
        if not plan.where.is_exact:
            lines.append(f"tests what it finds in Python: {search.condition!r}")
        if plan.order is None:
            lines.append("orders what it finds in Python")
        return "The catalog " + "; then it ".join(line for line in lines if line) + "."

    def _tested(self, plan: Plan, search: Search) -> Iterator[Match[StoredData]]:
        if plan.order is not None:
            # SQL has ordered them: only the limit is left.
            search = Search(search.record_type, search.condition, limit=search.limit)
        accepted = ((match, match.record) for match in self._accepted(plan, search))
        for match, _ in search.arrange(accepted):
            yield match

    def _accepted(self, plan: Plan, search: Search) -> Iterator[Match[StoredData]]:
        for match in self._readable(plan, search.record_type, None):
            if plan.where.is_exact or search.condition.matches(match.record):
                yield match

    def _readable(
        self, plan: Plan, record_type: type[StoredData], limit: int | None
    ) -> Iterator[Match[StoredData]]:
        """Give the records that are of the type, and report those of a later version of it."""
        left_out: set[str] = set()
        for row in self._catalog.rows(plan, limit):
            match = self._match(row)
            if isinstance(match.record, record_type):
                yield match
            elif record_type is not UnknownData:
                left_out.add(str(match.record.stored_type_name()))
        report_left_out(left_out, record_type)

    def _has_unreadable(self, record_type: type[StoredData]) -> bool:
        if record_type is StoredData:
            return False
        names = _type_names(record_type)
        stored = [name for name in self._catalog.types() if names is None or name.name in names]
        return any(not issubclass(_class_of(name), record_type) for name in stored)

    def _plan(self, search: Search) -> Plan:
        return self._catalog.plan(search, _type_names(search.record_type))


def _type_names(record_type: type[StoredData]) -> list[str] | None:
    """Give the names of the types that are of a class; None if it may be any."""
    if record_type in (StoredData, UnknownData):
        return None
    return [
        known.type_name.name
        for known in registry.classes()
        if known.type_name is not None and issubclass(known, record_type)
    ]


def _class_of(name: TypeName) -> type[StoredData]:
    """Give the class as which documents of a type are read."""
    known = registry.find(name.name)
    if known is None or known.type_name is None or known.type_name.version < name.version:
        return UnknownData
    return known


def _in_words(line: str) -> str:
    """Say in words what a line of SQLite's query plan says."""
    if line.startswith("SEARCH records"):
        index = line.partition("USING ")[2].replace("COVERING ", "")
        return f"searches its records by the {index.replace('INDEX', 'index')}"
    if line.startswith("SCAN records"):
        return "reads all its records"
    if line.startswith("USE TEMP B-TREE FOR"):
        return "orders what it finds"
    return ""
