"""What opens and closes a storage of groups."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from types import TracebackType
from typing import Any, NoReturn

from propstore.errors import StoreClosedError
from propstore.objects.groups.group import StorageGroup
from propstore.objects.groups.session import Session
from propstore.objects.values import ClassTable

__all__ = ["GenericStorage"]


class GenericStorage(ABC):
    """A place for groups and values.

    ``with ... as storage`` opens it and gives the outermost group. What is changed is kept when the
    block ends; if it raises, everything stays as it was.

    Parameters
    ----------
    classes : iterable of type, optional
        Classes whose instances may be made of what is stored, beyond those that `storable`
        registers.
    unknown_as_plain : bool
        Whether instances of other classes are given as the dict of what they hold. Otherwise they
        are an error.
    """

    def __init__(self, *, classes: Iterable[type] = (), unknown_as_plain: bool = False) -> None:
        self._classes = ClassTable(classes)
        self._unknown_as_plain = unknown_as_plain
        self._session: Session | None = None

    def __enter__(self) -> StorageGroup:
        """Open the storage.

        Raises
        ------
        StoreClosedError
            If it is open already.
        """
        if self._session is not None:
            raise StoreClosedError(f"{self} is open already; close it before it is opened again")
        group, self._session = self._open()
        return group

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the storage; if the block raised, without what was changed."""
        self._end(keep=exc_type is None)

    def close(self) -> None:
        """Keep what was changed, and close the storage; nothing, if it is closed.

        Raises
        ------
        StoreError
            If something could not be written: everything stays as it was.
        """
        self._end(keep=True)

    def __getitem__(self, key: str) -> NoReturn:
        self._refuse()

    def __setitem__(self, key: str, value: Any) -> NoReturn:
        self._refuse()

    def __delitem__(self, key: str) -> NoReturn:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise StoreClosedError(
            f"{self} is not a group; open it, and use the group that it gives: "
            "'with storage as group: group[key]'"
        )

    def _end(self, *, keep: bool) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        try:
            if keep and session.has_changed:
                session.check_complete()
                self._commit()
        finally:
            session.is_open = False
            self._release()

    @abstractmethod
    def _open(self) -> tuple[StorageGroup, Session]:
        """Open it."""

    @abstractmethod
    def _commit(self) -> None:
        """Keep what was changed."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of everything that was opened; without a commit, nothing has changed."""
