"""The contract of every content storage: bytes that are known by their digest."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from propstore.errors import SerializationError, UnsupportedOperationError
from propstore.objects.content.digest import Digest, GetStreamDigest

__all__ = ["RemovableStorage", "Storage", "TagMap"]

TagMap: TypeAlias = Mapping[str, str]
"""The tags of what is saved, by name."""

StorageData = TypeVar("StorageData")


class Storage(Generic[StorageData]):
    """Keeps content: blobs and streams of bytes.

    What a write returns, the storage data, is all that a read is given, perhaps years later and by
    a storage that is configured otherwise. So it has to say where the content is, and the storage
    has to read for ever what it has ever written under its name. A storage that writes in another
    way needs a new version of the name.

    A subclass has a name and the four methods that write and read; one that is for blobs only, or
    for streams only, has two of them.

    Attributes
    ----------
    name : str
        The permanent name with its version, such as ``"mylab.archive@v1"``.
    """

    name: ClassVar[str]

    async def write_data(self, data: bytes, digest: Digest, tags: TagMap, /) -> StorageData:
        """Keep a blob.

        Parameters
        ----------
        data : bytes
            The content.
        digest : Digest
            What is known of it.
        tags : mapping of str to str
            The tags with which it is saved.

        Returns
        -------
        StorageData
            Whatever `read_data` needs to find it, as JSON values.
        """
        raise self._lacks("write_data")

    async def read_data(self, storage_data: StorageData, /) -> bytes:
        """Give a blob.

        Parameters
        ----------
        storage_data : StorageData
            What `write_data` or `write_data_stream` returned.

        Raises
        ------
        MissingExternalResourceError
            If it isn't there.
        """
        raise self._lacks("read_data")

    async def write_data_stream(
        self, stream: AsyncIterator[bytes], get_digest: GetStreamDigest, tags: TagMap, /
    ) -> StorageData:
        """Keep a stream.

        Parameters
        ----------
        stream : async iterator of bytes
            The content, to be read to its end. What it raises leaves no content behind.
        get_digest : callable
            Gives what is known of the content, once the stream is read.
        tags : mapping of str to str
            The tags with which it is saved.

        Returns
        -------
        StorageData
            Whatever `read_data_stream` needs to find it, as JSON values.
        """
        raise self._lacks("write_data_stream")

    def read_data_stream(self, storage_data: StorageData, /) -> AsyncGenerator[bytes, None]:
        """Give a stream; the method is an asynchronous generator.

        Parameters
        ----------
        storage_data : StorageData
            What `write_data` or `write_data_stream` returned.

        Raises
        ------
        MissingExternalResourceError
            At the first step, if it isn't there.
        """
        raise self._lacks("read_data_stream")

    def serialize_storage_data(self, storage_data: StorageData, /) -> str:
        """Write storage data as text; the same data always as the same text.

        Raises
        ------
        SerializationError
            If it isn't JSON.
        """
        try:
            return json.dumps(
                storage_data,
                sort_keys=True,
                separators=(",", ":"),
                ensure_ascii=False,
                allow_nan=False,
            )
        except (TypeError, ValueError) as error:
            raise SerializationError(
                f"the storage data {storage_data!r} of {self.name!r} isn't JSON: {error}; "
                "override serialize_storage_data and deserialize_storage_data"
            ) from error

    def deserialize_storage_data(self, text: str, /) -> StorageData:
        """Read storage data from text.

        Raises
        ------
        SerializationError
            If it isn't JSON.
        """
        try:
            storage_data: Any = json.loads(text)
        except ValueError as error:
            raise SerializationError(
                f"{text!r} isn't the storage data of {self.name!r}: {error}"
            ) from error
        return storage_data  # type: ignore[no-any-return]  # it is what was serialized

    def _lacks(self, method: str) -> UnsupportedOperationError:
        return UnsupportedOperationError(f"{type(self).__name__} has no {method}()")


class RemovableStorage(Storage[StorageData], ABC):
    """A storage whose content can be removed again, once nothing refers to it.

    Its methods may be called in another event loop than those that write and read.
    """

    @abstractmethod
    async def has_data(self, storage_data: StorageData, /) -> bool:
        """Tell whether content is there."""

    @abstractmethod
    async def delete_data(self, storage_data: StorageData, /) -> None:
        """Remove content.

        Raises
        ------
        MissingExternalResourceError
            If it isn't there.
        """

    @abstractmethod
    def iter_data(self) -> AsyncGenerator[StorageData, None]:
        """Iterate over the storage data of all content; the method is an asynchronous generator."""
