"""Stores on both sides of a fork."""

from __future__ import annotations

import os
import weakref
from contextlib import ExitStack
from typing import Protocol

__all__ = ["PATIENCE", "ForkWatch", "follow_forks", "followed_stores"]

PATIENCE = 10.0  # seconds that a fork waits for another thread's transaction


class Forked(Protocol):
    """A store that has something to do when its process forks."""

    def _before_fork(self) -> None: ...

    def _after_fork_in_parent(self) -> None: ...

    def _after_fork_in_child(self) -> None: ...


class ForkWatch:
    """Tells stores of every fork for as long as they are there.

    What is done before a fork is done by the latest watch first. So stores that use a library with
    something of its own to do before a fork, such as closing the gate of its locks, have a watch
    that is made after the library was imported: else they would wait for what can't go on.
    """

    def __init__(self) -> None:
        self._stores: weakref.WeakSet[Forked] = weakref.WeakSet()
        self._halted: list[Forked] = []
        os.register_at_fork(
            before=self._before_fork,
            after_in_parent=self._after_fork_in_parent,
            after_in_child=self._after_fork_in_child,
        )

    def add(self, store: Forked) -> None:
        """Let a store know of every fork from now on."""
        self._stores.add(store)

    def stores(self) -> list[Forked]:
        """Give the stores of this process, open or closed, that are told."""
        return list(self._stores)

    def _before_fork(self) -> None:
        self._halted = self.stores()
        for store in self._halted:
            store._before_fork()

    def _after_fork_in_parent(self) -> None:
        with ExitStack() as all_of_them:  # an error of one does not keep the others from going on
            for store in self._let_go():
                all_of_them.callback(store._after_fork_in_parent)

    def _after_fork_in_child(self) -> None:
        with ExitStack() as all_of_them:
            for store in self._let_go():
                all_of_them.callback(store._after_fork_in_child)

    def _let_go(self) -> list[Forked]:
        # Not those that there are now: another thread may have made one since it was halted.
        halted, self._halted = self._halted, []
        return halted


_WATCH = ForkWatch()


def follow_forks(store: Forked) -> None:
    """Let a store know of every fork for as long as it is there."""
    _WATCH.add(store)


def followed_stores() -> list[Forked]:
    """Give the stores of this process, open or closed, that follow its forks."""
    return _WATCH.stores()
