"""The contract of every serializer: Python objects as bytes, and back."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any, ClassVar, Generic, TypedDict, TypeVar

from propstore.errors import SerializationError, UnsupportedOperationError

__all__ = ["SerializedData", "SerializedStream", "Serializer", "imported_types", "refused"]

Value = TypeVar("Value")


class SerializedData(TypedDict):
    """A value as bytes.

    Attributes
    ----------
    data : bytes
        The bytes.
    content_type : str
        The media type of the bytes, such as ``"application/json"``.
    content_encoding : str or None
        How text is encoded in them, such as ``"utf-8"``.
    """

    data: bytes
    content_type: str
    content_encoding: str | None


class SerializedStream(TypedDict):
    """Values as a stream of bytes; but for ``data_stream`` as `SerializedData`.

    Attributes
    ----------
    data_stream : async generator of bytes
        The bytes, in chunks of any size.
    """

    data_stream: AsyncGenerator[bytes, None]
    content_type: str
    content_encoding: str | None


class Serializer(ABC, Generic[Value]):
    """Turns Python objects into bytes and back: one as a blob, or many as a stream.

    A serializer gives back what it was given, or refuses it. It has to read for ever what it has
    ever written under its name: one that writes in another way needs a new version of the name.

    Attributes
    ----------
    name : str
        The permanent name with its version, such as ``"mylab.spectrum@v1"``.
    """

    name: ClassVar[str]

    @property
    def types(self) -> tuple[type, ...]:
        """The types whose values it is chosen for; a subclass may have a class attribute."""
        return ()

    @property
    def content_types(self) -> tuple[str, ...]:
        """The media types that it can read; a subclass may have a class attribute."""
        return ()

    @abstractmethod
    def serialize_data(self, value: Value, /) -> SerializedData:
        """Turn a value into bytes. It is called outside the event loop.

        Raises
        ------
        SerializationError
            If it could not be read back as it is.
        """

    @abstractmethod
    def deserialize_data(self, serialized: SerializedData, /) -> Value:
        """Turn bytes into the value that they were. It is called outside the event loop.

        Raises
        ------
        SerializationError
            If the bytes are not what `serialize_data` gives.
        """

    def serialize_data_stream(self, values: AsyncIterable[Value], /) -> SerializedStream:
        """Turn values into a stream of bytes, one after the other.

        Raises
        ------
        UnsupportedOperationError
            If it has no stream form.
        SerializationError
            While the stream is read, if a value could not be read back as it is.
        """
        raise self._has_no_stream_form()

    def deserialize_data_stream(
        self, serialized: SerializedStream, /
    ) -> AsyncGenerator[Value, None]:
        """Turn a stream of bytes into the values that they were, however it is cut into chunks.

        Raises
        ------
        UnsupportedOperationError
            If it has no stream form.
        SerializationError
            While the values are read, if the bytes are not what `serialize_data_stream` gives.
        """
        raise self._has_no_stream_form()

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _has_no_stream_form(self) -> UnsupportedOperationError:
        return UnsupportedOperationError(
            f"the serializer {self.name!r} takes single values only, not streams"
        )


def imported_types(module: str, *names: str) -> tuple[type, ...]:
    """Give types of a library that is imported late; none if nobody has imported it.

    Before it is imported, there is no value of its types either.
    """
    library = sys.modules.get(module)
    return () if library is None else tuple(getattr(library, name) for name in names)


def refused(serializer: Serializer[Any], value: object, reason: object) -> SerializationError:
    """Give the error about a value that a serializer can't take."""
    return SerializationError(
        f"{serializer.name!r} can't write a {type(value).__module__}.{type(value).__qualname__} "
        f"so that it could be read back: {reason}"
    )
