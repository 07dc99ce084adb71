"""Groups in memory."""

from __future__ import annotations

from collections.abc import Iterable
from threading import RLock

from propstore.objects.groups.group import StorageGroup
from propstore.objects.groups.session import Session
from propstore.objects.groups.storage import GenericStorage
from propstore.objects.groups.tree import Tree, TreeGroup

__all__ = ["MemoryGroupStorage"]


class MemoryGroupStorage(GenericStorage):
    """Groups in memory: what is in them is there when it is opened again, and gone with it.

    Parameters
    ----------
    classes, unknown_as_plain
        As `GenericStorage` has them.
    """

    def __init__(self, *, classes: Iterable[type] = (), unknown_as_plain: bool = False) -> None:
        super().__init__(classes=classes, unknown_as_plain=unknown_as_plain)
        self._lock = RLock()
        self._kept: Tree = {}
        self._current: Tree = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _open(self) -> tuple[StorageGroup, Session]:
        session = Session(
            repr(self),
            is_writable=True,
            classes=self._classes,
            unknown_as_plain=self._unknown_as_plain,
            has_place=lambda dtype, rank: dtype.itemsize > 0,
            copies_arrays=True,
            lock=self._lock,
        )
        self._current = _copied(self._kept)
        return TreeGroup(session, "/", self._current), session

    def _commit(self) -> None:
        self._kept = self._current

    def _release(self) -> None:
        self._current = {}


def _copied(tree: Tree) -> Tree:
    """Copy the groups; values never change."""
    return {n: _copied(found) if isinstance(found, dict) else found for n, found in tree.items()}
