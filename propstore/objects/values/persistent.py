"""Values in which some objects are kept by serializers of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from propstore.objects.values.classes import ClassTable
from propstore.objects.values.packed import PackedValue
from propstore.objects.values.packer import TAG, Packer
from propstore.objects.values.unpacker import Unpacker
from propstore.objects.values.unstorable import UnstorableError

if TYPE_CHECKING:
    import numpy

__all__ = ["PERSISTENT", "PersistentPacker", "PersistentUnpacker"]

PERSISTENT = "persistent"
"""The word that stands in a document for what is kept elsewhere."""


class PersistentPacker(Packer):
    """What packs a value, but for the instances of some classes.

    Parameters
    ----------
    has_place, copies
        As `Packer` has them.
    kinds : iterable of type
        The classes.
    keep : callable
        Keeps an instance, and gives the name of what kept it and its persistent identifier.
    """

    def __init__(
        self,
        has_place: Callable[[numpy.dtype[Any], int], bool],
        *,
        copies: bool,
        kinds: Iterable[type],
        keep: Callable[[Any], tuple[str, Any]],
    ) -> None:
        super().__init__(has_place, copies=copies)
        self._kinds = tuple(kinds)
        self._keep = keep

    def _begin(self, plain: frozenset[type]) -> dict[type, Callable[[Any], Any]]:
        encoders = super()._begin(plain)
        encoders.update((kind, self._kept) for kind in self._kinds)
        return encoders

    def _kept(self, value: Any) -> dict[str, Any]:
        try:
            name, identifier = self._keep(value)
        except ValueError as error:
            raise UnstorableError(str(error)) from error
        return {TAG: PERSISTENT, "name": name, "pid": self.encode(identifier)}


class PersistentUnpacker(Unpacker):
    """What makes a value, and gets the objects that are kept elsewhere.

    Parameters
    ----------
    packed, classes, unknown_as_plain
        As `Unpacker` has them.
    fetch : callable
        Gives an object, by the name of what kept it and its persistent identifier.
    """

    def __init__(
        self,
        packed: PackedValue,
        classes: ClassTable,
        *,
        unknown_as_plain: bool,
        fetch: Callable[[str, Any], Any],
    ) -> None:
        super().__init__(packed, classes, unknown_as_plain=unknown_as_plain)
        self._builders[PERSISTENT] = lambda node: fetch(node["name"], node["pid"])
