"""A backend as those see it who share its results."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from propstore.ancillary import Submission
from propstore.backends.index import Match
from propstore.backends.record_storage import RecordStorage
from propstore.backends.submitting import Submitted, submitted
from propstore.errors import StoreReadOnlyError, UnsupportedOperationError
from propstore.model.stored_data import StoredData
from propstore.query.search import Search
from propstore.sharing.claim import ClaimTable

__all__ = ["SharedBackend"]

Given = TypeVar("Given")


class SharedBackend:
    """Gives `propstore.sharing` what it needs of a backend.

    Parameters
    ----------
    backend
        The backend.
    """

    def __init__(self, backend: RecordStorage) -> None:
        self._backend = backend

    @property
    def claims(self) -> ClaimTable:
        """The store's claims."""
        return self._backend._claims

    def search(self, search: Search) -> Iterator[Match[StoredData]]:
        """Find records."""
        return self._backend._searched(search)

    def find_identity(self, identity: str) -> Match[StoredData] | None:
        """Give the record of an identity, or None."""
        with self._backend._lock:
            self._backend._check_open()
            key = self._backend._index.find_identity(identity)
        return None if key is None else self.retrieve(key)

    def retrieve(self, key: str) -> Match[StoredData] | None:
        """Give the record of a key, or None."""
        record, path = self._backend.retrieve_object(key)
        return None if record is None else Match(key, record, path)

    def refuse_transaction(self) -> None:
        """Refuse to compute in a transaction, which nobody who waits could see the end of."""
        if self._backend._is_in_transaction:
            raise UnsupportedOperationError(
                "inside of batch() a result can't be computed once for all: others would not see "
                "it, or who computes it, before the end; ask for it before the batch, or after."
            )

    def refuse_if_read_only(self, question: str) -> None:
        """Refuse to compute what could not be stored."""
        if self._backend.read_only:
            raise StoreReadOnlyError(
                f"{question} is not stored, and {self._backend!r} was opened for reading; open it "
                "to write, and it is computed. explain_miss says what comes nearest."
            )

    @contextmanager
    def submitted(
        self, record: StoredData, directory: str | os.PathLike[str] | None, *, move: bool
    ) -> Iterator[Submitted]:
        """Prepare a record and its files, outside of any lock."""
        prepared = self._backend._prepared(record, directory is not None, None)
        given = Submission(directory, self._backend._ancillary, move)
        with submitted(self._backend, prepared, given) as pair:
            yield pair

    def attempt(self, change: Callable[[], Given]) -> Given:
        """Make a change that is undone if it fails, again where that may help."""
        return self._backend._attempt(change)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what is done in a block one change, with the store's lock held."""
        with self._backend._lock, self._backend._transaction():
            yield

    def keep(
        self, submitted: Any, *, instead_of: str | None = None, reason: str | None = None
    ) -> str:
        """Store what was submitted, as the next generation of a record if one is given."""
        backend, (record, files) = self._backend, submitted
        identity = record.identity()
        known = None if identity is None else backend._index.find_identity(identity)
        if instead_of is None or known not in (None, instead_of):
            return backend._keep(record, None, files)
        key = backend._store_object(record, instead_of, files)
        if reason is not None:
            backend._note_reason(key, reason)
        backend._index.add(key, record)
        return key
