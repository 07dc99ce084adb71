"""The contract of every external storage: bytes at locations."""

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
    digest_bytes,
    digest_path,
    digest_stream,
)
from propstore.external.instance_lock import InstanceLock
from propstore.external.location import ancestors, normalise_location, normalise_prefix
from propstore.external.metadata import Metadata
from propstore.external.streams import LoadedStream, read_up_to
from propstore.external.write_mode import IfDigest, WriteMode, checked_write_mode

__all__ = ["ExternalStorage"]


class ExternalStorage(ABC):
    """Bytes at locations, wherever they are kept.

    The public methods check and normalise what they are given and then call the hooks, so a
    storage is complete once it has the seven abstract ones. They get normalised locations, block
    until the work is done, and may be called from several threads at once. `_load_stream` raises
    `MissingExternalResourceError` for what isn't there; `_store_bytes` and `_store_path` may give
    the SHA-256 that they came by. The other hooks have defaults, made of the seven, which a storage
    overrides where it can do better.
    """

    def store_bytes(self, location: str, byte_data: bytes, *, mode: WriteMode = "overwrite") -> str:
        """Store bytes.

        Parameters
        ----------
        location : str
            Where to store them.
        byte_data : bytes
            What to store.
        mode : {"overwrite", "create"} or IfDigest, optional
            On which condition.

        Returns
        -------
        str
            The SHA-256 of what was stored.

        Raises
        ------
        InvalidLocationError
            If the location is not a valid one, or a directory of others, or below a resource.
        ExternalResourceExistsError
            If the mode is ``"create"`` and something is there.
        ChangedExternalResourceError
            If the mode is `IfDigest` and something else is there.
        MissingExternalResourceError
            If the mode is `IfDigest` and nothing is there.
        ExternalPermissionError
            If the location can't be written to.
        """
        location = self._normalise(location)
        if checked_write_mode(mode) != "overwrite":
            return self._store_stream(location, io.BytesIO(byte_data), mode)
        with self._exclusive(location):
            self._refuse_nesting(location)
            digest = self._store_bytes(location, byte_data)
        return digest or digest_bytes(byte_data).digest

    def store_path(self, location: str, path: str | Path, *, mode: WriteMode = "overwrite") -> str:
        """Store the content of a file.

        Parameters
        ----------
        location : str
            Where to store it.
        path : str or Path
            The file.
        mode : {"overwrite", "create"} or IfDigest, optional
            On which condition.

        Returns
        -------
        str
            The SHA-256 of what was stored.

        Raises
        ------
        FileNotFoundError, IsADirectoryError, PermissionError
            If the file that is to be stored can't be read.
        ExternalResourceError
            As `store_bytes` does.
        """
        location = self._normalise(location)
        path = Path(path)
        with path.open("rb", buffering=0) as stream:
            if checked_write_mode(mode) != "overwrite":
                return self._store_stream(location, stream, mode)
        with self._exclusive(location):
            self._refuse_nesting(location)
            digest = self._store_path(location, path)
        return digest or digest_path(path).digest

    def store_stream(
        self, location: str, stream: ReadableStream, *, mode: WriteMode = "overwrite"
    ) -> str:
        """Store what a stream gives, from where it stands to its end.

        Parameters
        ----------
        location : str
            Where to store it.
        stream : ReadableStream
            A binary stream; only ``read(n)`` is called. What it raises leaves the storage as it
            was, and is raised.
        mode : {"overwrite", "create"} or IfDigest, optional
            On which condition.

        Returns
        -------
        str
            The SHA-256 of what was stored.

        Raises
        ------
        ExternalResourceError
            As `store_bytes` does.
        """
        location = self._normalise(location)
        return self._store_stream(location, stream, checked_write_mode(mode))

    def load_stream(
        self, location: str, *, digest: str | None = None
    ) -> AbstractContextManager[BinaryIO]:
        """Open a resource for reading, in a ``with`` block.

        Parameters
        ----------
        location : str
            Where it is.
        digest : str, optional
            The SHA-256 that it has to have. It is verified as it is read, which then works
            forwards only. ``read()`` never returns other content; whoever reads in parts knows
            at the last part, and all do when the block ends, since what was left is read then.

        Returns
        -------
        context manager of BinaryIO
            Gives a readable binary stream, seekable where the storage can do that.

        Raises
        ------
        MissingExternalResourceError
            At the call, if nothing is stored there.
        ExternalPermissionError
            At the call, if it can't be read.
        InvalidLocationError
            If the location is not a valid one.
        ChangedExternalResourceError
            While reading, if the content is not the one expected.
        """
        location = self._normalise(location)
        expected = None if digest is None else checked_digest(digest)
        try:
            return LoadedStream(self._load_stream(location), location, expected)
        except (KeyError, FileNotFoundError) as error:
            if isinstance(error, MissingExternalResourceError) or self._exists(location):
                raise
            raise missing(location) from error

    def load_range(self, location: str, start: int, length: int) -> bytes:
        """Read a part of a resource.

        Parameters
        ----------
        location : str
            Where it is.
        start : int
            The first byte, counted from 0.
        length : int
            The number of bytes.

        Returns
        -------
        bytes
            The bytes from `start` on; fewer than `length`, or none, where the resource ends.

        Raises
        ------
        ValueError
            If `start` or `length` is negative.
        ExternalResourceError
            As `load_stream` does.
        """
        location = self._normalise(location)
        if start < 0 or length < 0:
            raise ValueError(f"start={start} and length={length} have to be 0 or more")
        return self._load_range(location, start, length)

    def exists(self, location: str) -> bool:
        """Say whether a resource is stored at a location; a directory of others is none.

        Raises
        ------
        ExternalPermissionError
            If that can't be found out.
        InvalidLocationError
            If the location is not a valid one.
        """
        return self._exists(self._normalise(location))

    def delete(self, location: str) -> None:
        """Delete a resource.

        Raises
        ------
        MissingExternalResourceError
            If nothing is stored there.
        ExternalPermissionError
            If it can't be deleted.
        InvalidLocationError
            If the location is not a valid one.
        """
        location = self._normalise(location)
        with self._exclusive(location):
            if not self._exists(location):
                raise missing(location)
            self._delete(location)

    def iter_contents(self, prefix: str = "") -> Iterator[str]:
        """Iterate over the locations of all resources, in no particular order.

        Parameters
        ----------
        prefix : str, optional
            The string with which the locations begin; it may end inside a name.

        Returns
        -------
        iterator of str
            Locations, found as the iteration goes on. What is stored or deleted meanwhile may
            appear or not.

        Raises
        ------
        InvalidLocationError
            At the call, if no location can begin so.
        """
        return self._iter_contents(normalise_prefix(self._strip_root(prefix)))

    def __iter__(self) -> Iterator[str]:
        return self.iter_contents()

    def get_filename(self, location: str) -> str:
        """Name the place where a location is kept, whether or not something is stored there.

        Returns
        -------
        str
            An absolute path for a file, a URL otherwise.

        Raises
        ------
        InvalidLocationError
            If the location is not a valid one.
        """
        return self._get_filename(self._normalise(location))

    def get_metadata(self, location: str) -> Metadata:
        """Tell the size, time and digest of a resource.

        The content is read for its digest where the storage doesn't remember that.

        Raises
        ------
        ExternalResourceError
            As `load_stream` does.
        """
        return self._get_metadata(self._normalise(location))

    @abstractmethod
    def _store_bytes(self, location: str, byte_data: bytes) -> str | None:
        """Store bytes, in the place of what is there."""

    @abstractmethod
    def _store_path(self, location: str, path: Path) -> str | None:
        """Store the content of a file, in the place of what is there."""

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
        with self.load_stream(location) as stream:
            return digest_stream(stream).digest

    def _get_metadata(self, location: str) -> Metadata:
        """Give the metadata; by default the content is read, or sought, for its size."""
        with self.load_stream(location) as stream:
            size = stream.seek(0, io.SEEK_END) if stream.seekable() else digest_stream(stream).size
        return Metadata(size=size, modified=None, digest=self._checked_hexdigest(location))

    def _load_range(self, location: str, start: int, length: int) -> bytes:
        """Give a part; by default what is before it is skipped, or read and forgotten."""
        with self.load_stream(location) as stream:
            if stream.seekable():
                stream.seek(start)
            else:
                read_up_to(stream, start)
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
        # Found by name, since a storage need not call this class's __init__, having none to call.
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

    def _normalise(self, location: str) -> str:
        return normalise_location(self._strip_root(location))

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
