"""The objects of one result that persistent serializers keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from propstore.errors import SerializationError, UnregisteredError
from propstore.objects.serializers.persistent import (
    Folder,
    PersistentSerializer,
    protocols_of,
)
from propstore.objects.values import ClassTable, FreshValue, Packer, Summary, Unpacker
from propstore.workers.tasks.stored_result import KeptObject

__all__ = ["KeptObjects"]


class KeptObjects:
    """Keeps objects in the folder of one result, and gives them again.

    Parameters
    ----------
    serializers : mapping
        The serializers by their names.
    folder : Folder
        Where they may write.

    Attributes
    ----------
    kept : list of KeptObject
        What was kept so far.
    kinds : dict
        The serializers by their classes.
    """

    def __init__(self, serializers: Mapping[str, PersistentSerializer], folder: Folder) -> None:
        self.kept: list[KeptObject] = []
        self.kinds = {one.serializer_class: one for one in serializers.values()}
        self._serializers = serializers
        self._protocols = protocols_of(folder)
        self._done: dict[int, tuple[Any, tuple[str, Any]]] = {}

    def keep(self, value: Any) -> tuple[str, Any]:
        """Keep an object, once however often it is met; give what stands for it.

        Raises
        ------
        SerializationError
            If its serializer can't keep it, or gives what is no persistent identifier.
        """
        if id(value) not in self._done:
            given = self.kinds[type(value)].pickle(value, self._protocols)
            # The object is held, since another could get the id of one that is gone.
            self._done[id(value)] = (value, self._checked(value, given))
        return self._done[id(value)][1]

    def fetch(self, name: str, identifier: Any) -> Any:
        """Give an object.

        Raises
        ------
        UnregisteredError
            If no serializer of that name is registered.
        """
        serializer = self._serializers.get(name)
        if serializer is None:
            known = ", ".join(map(repr, self._serializers)) or "none"
            raise UnregisteredError(
                f"the result holds an object that the serializer {name!r} keeps, and registered "
                f"are {known}; register it with register_persistent_serializers(...)"
            )
        return serializer.unpickle(identifier, self._protocols)

    def remove(self, one: KeptObject) -> None:
        """Have the serializer remove what it kept, if it is registered."""
        serializer = self._serializers.get(one.serializer)
        if serializer is not None:
            packed = FreshValue(Summary("builtins.object"), one.identifier, b"", (), ())
            identifier = Unpacker(packed, ClassTable(), unknown_as_plain=False).value()
            serializer.remove(identifier, self._protocols)

    def _checked(self, value: Any, given: Any) -> tuple[str, Any]:
        serializer = self.kinds[type(value)]
        if not isinstance(given, tuple) or len(given) != 2 or given[0] != serializer.name:
            raise SerializationError(
                f"the serializer {serializer.name!r} gave {given!r}; pickle() has to give its name "
                "and a persistent identifier"
            )
        packed = Packer(lambda dtype, rank: False, copies=False).pack(given[1])
        if packed.data:
            raise SerializationError(
                f"the serializer {serializer.name!r} gave the identifier {given[1]!r}; it has to "
                "be of text and numbers"
            )
        self.kept.append(KeptObject(serializer.name, packed.text))
        return serializer.name, given[1]
