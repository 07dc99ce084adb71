"""What the store in a folder and the one in memory share: a catalog in SQLite."""

from __future__ import annotations

import os
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from propstore.ancillary import CommittedDirectory, RecordDirectories, StagedDirectory
from propstore.backends.base import StorageBackend
from propstore.backends.catalog import Catalog, Plan, Row
from propstore.backends.connections import Connections, Durability
from propstore.backends.index import Match, RecordIndex
from propstore.errors import CorruptRecordError, MigrationError
from propstore.model.registry import TypeName, registry
from propstore.model.stored_data import StoredData, UnknownData, load_document
from propstore.query.search import Search

__all__ = ["IncompleteAnswerWarning", "SQLiteStorage"]

_OPEN_STORES: weakref.WeakSet[SQLiteStorage] = weakref.WeakSet()


class IncompleteAnswerWarning(UserWarning):
    """Records that may belong to an answer could not be read as their type, and are left out."""


class SQLiteStorage(StorageBackend):
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
    """

    def __init__(
        self, catalog: Path | None, *, read_only: bool = False, durability: Durability = "full"
    ) -> None:
        super().__init__(read_only=read_only)
        self._connections = Connections(
            catalog, read_only=read_only, durability=durability, lock=self._lock
        )
        self._catalog = Catalog(self._connections)
        self._placed: list[CommittedDirectory] = []
        self._doomed: list[str] = []
        self._connections.open()
        _OPEN_STORES.add(self)

    def close(self) -> None:
        """Close the connections to the catalog."""
        with self._lock:
            if not self._is_closed:
                self._connections.close()
            super().close()

    def about(self) -> dict[str, str]:
        """Give what the store says of itself: when and by which propstore it was made, ..."""
        return self._catalog.about()

    @property
    def _directories(self) -> RecordDirectories:
        raise NotImplementedError

    def _make_index(self) -> RecordIndex:
        return _CatalogIndex(self._catalog, self._match)

    def _store_object(
        self,
        object_to_store: StoredData,
        storage_key: str | None = None,
        ancillary_data_path: StagedDirectory | None = None,
    ) -> str:
        key = storage_key or self._new_key()
        stored = None if storage_key is None else self._catalog.get(storage_key)
        generation = 0 if stored is None else stored.generation + 1
        document = object_to_store.to_json()
        location = None
        if ancillary_data_path is not None:
            placed = self._directories.commit(ancillary_data_path, key, generation, document)
            self._placed.append(placed)
            location = placed.location
        self._catalog.put(key, object_to_store, document, location, generation)
        return key

    def _retrieve_object(
        self, storage_key: str, expected_type: type[StoredData] | None = None
    ) -> tuple[StoredData | None, Path | None]:
        stored = self._catalog.get(storage_key)
        if stored is None:
            return None, None
        match = self._match(Row(storage_key, stored.document, stored.files))
        return match.record, match.path

    def _object_exists(self, storage_key: str) -> bool:
        return self._catalog.exists(storage_key)

    def _remove_object(self, storage_key: str) -> None:
        self._doomed += self._catalog.remove(storage_key)

    def _staged(
        self, source: str | os.PathLike[str] | None, move: bool
    ) -> AbstractContextManager[StagedDirectory | None]:
        if source is None:
            return super()._staged(None, move)
        return self._directories.stage(source, move=move)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._connections.is_writing:
            yield
            return
        committed = False
        try:
            with self._connections.writing():
                yield
            committed = True
        finally:
            self._settle(committed)

    @contextmanager
    def _batch(self) -> Iterator[None]:
        with self._lock, self._transaction():
            yield

    def _settle(self, committed: bool) -> None:
        """Bring the files to where the catalog now says that they are."""
        placed, self._placed = self._placed, []
        doomed, self._doomed = self._doomed, []
        if not committed:
            self._catalog.forget()
            for directory in reversed(placed):
                directory.undo()
            return
        for directory in placed:
            directory.finish()
        for location in doomed:
            self._directories.remove(location)

    def _match(self, row: Row) -> Match:
        try:
            record = load_document(row.document)
        except (CorruptRecordError, MigrationError) as error:
            raise type(error)(
                f"the record {row.key!r} of {self!r} can't be read: {error}"
            ) from error
        path = None if row.files is None else self._directories.path(row.files)
        return Match(row.key, record, path)

    def _after_fork(self) -> None:
        self._reset_lock()
        self._connections.reset_after_fork(self._lock)
        self._catalog.forget()


def _reopen_after_fork() -> None:
    for store in _OPEN_STORES:
        store._after_fork()


os.register_at_fork(after_in_child=_reopen_after_fork)


class _CatalogIndex:
    """Finds records by SQL, and tests in Python what SQL can't say."""

    def __init__(self, catalog: Catalog, match: Callable[[Row], Match]) -> None:
        self._catalog = catalog
        self._match = match

    def find_identity(self, identity: str) -> str | None:
        return self._catalog.find_identity(identity)

    def add(self, key: str, record: StoredData) -> None:
        """Do nothing: the catalog knows it already."""

    def remove(self, key: str) -> None:
        """Do nothing: the catalog knows it already."""

    def keys(self, record_type: type[StoredData]) -> Iterator[str]:
        return self._catalog.keys(self._type_ids(record_type))

    def search(self, search: Search) -> Iterator[Match]:
        plan = self._plan(search)
        if plan.is_complete:
            return self._exact(plan, search)
        return self._tested(plan, search)

    def count(self, search: Search) -> int:
        plan = self._plan(search)
        if plan.where.is_exact:
            return self._catalog.count(plan)
        return sum(1 for match in self._matches(plan, None) if search.accepts(match.record))

    def explain(self, search: Search) -> str:
        plan = self._plan(search)
        lines = [_in_words(line) for line in self._catalog.query_plan(plan)]
        if not plan.where.is_exact:
            lines.append(f"tests what it finds in Python: {search.condition!r}")
        if plan.order is None:
            lines.append("orders what it finds in Python")
        return "The catalog " + "; then it ".join(line for line in lines if line) + "."

    def _exact(self, plan: Plan, search: Search) -> Iterator[Match]:
        for match in self._matches(plan, search.limit):
            if isinstance(match.record, search.record_type):
                yield match

    def _tested(self, plan: Plan, search: Search) -> Iterator[Match]:
        accepted = (
            (match, match.record)
            for match in self._matches(plan, None)
            if plan.where.is_exact or search.accepts(match.record)
        )
        if plan.order is not None:
            # SQL has ordered them: only the limit is left.
            search = Search(search.record_type, search.condition, limit=search.limit)
        for match, _ in search.arrange(accepted):
            yield match

    def _matches(self, plan: Plan, limit: int | None) -> Iterator[Match]:
        return (self._match(row) for row in self._catalog.rows(plan, limit))

    def _plan(self, search: Search) -> Plan:
        return self._catalog.plan(search, self._type_ids(search.record_type))

    def _type_ids(self, record_type: type[StoredData]) -> list[int] | None:
        """Give the ids of the stored types that are of a class; None for all."""
        if record_type is StoredData:
            return None
        stored = self._catalog.types()
        newer = [name for name in stored if _is_newer(name, record_type)]
        if newer:
            warnings.warn(
                f"records of {', '.join(map(str, newer))} were stored by a later program and are "
                f"left out of an answer about {record_type.__name__}.",
                IncompleteAnswerWarning,
                stacklevel=4,
            )
        return [
            type_id for name, type_id in stored.items() if issubclass(_class_of(name), record_type)
        ]


def _class_of(name: TypeName) -> type[StoredData]:
    """Give the class as which documents of a type are read."""
    known = registry.find(name.name)
    if known is None or known.type_name is None or known.type_name.version < name.version:
        return UnknownData
    return known


def _is_newer(name: TypeName, record_type: type[StoredData]) -> bool:
    known = registry.find(name.name)
    return (
        known is not None
        and issubclass(known, record_type)
        and not issubclass(_class_of(name), record_type)
    )


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
