"""Saves Python objects: their content in a storage, and a manifest of each in a store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

from propstore.backends import StorageBackend
from propstore.errors import MissingExternalResourceError
from propstore.model.tags import checked_tags
from propstore.objects import Contents, SavedContent
from propstore.workers.gathering import Gathering
from propstore.workers.manifest import ContentManifest

__all__ = ["Saver", "save_one", "save_stream"]

RECORDING_ATTEMPTS = 10


async def save_one(
    value: Any,
    store: StorageBackend,
    contents: Contents,
    *,
    tags: Mapping[str, str] | None = None,
    serializer: str | None = None,
    storage: str | None = None,
) -> str:
    """Save an object.

    Parameters
    ----------
    value : object
        The object.
    store : StorageBackend
        Where its manifest is recorded. This must not happen inside the store's own ``batch()``.
    contents : Contents
        Where its content is kept, and how it becomes bytes.
    tags : mapping of str to str, optional
        The tags of its manifest, which are told to the storage too.
    serializer, storage : str, optional
        The names of those to use; the serializer of the object's type, and the first storage, if
        left out.

    Returns
    -------
    str
        The key of its manifest. When it is returned, the object survives what the store and the
        storage survive.

    Raises
    ------
    UnregisteredError
        If there is no serializer for it, or none of that name, or no such storage.
    SerializationError
        If the serializer can't take it.
    InvalidTagError
        If the tags are not small strings.
    ExternalResourceError, StoreError
        If the storage can't keep it, or the store can't record it.
    """
    return await _save(_job(value, tags, serializer, storage, is_stream=False), store, contents)


async def save_stream(
    values: AsyncIterable[Any],
    store: StorageBackend,
    contents: Contents,
    *,
    tags: Mapping[str, str] | None = None,
    serializer: str | None = None,
    storage: str | None = None,
) -> str:
    """Save objects as one stream, of which few need be in memory at a time.

    Parameters
    ----------
    values : async iterable
        The objects.
    store, contents, tags, serializer, storage
        As `save_one` takes them; the serializer is that of the first object's type if left out.

    Returns
    -------
    str
        The key of the manifest.

    Raises
    ------
    PropstoreError
        As `save_one` does.
    UnsupportedOperationError
        If the serializer has no stream form.
    """
    return await _save(_job(values, tags, serializer, storage, is_stream=True), store, contents)


class Saver:
    """Saves many objects at the same time, in an ``async with`` block: all of them, or none.

    The manifests are recorded in one transaction when the block ends. If an object can't be saved,
    or the block raises, none is recorded; content that is written already is then garbage, which
    `list_orphans` finds, unless another manifest has it.

    Parameters
    ----------
    store : StorageBackend
        Where the manifests are recorded.
    contents : Contents
        Where content is kept, and how objects become bytes.

    Raises
    ------
    UnsupportedOperationError
        If the store has no transactions.
    StoreReadOnlyError
        If it was opened for reading.
    ExceptionGroup
        At the end of the block, if objects can't be saved: an error for each of them.
    """

    def __init__(self, store: StorageBackend, contents: Contents) -> None:
        _check_transactions(store)
        self._store = store
        self._contents = contents
        self._jobs: list[_Job] = []
        self._gathering: Gathering[SavedContent] = Gathering("saved; none is recorded")
        self._keys: list[str] = []

    @property
    def keys(self) -> list[str]:
        """The keys of the manifests, in the order in which the objects were given.

        There are none before the block has ended.
        """
        return list(self._keys)

    def save_soon(
        self,
        value: Any,
        *,
        tags: Mapping[str, str] | None = None,
        serializer: str | None = None,
        storage: str | None = None,
    ) -> None:
        """Have an object saved; the parameters are those of `save_one`.

        Raises
        ------
        InvalidTagError
            If the tags are not small strings.
        """
        self._start(_job(value, tags, serializer, storage, is_stream=False))

    def save_stream_soon(
        self,
        values: AsyncIterable[Any],
        *,
        tags: Mapping[str, str] | None = None,
        serializer: str | None = None,
        storage: str | None = None,
    ) -> None:
        """Have objects saved as one stream; the parameters are those of `save_stream`.

        Raises
        ------
        InvalidTagError
            If the tags are not small strings.
        """
        self._start(_job(values, tags, serializer, storage, is_stream=True))

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
        saved = await self._gathering.results()
        self._keys = await _record(self._jobs, saved, self._store, self._contents)

    def _start(self, job: _Job) -> None:
        self._jobs.append(job)
        self._gathering.start(partial(job.write, self._contents))


@dataclass(frozen=True)
class _Job:
    """What was asked for."""

    value: Any
    tags: Mapping[str, str]
    serializer: str | None
    storage: str | None
    is_stream: bool

    async def write(self, contents: Contents) -> SavedContent:
        save = contents.save_stream if self.is_stream else contents.save
        return await save(
            self.value, tags=self.tags, serializer=self.serializer, storage=self.storage
        )

    async def write_again(self, contents: Contents) -> SavedContent:
        if self.is_stream:
            raise MissingExternalResourceError(
                "the content of a stream was removed as garbage before its manifest was recorded; "
                "save it again"
            )
        return await self.write(contents)


def _job(
    value: Any,
    tags: Mapping[str, str] | None,
    serializer: str | None,
    storage: str | None,
    *,
    is_stream: bool,
) -> _Job:
    return _Job(value, checked_tags(dict(tags or {})), serializer, storage, is_stream)


async def _save(job: _Job, store: StorageBackend, contents: Contents) -> str:
    _check_transactions(store)
    saved = await job.write(contents)
    (key,) = await _record([job], [saved], store, contents)
    return key


async def _record(
    jobs: list[_Job], saved: list[SavedContent], store: StorageBackend, contents: Contents
) -> list[str]:
    """Record manifests of contents that are there, and give their keys.

    Between the writing of content and its recording, another may have removed the same content as
    garbage. So it is looked for in the transaction, in which nobody can, and written again.
    """
    for _ in range(RECORDING_ATTEMPTS):
        keys, missing = await asyncio.to_thread(_try_record, jobs, saved, store, contents)
        if not missing:
            return keys
        for index in missing:
            saved[index] = await jobs[index].write_again(contents)
    raise MissingExternalResourceError(
        f"content was removed {RECORDING_ATTEMPTS} times before it could be recorded; "
        "do two stores share one storage for their contents?"
    )


def _try_record(
    jobs: list[_Job], saved: list[SavedContent], store: StorageBackend, contents: Contents
) -> tuple[list[str], list[int]]:
    """Record all manifests if no content is missing, else tell which is."""
    manifests = [
        ContentManifest.of(one, dict(job.tags)) for job, one in zip(jobs, saved, strict=True)
    ]
    with store.batch():
        # In a loop of its own: the caller's may be waiting for the store, which this thread holds.
        missing = asyncio.run(contents.missing(saved))
        if missing:
            return [], missing
        return [store.store_object(manifest) for manifest in manifests], []


def _check_transactions(store: StorageBackend) -> None:
    """Raise now, and not once the content is written, if the store can't record it."""
    store.batch()
