"""Removes saved objects, and the content that none of them has any more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from propstore.backends import StorageBackend
from propstore.objects import Contents, RemovableStorage
from propstore.query import field
from propstore.workers.loader import get_manifest
from propstore.workers.manifest import ContentManifest

__all__ = ["Orphan", "list_orphans", "remove_one", "remove_orphans"]


@dataclass(frozen=True)
class Orphan:
    """Content that no manifest refers to.

    Attributes
    ----------
    storage : str
        The name of the storage that has it.
    storage_data : str
        Where it is, as the storage has serialized it.
    """

    storage: str
    storage_data: str


async def remove_one(key: str, store: StorageBackend, contents: Contents) -> None:
    """Remove a saved object: its manifest, and its content if no other manifest has it.

    Parameters
    ----------
    key : str
        The key of its manifest.
    store : StorageBackend
        Where the manifest is. This must not happen inside the store's own ``batch()``.
    contents : Contents
        Where its content is. If content can't be removed from that storage, it stays there.

    Raises
    ------
    ObjectNotFoundError, ObjectTypeError
        If there is no manifest of that key.
    UnregisteredError
        If the storage of its content is not registered; it is not removed then.
    StoreReadOnlyError
        If the store was opened for reading.
    """
    manifest = await asyncio.to_thread(get_manifest, key, store)
    contents.storages.get(manifest.storage)
    # The manifest first: whatever happens then, none is left without its content.
    await asyncio.to_thread(store.remove_object, key)
    await remove_orphans([Orphan(manifest.storage, manifest.storage_data)], store, contents)


async def list_orphans(store: StorageBackend, contents: Contents) -> list[Orphan]:
    """List content that no manifest refers to.

    It is what was written by a process that was killed before it could record it, or belonged to a
    manifest that was removed by the store itself. Content that is being saved at this moment is
    among it.

    Parameters
    ----------
    store : StorageBackend
        Where the manifests are. A storage for content belongs to one store: that of others would
        all be listed.
    contents : Contents
        Where content is. Storages from which it can't be removed are left out.

    Returns
    -------
    list of Orphan
        What `remove_orphans` takes.
    """
    kept = [
        Orphan(storage.name, storage.serialize_storage_data(storage_data))
        for storage in contents.storages.latest_first()
        if isinstance(storage, RemovableStorage)
        async for storage_data in storage.iter_data()
    ]
    return await asyncio.to_thread(_unreferenced, kept, store)


async def remove_orphans(
    orphans: Iterable[Orphan], store: StorageBackend, contents: Contents
) -> int:
    """Remove content that no manifest refers to, even now.

    Parameters
    ----------
    orphans : iterable of Orphan
        What `list_orphans` gave. What a manifest refers to by now, or is gone by now, is left out.
    store, contents
        As `list_orphans` takes them.

    Returns
    -------
    int
        How many were removed.

    Raises
    ------
    UnregisteredError
        If a storage is not registered.
    UnsupportedOperationError
        If the store has no transactions.
    """
    removed = 0
    for orphan in orphans:
        removed += await asyncio.to_thread(_remove_unreferenced, orphan, store, contents)
    return removed


def _remove_unreferenced(orphan: Orphan, store: StorageBackend, contents: Contents) -> bool:
    storage = contents.storages.get(orphan.storage)
    if not isinstance(storage, RemovableStorage):
        return False
    storage_data = storage.deserialize_storage_data(orphan.storage_data)

    async def remove() -> bool:
        if not await storage.has_data(storage_data):
            return False
        await storage.delete_data(storage_data)
        return True

    # While this thread is in a transaction, nobody can record a manifest of the content.
    with store.batch():
        return not _is_referenced(orphan, store) and asyncio.run(remove())


def _unreferenced(orphans: list[Orphan], store: StorageBackend) -> list[Orphan]:
    return [orphan for orphan in orphans if not _is_referenced(orphan, store)]


def _is_referenced(orphan: Orphan, store: StorageBackend) -> bool:
    manifests = store.find(
        ContentManifest,
        field("storage_data") == orphan.storage_data,
        field("storage") == orphan.storage,
    )
    return manifests.count() > 0
