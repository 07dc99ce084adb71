"""Content in any external storage: in files, in memory, in an object store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from propstore.errors import (
    ChangedExternalResourceError,
    InvalidLocationError,
    MissingExternalResourceError,
)
from propstore.external import ExternalStorage, FileStorage, MemoryStorage, ObjectStorage
from propstore.external.digest import BUFFER_SIZE, is_digest
from propstore.external.location import normalise_location
from propstore.objects.content.digest import Digest, GetStreamDigest
from propstore.objects.content.router import ContentPointer, Router, hash_router
from propstore.objects.content.storage import RemovableStorage, TagMap
from propstore.objects.streams import spooled

__all__ = [
    "ExternalContentStorage",
    "FileContentStorage",
    "MemoryContentStorage",
    "ObjectContentStorage",
]


class ExternalContentStorage(RemovableStorage[ContentPointer]):
    """Keeps content in an external storage, at places that a router gives.

    Identical content is written once. What is there already is trusted only if its digest is right,
    and is replaced otherwise. The pointer to content is relative to the external storage, so the
    router may change, and all of the content may be copied elsewhere. Content of one place belongs
    to one propstore store: what that store doesn't refer to is garbage.

    Blocking work is done in threads. A stream waits in a temporary file until its digest is known.

    Parameters
    ----------
    external : ExternalStorage
        Where the bytes are.
    router : Router, optional
        Gives content its place; by its hash alone if left out.
    """

    def __init__(self, external: ExternalStorage, *, router: Router | None = None) -> None:
        self._external = external
        self._router = hash_router() if router is None else router

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._external!r})"

    @property
    def external(self) -> ExternalStorage:
        """Where the bytes are."""
        return self._external

    async def write_data(self, data: bytes, digest: Digest, tags: TagMap, /) -> ContentPointer:
        """Keep a blob.

        Raises
        ------
        InvalidLocationError
            If the router gives an invalid location, or one that doesn't end in the hash.
        ChangedExternalResourceError
            If the digest is not that of the data; nothing is kept then.
        ExternalResourceError
            If it can't be stored.
        """
        location = self._route(digest, tags)
        store = partial(self._external.store_bytes, location, data)
        await asyncio.to_thread(self._keep, location, digest, store)
        return {"location": location}

    async def read_data(self, pointer: ContentPointer, /) -> bytes:
        """Give a blob.

        Raises
        ------
        MissingExternalResourceError
            If it isn't there.
        InvalidLocationError
            If the pointer is not one to content in this storage.
        """
        return await asyncio.to_thread(self._read, _checked_location(pointer))

    async def write_data_stream(
        self, stream: AsyncIterator[bytes], get_digest: GetStreamDigest, tags: TagMap, /
    ) -> ContentPointer:
        """Keep a stream.

        Raises
        ------
        UnreadStreamError
            If the digest is not known at the end of the stream.
        ExternalResourceError
            As `write_data` does.
        """
        async with spooled(stream) as file:
            digest = get_digest()
            location = self._route(digest, tags)
            store = partial(self._external.store_path, location, file.name)
            await asyncio.to_thread(self._keep, location, digest, store)
        return {"location": location}

    async def read_data_stream(self, pointer: ContentPointer, /) -> AsyncGenerator[bytes, None]:
        """Give a stream, in chunks of a mebibyte.

        Raises
        ------
        ExternalResourceError
            As `read_data` does.
        """
        loaded = await asyncio.to_thread(self._external.load_stream, _checked_location(pointer))
        with loaded as stream:
            while chunk := await asyncio.to_thread(stream.read, BUFFER_SIZE):
                yield chunk

    async def has_data(self, pointer: ContentPointer, /) -> bool:
        """Tell whether content is there."""
        return await asyncio.to_thread(self._external.exists, _checked_location(pointer))

    async def delete_data(self, pointer: ContentPointer, /) -> None:
        """Remove content.

        Raises
        ------
        MissingExternalResourceError
            If it isn't there.
        """
        await asyncio.to_thread(self._external.delete, _checked_location(pointer))

    async def iter_data(self) -> AsyncGenerator[ContentPointer, None]:
        """Iterate over the pointers to all content; resources of other kinds are left out."""
        for location in await asyncio.to_thread(list, self._external):
            if is_digest(_last_part(location)):
                yield {"location": location}

    def _route(self, digest: Digest, tags: TagMap) -> str:
        content_hash = digest["content_hash"]
        if not is_digest(content_hash):
            raise InvalidLocationError(
                f"{content_hash!r} is not the hash of content: 64 hexadecimal digits are needed"
            )
        location = _location(self._router(digest, tags))
        if _last_part(location) != content_hash:
            raise InvalidLocationError(
                f"the router gave {location!r}; the last part has to be the hash, {content_hash!r},"
                " so that no other content has that place"
            )
        return location

    def _keep(self, location: str, digest: Digest, store: Callable[[], str]) -> None:
        """Store content, unless it is there already."""
        expected = digest["content_hash"]
        if self._found(location) == expected:
            return
        stored = store()
        if stored != expected:
            self._external.delete(location)
            raise ChangedExternalResourceError(
                f"content with the SHA-256 {stored} was to be kept as {expected}"
            )

    def _found(self, location: str) -> str | None:
        """Give the digest of what is at a location."""
        try:
            return self._external.get_metadata(location).digest
        except MissingExternalResourceError:
            return None

    def _read(self, location: str) -> bytes:
        with self._external.load_stream(location) as stream:
            return stream.read()


class FileContentStorage(ExternalContentStorage):
    """Content in files below one directory, which many processes may share.

    Parameters
    ----------
    root_dir : str or Path
        The directory.
    router : Router, optional
        Gives content its place.
    """

    name: ClassVar[str] = "propstore.file@v1"

    def __init__(self, root_dir: str | Path, *, router: Router | None = None) -> None:
        super().__init__(FileStorage(root_dir), router=router)


class MemoryContentStorage(ExternalContentStorage):
    """Content in memory, for tests and trials: it is gone when the process ends.

    Parameters
    ----------
    router : Router, optional
        Gives content its place.
    """

    name: ClassVar[str] = "propstore.memory@v1"

    def __init__(self, *, router: Router | None = None) -> None:
        super().__init__(MemoryStorage(), router=router)


class ObjectContentStorage(ExternalContentStorage):
    """Content in S3, Google Cloud Storage or Azure.

    Parameters
    ----------
    url : str
        Where, as `ObjectStorage.from_url` takes it: ``"s3://bucket/prefix"``.
    router : Router, optional
        Gives content its place.
    **options
        The options of the object store: credentials, endpoint, ...
    """

    name: ClassVar[str] = "propstore.object_store@v1"

    def __init__(self, url: str, *, router: Router | None = None, **options: Any) -> None:
        super().__init__(ObjectStorage.from_url(url, **options), router=router)


def _checked_location(pointer: ContentPointer) -> str:
    """Give the location that a pointer says, if it is one of content."""
    location = _location(pointer)
    if not is_digest(_last_part(location)):
        raise InvalidLocationError(
            f"{location!r} is not the location of content, which ends in a hash"
        )
    return location


def _location(pointer: ContentPointer) -> str:
    if not isinstance(pointer, dict) or "location" not in pointer:
        raise InvalidLocationError(
            f"{pointer!r} is not a pointer, such as {{'location': 'sha256/1f/1f0e...'}}"
        )
    return normalise_location(pointer["location"])


def _last_part(location: str) -> str:
    return location.rpartition("/")[2]
