"""Serializers of what is too large for a value's own bytes: it is kept beside them.

Such a serializer is called as Python's `pickle.Pickler.persistent_id` is: it writes an object by
itself, and gives a small persistent identifier, which stands in the value for the object.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol, TypedDict

from propstore.errors import ContentNameError
from propstore.external import ExternalStorage, ObjectStorage
from propstore.external.digest import BUFFER_SIZE, copy_digested

if TYPE_CHECKING:
    from obstore.store import ObjectStore

__all__ = [
    "FILE_PROTOCOL",
    "S3_PROTOCOL",
    "Folder",
    "ObjectStoreAccess",
    "PersistentSerializer",
    "checked_serializer",
    "generate_name",
    "protocols_of",
]

FILE_PROTOCOL = "file_protocol"
"""The protocol of a `Folder`, which every storage has."""

S3_PROTOCOL = "s3_protocol"
"""The protocol of `ObjectStoreAccess`, which a storage in an object store has besides."""


class PersistentSerializer(Protocol):
    """What keeps the instances of one class by itself; mostly a class with class methods.

    Attributes
    ----------
    name : str
        The name by which what it wrote is read again.
    serializer_class : type
        The class, whose subclasses are not meant.
    """

    @property
    def name(self) -> str:
        """The name by which what it wrote is read again."""

    @property
    def serializer_class(self) -> type:
        """The class of what it keeps."""

    def pickle(self, obj: Any, protocols: Mapping[str, Any], /) -> tuple[str, Any]:
        """Keep an object; give `name`, and what `unpickle` and `remove` need, as plain values."""

    def unpickle(self, pid: Any, protocols: Mapping[str, Any], /) -> Any:
        """Give an object again."""

    def remove(self, pid: Any, protocols: Mapping[str, Any], /) -> None:
        """Remove what was kept of an object."""


@dataclass(frozen=True)
class Folder:
    """A directory in an external storage, in which a serializer keeps what it likes.

    Parameters
    ----------
    storage : ExternalStorage
        The storage.
    location : str
        The directory.
    """

    storage: ExternalStorage
    location: str

    def locate(self, name: str) -> str:
        """Give the location of a file."""
        return f"{self.location}/{name}"

    def open(self, name: str, mode: Literal["rb", "wb"]) -> IO[bytes]:
        """Open a file that can be read, written and sought in.

        Parameters
        ----------
        name : str
            The file, as a path below the directory.
        mode : {"rb", "wb"}
            To read a copy of it; or to write it anew, which is stored when the file is closed.

        Raises
        ------
        ValueError
            If it is another mode.
        ExternalResourceError
            If it can't be read, or not be stored when it is closed.
        """
        if mode == "wb":
            return _WrittenFile(self.storage, self.locate(name))
        if mode != "rb":
            raise ValueError(f"the mode is {mode!r}; it has to be 'rb' or 'wb'")
        with self.storage.load_stream(self.locate(name)) as stream, ExitStack() as stack:
            copy = stack.enter_context(SpooledTemporaryFile(max_size=BUFFER_SIZE))
            copy_digested(stream, copy)
            copy.seek(0)
            stack.pop_all()  # the caller closes it
        return copy

    def remove(self, name: str) -> None:
        """Remove a file.

        Raises
        ------
        MissingExternalResourceError
            If there is none.
        """
        self.storage.delete(self.locate(name))


class ObjectStoreAccess(TypedDict):
    """A directory in an object store, for those who use the store itself.

    Attributes
    ----------
    client : obstore.store.ObjectStore
        The store.
    folder : str
        With what the keys begin, without a slash at the end.
    """

    client: ObjectStore
    folder: str


def protocols_of(folder: Folder) -> dict[str, Any]:
    """Tell serializers how they may keep things in a directory.

    Returns
    -------
    dict
        The directory under `FILE_PROTOCOL`, and if it is in an object store `ObjectStoreAccess`
        under `S3_PROTOCOL`.
    """
    protocols: dict[str, Any] = {FILE_PROTOCOL: folder}
    storage = folder.storage
    if isinstance(storage, ObjectStorage):
        access: ObjectStoreAccess = {
            "client": storage.client,
            "folder": storage.key(folder.location),
        }
        protocols[S3_PROTOCOL] = access
    return protocols


def checked_serializer(serializer: PersistentSerializer) -> PersistentSerializer:
    """Give a serializer back, if it has all that it needs.

    Raises
    ------
    ContentNameError
        If it lacks something, or something of it is not what it has to be.
    """
    lacking = [one for one in ("name", "serializer_class") if not hasattr(serializer, one)]
    lacking += [
        one
        for one in ("pickle", "unpickle", "remove")
        if not callable(getattr(serializer, one, None))
    ]
    if lacking:
        raise ContentNameError(
            f"{serializer!r} is no persistent serializer: it has no {', '.join(lacking)}"
        )
    if not isinstance(serializer.name, str) or not serializer.name:
        raise ContentNameError(
            f"the name of the serializer {serializer!r} is {serializer.name!r}; it has to be text, "
            "and not empty"
        )
    if not isinstance(serializer.serializer_class, type):
        raise ContentNameError(
            f"the serializer {serializer.name!r} is for {serializer.serializer_class!r}; its "
            "serializer_class has to be a class"
        )
    return serializer


def generate_name() -> str:
    """Give a name that no other file has."""
    return uuid.uuid4().hex


class _WrittenFile(SpooledTemporaryFile[bytes]):
    """A temporary file that is stored when it is closed."""

    def __init__(self, storage: ExternalStorage, location: str) -> None:
        super().__init__(max_size=BUFFER_SIZE)
        self._storage = storage
        self._location = location
        self._is_failed = False

    def __exit__(self, error_type: Any, error: Any, traceback: Any) -> None:
        self._is_failed = error_type is not None
        self.close()

    def close(self) -> None:
        """Store what was written, unless the ``with`` block failed."""
        if self.closed:
            return
        try:
            if not self._is_failed:
                self.seek(0)
                self._storage.store_stream(self._location, self)
        finally:
            super().close()
