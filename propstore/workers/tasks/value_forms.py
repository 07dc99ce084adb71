"""Values as bytes, and back: packed, or as a pickle if that is allowed."""

from __future__ import annotations

import io
import pickle
from typing import Any

from propstore.errors import PickleRefusedError, SerializationError
from propstore.external.digest import ReadableStream
from propstore.objects.values import ClassTable
from propstore.objects.values.persistent import PersistentPacker, PersistentUnpacker
from propstore.workers.tasks.kept_objects import KeptObjects
from propstore.workers.tasks.stored_result import Form
from propstore.workers.tasks.value_file import StoredValue, ValueStream

__all__ = ["ValueForms"]

_REFUSALS = (pickle.PicklingError, TypeError, AttributeError, RecursionError)
_DAMAGED = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    TypeError,
    ValueError,
)


class ValueForms:
    """What turns values into bytes and back.

    Parameters
    ----------
    classes : ClassTable
        The classes that instances may be made of, beyond those that are registered.
    allow_pickle : bool
        Whether what can't be packed is pickled, and pickles are loaded.
    """

    def __init__(self, classes: ClassTable, *, allow_pickle: bool) -> None:
        self._classes = classes
        self._allow_pickle = allow_pickle

    def write(self, value: Any, objects: KeptObjects) -> tuple[Form, ReadableStream]:
        """Turn a value into bytes.

        Raises
        ------
        SerializationError
            If it could not be read back as it is.
        """
        packer = PersistentPacker(
            lambda dtype, rank: dtype.itemsize > 0,
            copies=False,
            kinds=objects.kinds,
            keep=objects.keep,
        )
        try:
            return "values", ValueStream(packer.pack(value))
        except SerializationError as error:
            if self._allow_pickle:
                return "pickle", io.BytesIO(_pickled(value, objects))
            raise SerializationError(
                f"{error}. With the option 'allow_pickle': True it would be kept as a pickle; and "
                "register_persistent_serializers(...) takes a serializer of your own"
            ) from error

    def read(self, data: bytes, form: Form, objects: KeptObjects, shown: str) -> Any:
        """Turn bytes into the value that they were.

        Raises
        ------
        PickleRefusedError
            If they are a pickle, and that is not allowed.
        SerializationError, UnregisteredError
            If they can't be read.
        """
        if form == "values":
            packed = StoredValue(data)
            return PersistentUnpacker(
                packed, self._classes, unknown_as_plain=False, fetch=objects.fetch
            ).value()
        if not self._allow_pickle:
            raise PickleRefusedError(
                f"{shown} is a pickle, and to load a pickle is to run whatever code it names. If "
                "you trust it, open the storage with the option 'allow_pickle': True"
            )
        try:
            return _Unpickler(data, objects).load()
        except _DAMAGED as error:
            raise SerializationError(f"{shown} can't be unpickled: {error!r}") from error


def _pickled(value: Any, objects: KeptObjects) -> bytes:
    stream = io.BytesIO()
    try:
        _Pickler(stream, objects).dump(value)
    except _REFUSALS as error:
        raise SerializationError(
            f"a {type(value).__module__}.{type(value).__qualname__} can't be pickled: {error}"
        ) from error
    return stream.getvalue()


class _Pickler(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, objects: KeptObjects) -> None:
        super().__init__(stream, protocol=5)
        self._objects = objects

    def persistent_id(self, obj: Any) -> tuple[str, Any] | None:
        return self._objects.keep(obj) if type(obj) in self._objects.kinds else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, objects: KeptObjects) -> None:
        super().__init__(io.BytesIO(data))
        self._objects = objects

    def persistent_load(self, pid: Any) -> Any:
        return self._objects.fetch(*pid)
