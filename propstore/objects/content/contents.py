"""What saves Python objects as content, and loads them again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

from propstore.errors import (
    ChangedExternalResourceError,
    ContentNameError,
    SerializationError,
)
from propstore.objects.content.digest import Digest, DigestedStream, digest_data
from propstore.objects.content.saved import SavedContent
from propstore.objects.content.storage import RemovableStorage, Storage, TagMap
from propstore.objects.registry import Registry
from propstore.objects.serializers import (
    SerializedData,
    SerializedStream,
    Serializer,
    SerializerRegistry,
    default_serializers,
)

__all__ = ["Contents"]


class Contents:
    """The serializers and storages by which objects are saved as content, and loaded again.

    Parameters
    ----------
    *storages : Storage
        Where content is, and may be kept. The first is where it is kept if none is named.
    serializers : SerializerRegistry, optional
        How objects become bytes; those of `default_serializers` if left out.

    Attributes
    ----------
    storages : Registry of Storage
        The storages by their names.
    serializers : SerializerRegistry
        The serializers by their names, and for types and content types.

    Raises
    ------
    ContentNameError
        If two storages have one name, or there is none.
    """

    def __init__(
        self, *storages: Storage[Any], serializers: SerializerRegistry | None = None
    ) -> None:
        if not storages:
            raise ContentNameError("content needs a storage, such as FileContentStorage('content')")
        self.storages: Registry[Storage[Any]] = Registry("storage", storages)
        self.serializers = default_serializers() if serializers is None else serializers
        self._default = storages[0]

    async def save(
        self,
        value: Any,
        *,
        tags: TagMap | None = None,
        serializer: str | None = None,
        storage: str | None = None,
    ) -> SavedContent:
        """Save an object.

        Parameters
        ----------
        value : object
            The object.
        tags : mapping of str to str, optional
            Told to the storage, whose router may heed them.
        serializer, storage : str, optional
            The names of those to use; the serializer of the object's type, and the first storage,
            if left out.

        Returns
        -------
        SavedContent
            What `load` needs.

        Raises
        ------
        UnregisteredError
            If there is no serializer for it, or none of that name, or no such storage.
        SerializationError
            If the serializer can't take it.
        ExternalResourceError
            If the storage can't keep it.
        """
        chosen = (
            self.serializers.for_type(type(value))
            if serializer is None
            else self.serializers.get(serializer)
        )
        keeper = self._storage(storage)
        serialized = await asyncio.to_thread(chosen.serialize_data, value)
        digest = await asyncio.to_thread(digest_data, serialized)
        storage_data = await keeper.write_data(serialized["data"], digest, dict(tags or {}))
        return _saved(chosen, keeper, storage_data, digest, is_stream=False)

    async def save_stream(
        self,
        values: AsyncIterable[Any],
        *,
        tags: TagMap | None = None,
        serializer: str | None = None,
        storage: str | None = None,
    ) -> SavedContent:
        """Save objects as one stream, of which few need be in memory at a time.

        Parameters
        ----------
        values : async iterable
            The objects.
        tags, serializer, storage
            As `save` takes them; the serializer is that of the first object's type if left out.

        Returns
        -------
        SavedContent
            What `load_stream` needs.

        Raises
        ------
        ContentError, ExternalResourceError
            As `save` does; or if the storage has not read the stream to its end.
        UnsupportedOperationError
            If the serializer has no stream form.
        """
        keeper = self._storage(storage)
        async with AsyncExitStack() as stack:
            _close_at_end(stack, values)
            if serializer is None:
                rest = aiter(values)
                first = await _first_of(rest)
                chosen = self.serializers.for_type(type(first))
                values = _continued(first, rest)
                _close_at_end(stack, values)
            else:
                chosen = self.serializers.get(serializer)
            serialized = chosen.serialize_data_stream(values)
            _close_at_end(stack, serialized["data_stream"])
            stream = DigestedStream(serialized)
            blocks = stream.blocks()
            _close_at_end(stack, blocks)
            get_digest = stream.get_digest
            storage_data = await keeper.write_data_stream(blocks, get_digest, dict(tags or {}))
            return _saved(chosen, keeper, storage_data, get_digest(), is_stream=True)

    async def load(self, saved: SavedContent) -> Any:
        """Load an object.

        Parameters
        ----------
        saved : SavedContent
            What `save` gave.

        Raises
        ------
        UnregisteredError
            If its serializer or storage is not registered.
        MissingExternalResourceError
            If the content is gone.
        ChangedExternalResourceError
            If the content is not what was saved.
        SerializationError
            If the serializer can't read it.
        """
        _check_form(saved, is_stream=False)
        serializer, keeper = self.serializers.get(saved.serializer), self._storage(saved.storage)
        data = await keeper.read_data(keeper.deserialize_storage_data(saved.storage_data))
        found = await asyncio.to_thread(hashlib.sha256, data)
        _check_hash(saved, found.hexdigest())
        serialized: SerializedData = {
            "data": data,
            "content_type": saved.digest["content_type"],
            "content_encoding": saved.digest["content_encoding"],
        }
        return await asyncio.to_thread(serializer.deserialize_data, serialized)

    async def load_stream(self, saved: SavedContent) -> AsyncGenerator[Any, None]:
        """Load the objects that were saved as a stream, one after the other.

        Parameters
        ----------
        saved : SavedContent
            What `save_stream` gave.

        Raises
        ------
        UnregisteredError, MissingExternalResourceError, SerializationError
            As `load` does, at the step where it is found out.
        ChangedExternalResourceError
            At the end, if the content is not what was saved.
        """
        _check_form(saved, is_stream=True)
        serializer, keeper = self.serializers.get(saved.serializer), self._storage(saved.storage)
        storage_data = keeper.deserialize_storage_data(saved.storage_data)
        async with AsyncExitStack() as stack:
            chunks = keeper.read_data_stream(storage_data)
            _close_at_end(stack, chunks)
            verified = _verified(chunks, saved)
            _close_at_end(stack, verified)
            serialized: SerializedStream = {
                "data_stream": verified,
                "content_type": saved.digest["content_type"],
                "content_encoding": saved.digest["content_encoding"],
            }
            values = serializer.deserialize_data_stream(serialized)
            _close_at_end(stack, values)
            async for value in values:
                yield value

    async def missing(self, saved: Sequence[SavedContent]) -> list[int]:
        """Tell which contents are gone, of those in storages from which content can be removed.

        Returns
        -------
        list of int
            Their places in `saved`.
        """
        are_there = await asyncio.gather(*(self._is_there(one) for one in saved))
        return [index for index, is_there in enumerate(are_there) if not is_there]

    def _storage(self, name: str | None) -> Storage[Any]:
        return self._default if name is None else self.storages.get(name)

    async def _is_there(self, saved: SavedContent) -> bool:
        keeper = self._storage(saved.storage)
        if not isinstance(keeper, RemovableStorage):
            return True
        return await keeper.has_data(keeper.deserialize_storage_data(saved.storage_data))


def _saved(
    serializer: Serializer[Any],
    storage: Storage[Any],
    storage_data: Any,
    digest: Digest,
    *,
    is_stream: bool,
) -> SavedContent:
    return SavedContent(
        serializer=serializer.name,
        is_stream=is_stream,
        storage=storage.name,
        storage_data=storage.serialize_storage_data(storage_data),
        digest=digest,
    )


def _check_form(saved: SavedContent, *, is_stream: bool) -> None:
    if saved.is_stream != is_stream:
        form, method = ("stream", "load_stream") if saved.is_stream else ("single object", "load")
        raise SerializationError(f"it was saved as a {form}; use {method}")


def _check_hash(saved: SavedContent, found: str) -> None:
    expected = saved.digest["content_hash"]
    if found != expected:
        raise ChangedExternalResourceError(
            f"the content at {saved.storage_data} in {saved.storage!r} has the SHA-256 {found}; "
            f"{expected} was saved"
        )


async def _verified(
    chunks: AsyncIterator[bytes], saved: SavedContent
) -> AsyncGenerator[bytes, None]:
    """Give a stream, and raise at its end if it was not the one that was saved."""
    found = hashlib.sha256()
    async for chunk in chunks:
        await asyncio.to_thread(found.update, chunk)
        yield chunk
    _check_hash(saved, found.hexdigest())


async def _first_of(values: AsyncIterator[Any]) -> Any:
    try:
        return await anext(values)
    except StopAsyncIteration:
        raise SerializationError(
            "an empty stream doesn't tell the type of its values; name the serializer"
        ) from None


async def _continued(first: Any, values: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    yield first
    async for value in values:
        yield value


def _close_at_end(stack: AsyncExitStack, stream: AsyncIterable[Any]) -> None:
    """Have an asynchronous generator closed, which then does what it does at its end."""
    if isinstance(stream, AsyncGenerator):
        stack.push_async_callback(stream.aclose)
