"""The contract of every external storage: bytes at locations."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from propstore.external.complaints import missing
from propstore.external.digest import ReadableStream, checked_digest, digest_bytes, digest_path
from propstore.external.hooks import StorageHooks
from propstore.external.location import normalise_location, normalise_prefix
from propstore.external.metadata import Metadata
from propstore.external.write_mode import WriteMode, checked_write_mode

__all__ = ["ExternalStorage"]


class ExternalStorage(StorageHooks):
    """Bytes at locations, wherever they are kept.

    The public methods check and normalise what they are given and then call the hooks, so that a
    subclass is complete once it has the seven abstract ones of `StorageHooks`.
    """

    def store_bytes(
        self,
        location: str,
        byte_data: bytes | bytearray | memoryview,
        *,
        mode: WriteMode = "overwrite",
    ) -> str:
        """Store bytes.

        Parameters
        ----------
        location : str
            Where to store them.
        byte_data : bytes, bytearray or memoryview
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
        TypeError
            If it is not bytes.
        """
        location = self._normalise(location)
        if not isinstance(byte_data, bytes | bytearray | memoryview):
            raise TypeError(f"bytes can be stored, not {type(byte_data).__name__}: encode it")
        content = bytes(byte_data)
        if checked_write_mode(mode) != "overwrite":
            return self._store_stream(location, io.BytesIO(content), mode)
        with self._exclusive(location):
            self._refuse_nesting(location)
            digest = self._store_bytes(location, content)
        return digest or digest_bytes(content).digest

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
        return self._open(location, expected)

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

    def _normalise(self, location: str) -> str:
        return normalise_location(self._strip_root(location))
