"""What a backend knows about its records without opening each: its index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from propstore.ancillary import RecordFiles
from propstore.model.stored_data import StoredData
from propstore.query.search import Search

__all__ = ["Files", "Hooks", "Match", "RecordIndex"]

Files: TypeAlias = Path | RecordFiles
"""The files of a record: the directory itself, or what brings them there when a path is needed."""

Record = TypeVar("Record", bound=StoredData, covariant=True)


class Match(NamedTuple, Generic[Record]):
    """A record that was found.

    Attributes
    ----------
    key
        The key under which it is stored.
    record
        The record.
    path
        Its files: a directory, or what is path-like; None if it has none.
    """

    key: str
    record: Record
    path: Files | None


class Hooks(Protocol):
    """The three hooks of a backend, and the lock under which they run."""

    @property
    def _lock(self) -> AbstractContextManager[object]: ...

    def _store_object(self, object_to_store: StoredData, storage_key: str | None = None) -> str: ...

    def _retrieve_object(self, storage_key: str) -> tuple[StoredData | None, Files | None]: ...

    def _object_exists(self, storage_key: str) -> bool: ...


class RecordIndex(Protocol):
    """Finds records by their identity and by a search."""

    def find_identity(self, identity: str) -> str | None:
        """Give the key of the record of an identity, or None."""

    def add(self, key: str, record: StoredData) -> None:
        """Take note of a record that was stored, new or in the place of another."""

    def remove(self, key: str) -> None:
        """Take note that a record was removed."""

    def keys(self, record_type: type[StoredData]) -> Iterator[str]:
        """Give the keys of all records of a type, in the order in which they were stored."""

    def search(self, search: Search) -> Iterator[Match[StoredData]]:
        """Find records, in the order that the search asks for."""

    def count(self, search: Search) -> int:
        """Count what a search finds, without its limit."""

    def explain(self, search: Search) -> str:
        """Say in words how a search is answered."""
