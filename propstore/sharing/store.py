"""What computing once needs of a store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from propstore.model.stored_data import StoredData
from propstore.query.search import Search
from propstore.sharing.claim import ClaimTable

__all__ = ["Found", "SharedStore"]

Given = TypeVar("Given")


class Found(Protocol):
    """A stored record."""

    @property
    def key(self) -> str:
        """The key under which it is stored."""

    @property
    def record(self) -> StoredData:
        """The record."""

    @property
    def path(self) -> os.PathLike[str] | None:
        """Its files, or None."""


class SharedStore(Protocol):
    """A store as those see it who share its results."""

    @property
    def claims(self) -> ClaimTable:
        """The store's claims."""

    def search(self, search: Search) -> Iterator[Found]:
        """Find records."""

    def find_identity(self, identity: str) -> Found | None:
        """Give the record of an identity, or None."""

    def retrieve(self, key: str) -> Found | None:
        """Give the record of a key, or None."""

    def refuse_transaction(self) -> None:
        """Raise `UnsupportedOperationError` if this thread is inside of a transaction."""

    def refuse_if_read_only(self, question: str) -> None:
        """Raise `StoreReadOnlyError` if a result could not be stored."""

    def submitted(
        self, record: StoredData, directory: str | os.PathLike[str] | None, *, move: bool
    ) -> AbstractContextManager[Any]:
        """Prepare a record and its files, outside of any lock, for `keep`."""

    def attempt(self, change: Callable[[], Given]) -> Given:
        """Make a change that is undone if it fails, again where that may help."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make what is done in a block one change, with the store's lock held."""

    def keep(
        self, submitted: Any, *, instead_of: str | None = None, reason: str | None = None
    ) -> str:
        """Store what was submitted, in a transaction.

        Parameters
        ----------
        submitted
            What `submitted` gave.
        instead_of
            The key of a record whose next generation it is to be. Without it, the store decides by
            the record's identity whether it is kept.
        reason
            Why it takes that place, in words.

        Returns
        -------
        str
            The key of the record that now stands for it.
        """
