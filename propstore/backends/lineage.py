"""The generations of a record: those before it, the way back to one, and one that is being read."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from typing import NoReturn

from propstore.backends.generation import Generation
from propstore.backends.index import Match
from propstore.errors import UnsupportedOperationError
from propstore.model.stored_data import StoredData

__all__ = ["Lineage"]


class Lineage:
    """What a backend that keeps replaced records offers; others refuse."""

    _lock: threading.RLock

    def history(self, storage_key: str) -> list[Generation]:
        """Give the records that have stood under a key, the one that stands now last.

        Those that were replaced are there until ``propstore gc`` removes them, by default once
        they were replaced 30 days ago.

        Raises
        ------
        ObjectNotFoundError
            If there is none of that key.
        UnsupportedOperationError
            If the backend keeps no replaced records.
        """
        self._check_open()
        return self._history(storage_key)

    def restore(self, storage_key: str, generation: int) -> int:
        """Put an earlier record of a key back into its place, with its files.

        The record that stands until then becomes a part of the history, from which it can be
        restored in turn. A replaceable record that has more information than the restored one
        takes its place when it is stored again.

        Parameters
        ----------
        storage_key
            The key.
        generation
            The number of the generation, as `history` gives it.

        Returns
        -------
        int
            The number of the generation that stands now: a new one, or the given one if it is the
            one that stands.

        Raises
        ------
        ObjectNotFoundError
            If there is none of that key, or it has no such generation.
        AncillaryDataError
            If its files are not what was stored.
        UnsupportedOperationError
            If the backend keeps no replaced records.
        """
        self._check_writable()
        return self._restore(storage_key, generation)

    def pin(
        self, storage_key: str, generation: int | None = None
    ) -> AbstractContextManager[Match[StoredData]]:
        """Give a record, and keep its files from being removed inside a ``with`` block.

        Without that, the files of a record that is replaced stay for as long as ``propstore gc``
        leaves them, and those of one that is removed go at once. A pin ends with the block, or
        with the process. Pinned files that were to be removed are left to the next
        ``propstore gc``.

        Parameters
        ----------
        storage_key
            The key.
        generation
            The number of an earlier generation, as `history` gives it; by default, the record
            that stands.

        Raises
        ------
        ObjectNotFoundError
            If there is none of that key, or it has no such generation.
        UnsupportedOperationError
            If the backend can't keep files from being removed.
        """
        self._check_open()
        return self._pinned(storage_key, generation)

    def _history(self, storage_key: str) -> list[Generation]:
        """Give the generations of a key: a capability."""
        self._refuse(
            f"keeps no record after it was replaced, and has no history of {storage_key!r}"
        )

    def _restore(self, storage_key: str, generation: int) -> int:
        """Make an earlier generation the one that stands: a capability."""
        self._refuse(
            f"keeps no record after it was replaced, and can't restore {storage_key!r} to its "
            f"generation {generation}"
        )

    def _pinned(
        self, storage_key: str, generation: int | None
    ) -> AbstractContextManager[Match[StoredData]]:
        """Keep files from being removed: a capability."""
        self._refuse(f"can't keep the files of {storage_key!r} from being removed")

    def _note_reason(self, storage_key: str, reason: str) -> None:
        """Note why a record was replaced, right after it was: a capability."""

    def _check_open(self) -> None:
        raise NotImplementedError

    def _check_writable(self) -> None:
        raise NotImplementedError

    def _refuse(self, what: str) -> NoReturn:
        raise UnsupportedOperationError(f"{type(self).__name__} {what}.")
