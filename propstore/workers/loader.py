"""Loads Python objects by the keys of their manifests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from types import TracebackType
from typing import Any, Self

from propstore.backends import StorageBackend
from propstore.errors import ObjectNotFoundError
from propstore.objects import Contents
from propstore.workers.gathering import Gathering
from propstore.workers.manifest import ContentManifest

__all__ = ["Loader", "get_manifest", "load_one", "load_stream"]


async def load_one(key: str, store: StorageBackend, contents: Contents) -> Any:
    """Load an object.

    Parameters
    ----------
    key : str
        The key of its manifest.
    store : StorageBackend
        Where the manifest is.
    contents : Contents
        Where its content is, and how it is read.

    Returns
    -------
    object
        An object that equals the one that was saved.

    Raises
    ------
    ObjectNotFoundError, ObjectTypeError
        If there is no manifest of that key.
    UnregisteredError
        If its serializer or storage is not registered.
    MissingExternalResourceError
        If its content is gone.
    ChangedExternalResourceError
        If its content is not what was saved.
    SerializationError
        If it was saved as a stream, or can't be read.
    """
    manifest = await asyncio.to_thread(get_manifest, key, store)
    return await contents.load(manifest.saved())


async def load_stream(
    key: str, store: StorageBackend, contents: Contents
) -> AsyncGenerator[Any, None]:
    """Load the objects that were saved as a stream, one after the other.

    Parameters
    ----------
    key, store, contents
        As `load_one` takes them.

    Yields
    ------
    object
        The objects in their order.

    Raises
    ------
    PropstoreError
        As `load_one` does, at the step where it is found out; that the content is not what was
        saved may be known at the end only.
    """
    manifest = await asyncio.to_thread(get_manifest, key, store)
    async with aclosing(contents.load_stream(manifest.saved())) as values:
        async for value in values:
            yield value


class Loader:
    """Loads many objects at the same time, in an ``async with`` block.

    Parameters
    ----------
    store : StorageBackend
        Where the manifests are.
    contents : Contents
        Where content is, and how it is read.

    Raises
    ------
    ExceptionGroup
        At the end of the block, if objects can't be loaded: an error for each of them.
    """

    def __init__(self, store: StorageBackend, contents: Contents) -> None:
        self._store = store
        self._contents = contents
        self._gathering: Gathering[Any] = Gathering("loaded")
        self._values: list[Any] = []

    @property
    def values(self) -> list[Any]:
        """The objects, in the order in which they were asked for.

        There are none before the block has ended.
        """
        return list(self._values)

    def load_soon(self, key: str) -> None:
        """Have an object loaded, by the key of its manifest."""
        self._gathering.start(partial(load_one, key, self._store, self._contents))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            await self._gathering.cancel()
            return
        self._values = await self._gathering.results()


def get_manifest(key: str, store: StorageBackend) -> ContentManifest:
    """Read a manifest.

    Raises
    ------
    ObjectNotFoundError
        If there is none of that key.
    ObjectTypeError
        If the record of that key is not a manifest.
    """
    manifest, _ = store.retrieve_object(key, ContentManifest)
    if manifest is None:
        raise ObjectNotFoundError(f"no object is saved under {key!r}.")
    return manifest
