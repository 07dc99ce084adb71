"""What a storage has to bring: seven hooks, and those that it may override."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from propstore.errors import MissingExternalResourceError
from propstore.external.complaints import (
    already_there,
    below_resource,
    changed,
    is_directory,
    missing,
)
from propstore.external.digest import (
    ReadableStream,
    checked_digest,
    copy_digested,
    digest_stream,
)
from propstore.external.instance_lock import InstanceLock
from propstore.external.location import ancestors
from propstore.external.metadata import Metadata
from propstore.external.streams import LoadedStream, read_up_to, skip
from propstore.external.write_mode import IfDigest, WriteMode

__all__ = ["StorageHooks"]


class StorageHooks(ABC):
    """The hooks of `propstore.external.ExternalStorage`, which is the class to inherit from.

    All get normalised locations, block until the work is done, and may be called from several
    threads at once. `_load_stream` raises `MissingExternalResourceError` for what isn't there, and
    every hook `ExternalPermissionError` for what is forbidden. The seven abstract ones suffice; the
    others have defaults made of them, which a storage overrides where it can do better.
    """

    @abstractmethod
    def _store_bytes(self, location: str, byte_data: bytes) -> str | None:
        """Store bytes, in the place of what is there; give their SHA-256, or None."""

    @abstractmethod
    def _store_path(self, location: str, path: Path) -> str | None:
        """Store the content of a file likewise; give its SHA-256, or None."""

    @abstractmethod
    def _load_stream(self, location: str) -> AbstractContextManager[BinaryIO]:
        """Give a context manager of a readable binary stream."""

    @abstractmethod
    def _exists(self, location: str) -> bool:
        """Say whether a resource is there."""

    @abstractmethod
    def _delete(self, location: str) -> None:
        """Delete what is there."""

    @abstractmethod
    def _get_filename(self, location: str) -> str:
        """Name the place."""

    @abstractmethod
    def _iter_contents(self, prefix: str = "") -> Iterator[str]:
        """Iterate over the locations that begin with a string."""

    def _get_hexdigest(self, location: str) -> str:
        """Give the SHA-256; by default the content is read for it."""
        with self._open(location) as stream:
            return digest_stream(stream).digest

    def _get_metadata(self, location: str) -> Metadata:
        """Give the metadata; by default the content is read, or sought, for its size."""
        with self._open(location) as stream:
            size = stream.seek(0, io.SEEK_END) if stream.seekable() else digest_stream(stream).size
        return Metadata(size=size, modified=None, digest=self._checked_hexdigest(location))

    def _load_range(self, location: str, start: int, length: int) -> bytes:
        """Give a part; by default what is before it is skipped, or read and forgotten."""
        with self._open(location) as stream:
            if stream.seekable():
                stream.seek(start)
            else:
                skip(stream, start)
            return read_up_to(stream, length)

    def _store_stream(self, location: str, stream: ReadableStream, mode: WriteMode) -> str:
        """Store a stream on a condition; by default from a temporary file, under the lock."""
        with NamedTemporaryFile(prefix="propstore-") as spool:
            digest = copy_digested(stream, spool).digest
            spool.flush()
            with self._exclusive(location):
                self._check_condition(location, mode)
                self._refuse_nesting(location)
                self._store_path(location, Path(spool.name))
        return digest

    def _exclusive(self, location: str) -> AbstractContextManager[object]:
        """Keep writes apart: from the check of a condition to the end of the write."""
        # Made when it is needed, since subclasses have no __init__ of this class to call.
        lock: InstanceLock = self.__dict__.setdefault("_instance_lock", InstanceLock())
        return lock

    def _refuse_nesting(self, location: str) -> None:
        """Refuse a location that is a directory of others, or below a resource.

        A file system can't have both, so no storage has.
        """
        for ancestor in ancestors(location):
            if self._exists(ancestor):
                raise below_resource(location)
        if next(iter(self._iter_contents(f"{location}/")), None) is not None:
            raise is_directory(location)

    def _strip_root(self, location: str) -> str:
        """Make a path inside the root relative to it, where there is a root."""
        return location

    def _check_condition(self, location: str, mode: WriteMode) -> None:
        """Raise unless what is stored is what a mode asks for."""
        if mode == "create" and self._exists(location):
            raise already_there(location)
        if isinstance(mode, IfDigest):
            if not self._exists(location):
                raise missing(location)
            digest = self._checked_hexdigest(location)
            if digest != mode.digest:
                raise changed(location, mode.digest, digest)

    def _checked_hexdigest(self, location: str) -> str:
        return checked_digest(self._get_hexdigest(location))

    def _open(self, location: str, digest: str | None = None) -> LoadedStream:
        """Open a stream at once, and say in the one way if there is none."""
        try:
            return LoadedStream(self._load_stream(location), location, digest)
        except (KeyError, FileNotFoundError) as error:
            if isinstance(error, MissingExternalResourceError) or self._exists(location):
                raise
            raise missing(location) from error
