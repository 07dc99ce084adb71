"""What bringing records from store to store needs of the two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from propstore.ancillary import RecordFiles
from propstore.model.stored_data import StoredData
from propstore.query.search import Search

__all__ = ["Kept", "SourceStore", "TargetStore"]


class Kept(Protocol):
    """A record that a store has."""

    @property
    def key(self) -> str:
        """The key under which it is stored."""

    @property
    def record(self) -> StoredData:
        """The record."""

    @property
    def path(self) -> Path | RecordFiles | None:
        """Its files, or None."""


class SourceStore(Protocol):
    """Where records come from; others may write to it meanwhile."""

    def search(self, search: Search) -> Iterator[Kept]:
        """Find records."""

    def retrieve(self, key: str) -> Kept | None:
        """Give the record of a key, or None."""

    def find_identity(self, identity: str) -> str | None:
        """Give the key of the record of an identity, or None."""


class TargetStore(SourceStore, Protocol):
    """Where records go to."""

    def staged(self, files: Path | RecordFiles) -> AbstractContextManager[Any]:
        """Copy the files of a record of another store, outside of any lock, for `put`."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make what is done in a block one change, with the store's lock held."""

    def put(self, key: str, record: StoredData, staged: Any, reason: str) -> None:
        """Store a record as it is, with its tags and its provenance, in a transaction.

        Parameters
        ----------
        key
            The key to store it under; the record that has it becomes an earlier generation.
        record
            The record.
        staged
            What `staged` gave; None if it has no files.
        reason
            Why it takes another's place; empty if it takes none.
        """
