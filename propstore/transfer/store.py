"""What bringing records from store to store needs of the two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from propstore.ancillary import RecordFiles
from propstore.model.stored_data import StoredData
from propstore.query.search import Search

__all__ = ["Change", "Kept", "SourceStore", "TargetStore"]


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


class Change(NamedTuple):
    """A record that is to be stored as it is, with its tags and its provenance.

    Attributes
    ----------
    key
        The key to store it under; the record that has it becomes an earlier generation.
    record
        The record.
    staged
        The copies of its files, as `TargetStore.staged` gave them; None if it has none.
    reason
        Why it takes another's place; empty if it takes none.
    """

    key: str
    record: StoredData
    staged: Any = None
    reason: str = ""


class SourceStore(Protocol):
    """Where records come from; others may write to it meanwhile.

    What is asked about records is asked about many at once, as a store may be far away.
    """

    def search(self, search: Search) -> Iterator[Kept]:
        """Find records."""

    def retrieve(self, keys: Iterable[str]) -> Mapping[str, Kept]:
        """Give the records of those keys that are in use; the others may be no keys at all."""

    def find_identities(self, identities: Iterable[str]) -> Mapping[str, str]:
        """Give the keys of the records of those identities that are stored."""


class TargetStore(SourceStore, Protocol):
    """Where records go to."""

    def staged(self, files: Path | RecordFiles) -> AbstractContextManager[Any]:
        """Copy the files of a record of another store, outside of any lock, for a `Change`."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make what is done in a block one change, with the store's lock held."""

    def put(self, changes: Sequence[Change]) -> set[str]:
        """Store records in a transaction.

        Returns
        -------
        set of str
            The keys of those that are not stored, since another has stored their identity, or a
            record under their key, after it was looked for: to be looked for again.
        """
