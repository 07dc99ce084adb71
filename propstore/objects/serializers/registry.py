"""Serializers by name, by the type of a value, and by content type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from propstore.errors import UnregisteredError
from propstore.objects.registry import Registry
from propstore.objects.serializers.serializer import Serializer

__all__ = ["SerializerRegistry"]


class SerializerRegistry(Registry[Serializer[Any]]):
    """The serializers that may be used.

    Parameters
    ----------
    serializers : iterable of Serializer, optional
        Serializers to register. Of two for one type, or one content type, that which is registered
        last is chosen.
    """

    def __init__(self, serializers: Iterable[Serializer[Any]] = ()) -> None:
        super().__init__("serializer", serializers)

    def for_type(self, value_type: type) -> Serializer[Any]:
        """Give the serializer for values of a type: its own, or that of its nearest base class.

        Raises
        ------
        UnregisteredError
            If there is none.
        """
        for base in value_type.__mro__:
            for serializer in self.latest_first():
                if base in serializer.types:
                    return serializer
        raise UnregisteredError(
            f"no serializer is registered for {value_type.__module__}.{value_type.__qualname__}; "
            f"known are {self._known()}. Name one of them, or register your own"
        )

    def for_content_type(self, content_type: str) -> Serializer[Any]:
        """Give the serializer that reads a content type, whose parameters are left out of account.

        Raises
        ------
        UnregisteredError
            If there is none.
        """
        wanted = _media_type(content_type)
        for serializer in self.latest_first():
            if wanted in map(_media_type, serializer.content_types):
                return serializer
        raise UnregisteredError(
            f"no serializer is registered for the content type {content_type!r}; "
            f"known are {self._known()}"
        )


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
