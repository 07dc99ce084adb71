"""Pickle, for those who ask for it by its name."""

from __future__ import annotations

import pickle
from typing import Any, ClassVar

from propstore.errors import SerializationError
from propstore.objects.serializers.serializer import SerializedData, Serializer, refused

__all__ = ["PickleSerializer"]

CONTENT_TYPE = "application/x-python-pickle"


class PickleSerializer(Serializer[Any]):
    """Keeps any object that can be pickled, for as long as its classes stay as they are.

    To unpickle runs whatever code the bytes name. So this serializer is never chosen for a type
    or a content type, and not registered unless the caller does it: both he who saves and he who
    loads have to want it.
    """

    name: ClassVar[str] = "propstore.pickle@v1"

    def serialize_data(self, value: Any, /) -> SerializedData:
        """Pickle an object.

        Raises
        ------
        SerializationError
            If it can't be pickled.
        """
        try:
            data = pickle.dumps(value, protocol=5)
        except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
            raise refused(self, value, error) from error
        return {"data": data, "content_type": CONTENT_TYPE, "content_encoding": None}

    def deserialize_data(self, serialized: SerializedData, /) -> Any:
        """Unpickle an object.

        Raises
        ------
        SerializationError
            If it is not a pickle, or its classes are not what they were.
        """
        try:
            return pickle.loads(serialized["data"])  # noqa: S301 - the caller has registered it
        except (
            pickle.UnpicklingError,
            AttributeError,
            EOFError,
            ImportError,
            IndexError,
        ) as error:
            raise SerializationError(f"{self.name!r} can't read it: {error}") from error
