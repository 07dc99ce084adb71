"""Records under unique keys: how they are kept and found again, over three hooks."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from propstore.ancillary import AncillaryForm, Submission
from propstore.ancillary.large_fields import bind_large_fields
from propstore.backends.claiming import Claiming
from propstore.backends.index import Files, Match, RecordIndex
from propstore.backends.key import check_key
from propstore.backends.key_index import RESERVED_KEY, PagedKeyIndex
from propstore.backends.lineage import Lineage
from propstore.backends.replacement import reason_to_replace
from propstore.backends.selection import Selection
from propstore.backends.submitting import Staging, submitted
from propstore.errors import (
    AncillaryDataError,
    InvalidDataError,
    ObjectNotFoundError,
    ObjectTypeError,
    QueryError,
    StoreClosedError,
    StoreReadOnlyError,
    UnsupportedOperationError,
)
from propstore.model.provenance import Provenance
from propstore.model.stored_data import StoredData
from propstore.model.tags import checked_tags
from propstore.query.conditions import And, Condition
from propstore.query.data_query import DataQuery
from propstore.query.search import Search

if TYPE_CHECKING:
    import xarray

__all__ = ["RecordStorage"]

Record = TypeVar("Record", bound=StoredData)


class RecordStorage(Claiming, Lineage, Staging, ABC):
    """Keeps records and their files under unique keys, and finds them again.

    Parameters
    ----------
    read_only
        Whether everything that would write is refused.
    ancillary
        How the files of records are kept, unless ``store_object`` is told otherwise.
    """

    def __init__(self, *, read_only: bool = False, ancillary: AncillaryForm = "directory") -> None:
        self._ancillary = ancillary
        self._lock = threading.RLock()
        self._read_only = read_only
        self._closed_because: str | None = None
        self._index_made: RecordIndex | None = None

    @property
    def read_only(self) -> bool:
        """Whether the store was opened for reading only."""
        return self._read_only

    def store_object(
        self,
        object_to_store: StoredData,
        ancillary_data_path: str | os.PathLike[str] | None = None,
        *,
        move: bool = False,
        tags: Mapping[str, str] | None = None,
        storage_key: str | None = None,
        ancillary: AncillaryForm | None = None,
        arrays: Mapping[str, Any] | xarray.Dataset | None = None,
        units: Mapping[str, str] | None = None,
    ) -> str:
        """Store a record, with its files.

        Parameters
        ----------
        object_to_store
            The record. One that is stored already, by the identity that its type gives it, is not
            stored again; of a replaceable one, that with the most information stays.
        ancillary_data_path
            The directory of its files.
        move
            Whether the files leave where they are, instead of being copied. They stay if the
            record is not stored.
        tags
            Small strings, by name, that can be queried: ``field("tags.project") == "..."``.
        storage_key
            The key to store it under, if there is a reason to choose one: an import, say.
        ancillary
            How the files are kept: ``"directory"`` as they are, or ``"netcdf"`` in one archive; as
            the store is told to if left out.
        arrays
            Arrays by name, or a dataset, that are kept in the archive with the files.
        units
            The CF units of arrays in the archive, by name.

        Returns
        -------
        str
            The key of the record that now stands for this one. When it is returned, the record
            and its files survive a kill of the process and a power cut.

        Raises
        ------
        ObjectTypeError
            If it is not a record of a type that has a name.
        AncillaryDataError
            If its files are missing and its type needs them, or can't be stored.
        """
        has_files = ancillary_data_path is not None or arrays is not None
        record = self._prepared(object_to_store, has_files, tags)
        if storage_key is not None:
            check_key(storage_key)
        form = ancillary or ("netcdf" if arrays is not None else self._ancillary)
        given = Submission(ancillary_data_path, form, move, arrays, units)

        def store() -> str:
            with submitted(self, record, given) as (kept, files), self._lock:
                return self._store_wholly(kept, storage_key, files)

        return self._attempt(store)

    @overload
    def retrieve_object(
        self, storage_key: str, expected_type: None = None
    ) -> tuple[StoredData | None, Files | None]: ...

    @overload
    def retrieve_object(
        self, storage_key: str, expected_type: type[Record]
    ) -> tuple[Record | None, Files | None]: ...

    def retrieve_object(
        self, storage_key: str, expected_type: type[StoredData] | None = None
    ) -> tuple[StoredData | None, Files | None]:
        """Give the record of a key and the directory of its files.

        Parameters
        ----------
        storage_key
            The key that `store_object` gave.
        expected_type
            The type that the record has to have.

        Returns
        -------
        tuple of StoredData and path
            ``(None, None)`` if there is none of that key. The path is None if the record has no
            files. Otherwise it is the directory itself, or, for an archive or files elsewhere,
            path-like: they are brought to a local directory when a path is asked for.

        Raises
        ------
        ObjectTypeError
            If the record is of another type.
        CorruptRecordError
            If what is stored can't be read.
        """
        with self._lock:
            self._check_open()
            record, path = self._retrieve_object(storage_key, expected_type)
        bind_large_fields(record, path)
        if record is not None and expected_type is not None:
            _check_type(storage_key, record, expected_type)
        return record, path

    def has_object(self, storage_object: StoredData) -> str | None:
        """Give the key under which a record of this identity is stored, or None.

        Of a type whose records are all kept, it is the key of the first that is equal.
        """
        with self._lock:
            self._check_open()
            identity = storage_object.identity()
            if identity is not None:
                return self._index.find_identity(identity)
        equal = (one.key for one in self.find(type(storage_object)) if one.record == storage_object)
        return next(equal, None)

    def remove_object(self, storage_key: str) -> None:
        """Remove a record and its files.

        Raises
        ------
        ObjectNotFoundError
            If there is none of that key.
        UnsupportedOperationError
            If the backend can't remove.
        """
        self._check_writable()
        with self._lock, self._transaction():
            if storage_key not in self:
                raise ObjectNotFoundError(f"no record is stored under {storage_key!r}.")
            self._remove_object(storage_key)
            self._index.remove(storage_key)

    def query(self, query: DataQuery) -> dict[tuple[Any, ...], list[Match[StoredData]]]:
        """Find the records that match a data query.

        Parameters
        ----------
        query
            What is asked for; an attribute that it leaves out matches everything.

        Returns
        -------
        dict
            For each tuple of the values that the records have where the query asks, in the order
            of the query's attributes: the list of ``(key, record, path)``.
        """
        if not isinstance(query, DataQuery):
            raise QueryError(f"{query!r} is not a data query; find(Type, condition) takes others.")
        found: dict[tuple[Any, ...], list[Match[StoredData]]] = {}
        for match in self._searched(Search(query.data_class, query.to_condition())):
            found.setdefault(query.matched_values(match.record), []).append(match)
        return found

    def find(self, record_type: type[Record], *conditions: Condition) -> Selection[Record]:
        """Select the records of a type that fulfil all the conditions.

        Parameters
        ----------
        record_type
            The type, whose subclasses are included; `StoredData` for all.
        *conditions
            Made by `field`, `contains` and the others.

        Raises
        ------
        UnknownFieldError
            If the type has no such field; the message has the nearest right name.
        QueryError, DimensionError
            If a value can't be compared with its field.
        """
        if not (isinstance(record_type, type) and issubclass(record_type, StoredData)):
            raise QueryError(f"{record_type!r} is not a record type, such as PropertyData.")
        for condition in conditions:
            if not isinstance(condition, Condition):
                raise QueryError(
                    f"{condition!r} is not a condition, as field('phase') == 'gas' is."
                )
        return Selection(self, Search(record_type, And(conditions).bind(record_type)))

    def keys(self, record_type: type[StoredData] = StoredData) -> list[str]:
        """List the keys of the records of a type, in the order in which they were stored."""
        with self._lock:
            self._check_open()
            return list(self._index.keys(record_type))

    def __len__(self) -> int:
        return self._counted(Search(StoredData))

    def __contains__(self, storage_key: object) -> bool:
        with self._lock:
            self._check_open()
            is_key = isinstance(storage_key, str) and not storage_key.startswith(RESERVED_KEY)
            return is_key and self._object_exists(str(storage_key))

    def __bool__(self) -> bool:
        return True  # a store without records is still a store

    def batch(self) -> AbstractContextManager[None]:
        """Make everything that is stored in a ``with`` block one transaction.

        What is stored in it is acknowledged at its end, all of it; if the block raises, none is
        stored. Other threads that write wait for the end.

        Raises
        ------
        UnsupportedOperationError
            If the backend has no transactions.
        """
        self._check_writable()
        return self._batch()

    def close(self) -> None:
        """Let go of files and connections; a closed store can't be used any more."""
        with self._lock:
            self._closed_because = f"{self!r} is closed; open the store again."

    def __enter__(self) -> Self:
        self._check_open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def _store_object(
        self,
        object_to_store: StoredData,
        storage_key: str | None = None,
        ancillary_data_path: Any = None,
    ) -> str:
        """Store a record and a directory of files, and give the record's key.

        Parameters
        ----------
        object_to_store
            The record; ``to_json`` writes it, ``load_document`` reads it.
        storage_key
            The key to use, in the place of the record that has it; a new one is made if None.
        ancillary_data_path
            The directory of its files, to be copied, or None. For a backend that stages files
            itself, what its ``_staged`` gave.
        """

    @abstractmethod
    def _retrieve_object(
        self, storage_key: str, expected_type: type[StoredData] | None = None
    ) -> tuple[StoredData | None, Files | None]:
        """Give the record of a key and the directory of its files, or ``(None, None)``.

        The type need not be checked: this is done for all backends.
        """

    @abstractmethod
    def _object_exists(self, storage_key: str) -> bool:
        """Tell whether a record is stored under a key."""

    def _remove_object(self, storage_key: str) -> None:
        """Remove a record and its files: a capability."""
        raise UnsupportedOperationError(f"{type(self).__name__} can't remove {storage_key!r}.")

    def _transaction(self) -> AbstractContextManager[None]:
        """Make what is done in a block one change, wholly or not at all: a capability."""
        return nullcontext()

    def _batch(self) -> AbstractContextManager[None]:
        """Give the transaction of a batch: a capability."""
        raise UnsupportedOperationError(
            f"{type(self).__name__} has no transactions; store the records one by one."
        )

    def _make_index(self) -> RecordIndex:
        """Make what finds the records: a capability."""
        return PagedKeyIndex(self)

    @property
    def _index(self) -> RecordIndex:
        if self._index_made is None:
            self._index_made = self._make_index()
        return self._index_made

    def _searched(self, search: Search) -> Iterator[Match[StoredData]]:
        self._check_open()
        return self._index.search(search)

    def _counted(self, search: Search) -> int:
        self._check_open()
        return self._index.count(search)

    def _explained(self, search: Search) -> str:
        self._check_open()
        return self._index.explain(search)

    def _store_wholly(self, record: StoredData, storage_key: str | None, files: Any) -> str:
        """Store a record with its files, or nothing of them, under the lock."""
        with self._transaction():
            return self._keep(record, storage_key, files)

    def _keep(self, record: StoredData, storage_key: str | None, files: Any) -> str:
        """Decide between keeping, replacing and adding, under the lock and in the transaction."""
        identity = record.identity()
        known = None if identity is None else self._index.find_identity(identity)
        reason: str | None = None
        if known is not None:
            stored, stored_files = self._retrieve_object(known)
            bind_large_fields(stored, stored_files)
            if stored is not None:
                reason = reason_to_replace(record, files, stored, stored_files)
                if reason is None:
                    return known
        elif storage_key is not None and self._object_exists(storage_key):
            raise InvalidDataError(f"{storage_key!r} is the key of another record already.")
        key = self._store_object(record, known or storage_key, files)
        if reason is not None:
            self._note_reason(key, reason)
        self._index.add(key, record)
        return key

    def _prepared(
        self,
        record: StoredData,
        has_files: bool,
        tags: Mapping[str, str] | None,
    ) -> StoredData:
        """Check what can be checked without the store, and note tags and provenance."""
        self._check_writable()
        if not isinstance(record, StoredData):
            raise ObjectTypeError(f"{record!r} is not a record; records are StoredData.")
        name = record.stored_type_name()
        if record.requires_files and not has_files:
            raise AncillaryDataError(
                f"a {name.name} needs its files: give their directory as ancillary_data_path."
            )
        all_tags = record.tags if tags is None else {**record.tags, **checked_tags(dict(tags))}
        return record.model_copy(update={"tags": all_tags, "provenance": Provenance.now()})

    def _check_open(self) -> None:
        if self._closed_because is not None:
            raise StoreClosedError(self._closed_because)

    def _check_writable(self) -> None:
        self._check_open()
        if self._read_only:
            raise StoreReadOnlyError(f"{self!r} was opened for reading; open it to write.")


def _check_type(key: str, record: StoredData, expected_type: type[StoredData]) -> None:
    if not isinstance(record, expected_type):
        raise ObjectTypeError(
            f"{key!r} is a {record.stored_type_name()}, not a {expected_type.__name__}."
        )
