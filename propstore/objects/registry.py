"""Registries: components under permanent, versioned names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from propstore.errors import ContentNameError, UnregisteredError

__all__ = ["Named", "Registry"]

_VERSIONED_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*@v[1-9]\d*", re.ASCII)


class Named(Protocol):
    """What has a permanent, versioned name."""

    @property
    def name(self) -> str:
        """The name, such as ``"mylab.spectrum@v1"``."""


Item = TypeVar("Item", bound=Named)


class Registry(Generic[Item]):
    """Components by their names.

    What was saved says by which components. So a name stands for one of them for ever, and one
    that changes what it writes takes a new version and leaves the old one registered.

    Parameters
    ----------
    kind : str
        What the components are, for messages.
    items : iterable, optional
        Components to register.
    """

    def __init__(self, kind: str, items: Iterable[Item] = ()) -> None:
        self._kind = kind
        self._items: dict[str, Item] = {}
        for item in items:
            self.register(item)

    def latest_first(self) -> list[Item]:
        """List the components, that which was registered last at the beginning."""
        return list(reversed(self._items.values()))

    def register(self, item: Item) -> None:
        """Let a component be found.

        Raises
        ------
        ContentNameError
            If it has no versioned name, or one that is taken.
        """
        name = getattr(item, "name", None)
        if not isinstance(name, str) or not _VERSIONED_NAME.fullmatch(name):
            raise ContentNameError(
                f"the {self._kind} {item!r} has the name {name!r}; it needs a permanent one with a "
                f"version, such as 'mylab.{self._kind}@v1'"
            )
        if name in self._items:
            raise ContentNameError(
                f"{name!r} is the name of the {self._kind} {self._items[name]!r} already; "
                f"{item!r} needs one of its own"
            )
        self._items[name] = item

    def get(self, name: str) -> Item:
        """Give the component of a name.

        Raises
        ------
        UnregisteredError
            If there is none; the message lists those that there are.
        """
        try:
            return self._items[name]
        except KeyError:
            raise UnregisteredError(
                f"no {self._kind} is called {name!r}; known are {self._known()}"
            ) from None

    def names(self) -> list[str]:
        """List the names."""
        return sorted(self._items)

    def _known(self) -> str:
        return ", ".join(map(repr, self.names())) or "none"
