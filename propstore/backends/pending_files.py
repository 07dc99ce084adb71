"""Files that a transaction has put in place, or has made superfluous, until it ends."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

from propstore.ancillary import FileArea, Placed, Staged
from propstore.errors import PropstoreError

__all__ = ["LeftoverFilesWarning", "PendingFiles"]


class LeftoverFilesWarning(UserWarning):
    """What was asked for is done, but files that were to go could not be removed."""


class _Mark(NamedTuple):
    placed: int
    doomed: int


class PendingFiles:
    """Keeps the files of a catalog where the catalog says that they are.

    Used under the lock of the store.
    """

    def __init__(self) -> None:
        self._placed: list[Placed] = []
        self._doomed: list[str] = []

    def place(
        self, staged: Staged, area: FileArea, key: str, generation: int, document: str
    ) -> tuple[str, int]:
        """Put the files of a record in place, and take note that they are not committed.

        Parameters
        ----------
        staged
            The files.
        area
            Where they go.
        key
            The record's key.
        generation
            The first of the key's generations whose place they may take.
        document
            The record as JSON.

        Returns
        -------
        location, generation
            Where they are, and the generation whose place that is.
        """
        free = area.first_free_generation(key, generation)
        placed = staged.place(key, free, document)
        self._placed.append(placed)
        return placed.location, free

    def doom(self, locations: list[str]) -> None:
        """Take note of files that are to be removed once the transaction is committed."""
        self._doomed += locations

    def mark(self) -> _Mark:
        """Give what `undo` goes back to."""
        return _Mark(len(self._placed), len(self._doomed))

    def undo(self, mark: _Mark, error: BaseException) -> None:
        """Undo what was done since a mark; what goes wrong is a note to the error behind it."""
        placed = self._placed[mark.placed :]
        del self._placed[mark.placed :], self._doomed[mark.doomed :]
        for files in reversed(placed):
            _attempt(files.undo, files.location, error)

    def abandon(self, error: BaseException, named: Callable[[], set[str]]) -> None:
        """End a transaction that failed: undo everything that the catalog does not name.

        Parameters
        ----------
        error
            What went wrong; it may have come after the commit, as an interrupt can.
        named
            Gives the locations that the catalog names.
        """
        placed, self._placed, self._doomed = self._placed, [], []
        if not placed:
            return
        try:
            committed = named()
        except PropstoreError as second:
            places = ", ".join(files.location for files in placed)
            error.add_note(f"The catalog can't be read ({second}), so {places} is left as it is.")
            return
        for files in reversed(placed):
            step = files.finish if files.location in committed else files.undo
            _attempt(step, files.location, error)

    def complete(
        self, remove: Callable[[str], object], removing: AbstractContextManager[bool]
    ) -> None:
        """End a transaction that is committed.

        Parameters
        ----------
        remove
            Removes the files at a location.
        removing
            Tells, for a block, whether files may be removed; if not, they are left to be collected.
        """
        placed, self._placed = self._placed, []
        doomed, self._doomed = self._doomed, []
        for files in placed:
            try:
                files.finish()
            except OSError as error:
                _warn(f"the files were stored, but the originals could not be removed: {error}")
        if not doomed:
            return
        try:
            with removing as may_remove:
                for location in doomed if may_remove else ():
                    remove(location)
        except (OSError, PropstoreError) as error:
            _warn(
                f"the record is removed, but not all of its files: {error}. 'propstore gc' removes "
                "what is left."
            )


def _attempt(step: Callable[[], None], location: str, error: BaseException) -> None:
    try:
        step()
    except (OSError, PropstoreError) as second:
        error.add_note(f"The files at {location} could not be taken out again: {second}")


def _warn(sentence: str) -> None:
    warnings.warn(sentence, LeftoverFilesWarning, stacklevel=2)
