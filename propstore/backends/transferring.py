"""What a store offers for bringing its records to another, and others' here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, cast

from propstore.ancillary import RecordFiles, Submission
from propstore.ancillary.archived_files import ArchivedFiles
from propstore.backends.index import Match
from propstore.backends.key import is_key
from propstore.backends.record_storage import RecordStorage
from propstore.backends.selection import Selection
from propstore.errors import UnsupportedOperationError
from propstore.model.stored_data import StoredData
from propstore.query.conditions import Condition
from propstore.query.search import Search
from propstore.transfer import Change, StoreDifference, TransferReport, compare_stores, update

__all__ = ["Transferring"]


def _ignore(number: int) -> None:
    """Show no progress."""


class Transferring(RecordStorage):
    """The methods of a store by which records move between stores, each under its key."""

    def update(
        self,
        other: Transferring | Selection[Any],
        *,
        progress: Callable[[int], None] = _ignore,
    ) -> TransferReport:
        """Bring the records of another store here, with their files, tags and provenance.

        What is here already is not copied again, so that an update that was interrupted goes on
        where it was when it is asked for again. The other store may be written to meanwhile; what
        is brought is what it had when the update began. Each record is stored under the key that
        it has there, and looked at afterwards whether it is what was brought, to the last file.

        Parameters
        ----------
        other
            The store; or a selection of it, as ``other.find(PropertyData, contains("CCO"))``
            gives. Records that selected ones name by their keys, such as a force field, come along.
        progress
            Called now and then with the number of records that are done.

        Returns
        -------
        TransferReport
            How many were added, present, or replaced what had less information; and those that
            differ from what is here without it being told which has more: of these nothing is
            changed.

        Raises
        ------
        AncillaryDataError
            If the files of a record can't be copied, or are not what was stored; it names the
            record.
        CorruptRecordError
            If a record can't be read.
        """
        self._check_writable()
        selection = other if isinstance(other, Selection) else other.find(StoredData)
        source = TransferBackend(cast(Transferring, selection._store))
        target = TransferBackend(self)
        return update(target, source, selection._search, progress)

    def subset(
        self,
        destination: Transferring,
        *conditions: Condition,
        record_type: type[StoredData] = StoredData,
        progress: Callable[[int], None] = _ignore,
    ) -> TransferReport:
        """Bring the records that fulfil all the conditions to another store.

        It is ``destination.update(store.find(record_type, *conditions))``.

        Parameters
        ----------
        destination
            The other store, empty or not.
        *conditions
            As for `find`: ``contains("CCO")``, ``~contains("O")``, ``consists_of("O", "CCO")``,
            ``field("substance").one_of(...)``.
        record_type
            Records of this type only, its subclasses included.
        progress
            Called now and then with the number of records that are done.

        Raises
        ------
        QueryError
            If a condition does not fit the record type.
        """
        selected = self.find(record_type, *conditions)
        return destination.update(selected, progress=progress)

    def differences(
        self, other: Transferring, *, progress: Callable[[int], None] = _ignore
    ) -> Iterator[StoreDifference]:
        """Give the records in which this store and another differ, one after the other.

        Two records are compared if they have the same identity, or else the same key: by their
        fields, tags and the digests of their files, not by who stored them and when.

        Parameters
        ----------
        other
            The other store.
        progress
            Called after each record of either store with the number of those that are done.
        """
        first = TransferBackend(self)
        return compare_stores(first, TransferBackend(other), progress)

    def _retrieve_many(self, keys: Sequence[str]) -> dict[str, Match[StoredData]]:
        """Give the records of those keys that are in use: a capability."""
        found = ((key, *self.retrieve_object(key)) for key in keys)
        return {key: Match(key, record, path) for key, record, path in found if record is not None}

    def _find_identities(self, identities: Sequence[str]) -> dict[str, str]:
        """Give the keys of the records of those identities that are stored: a capability."""
        find = self._index.find_identity
        found = ((identity, find(identity)) for identity in identities)
        return {identity: key for identity, key in found if key is not None}

    def _put(self, changes: Sequence[Change]) -> set[str]:
        """Store records as they are, in a transaction: a capability.

        Returns
        -------
        set of str
            The keys of those that others have stored since they were looked for.
        """
        for change in changes:
            self._store_object(change.record, change.key, change.staged)
            if change.reason:
                self._note_reason(change.key, change.reason)
            self._index.add(change.key, change.record)
        return set()


class TransferBackend:
    """Gives `propstore.transfer` what it needs of a backend.

    Parameters
    ----------
    backend
        The backend.
    """

    def __init__(self, backend: Transferring) -> None:
        self._backend = backend

    def __repr__(self) -> str:
        return repr(self._backend)

    def search(self, search: Search) -> Iterator[Match[StoredData]]:
        """Find records."""
        return self._backend._searched(search)

    def find_identities(self, identities: Iterable[str]) -> dict[str, str]:
        """Give the keys of the records of those identities that are stored."""
        with self._backend._lock:
            self._backend._check_open()
            return self._backend._find_identities(list(identities))

    def retrieve(self, keys: Iterable[str]) -> dict[str, Match[StoredData]]:
        """Give the records of those keys that are in use; the others may be no keys at all."""
        with self._backend._lock:
            self._backend._check_open()
            return self._backend._retrieve_many([key for key in keys if is_key(key)])

    def staged(self, files: Path | RecordFiles) -> AbstractContextManager[Any]:
        """Copy the files of a record, those in an archive bit for bit if it can be kept."""
        backend = self._backend
        if isinstance(files, ArchivedFiles):
            try:
                return backend._staged(Submission(None, "netcdf", archive=files.archive))
            except UnsupportedOperationError:  # the files alone can be kept, as a directory
                pass
        return backend._staged(Submission(Path(files)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what is done in a block one change, with the store's lock held."""
        with self._backend._lock, self._backend._transaction():
            yield

    def put(self, changes: Sequence[Change]) -> set[str]:
        """Store records in a transaction, and give the keys of those that others have taken."""
        return self._backend._put(changes)
