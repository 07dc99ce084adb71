"""Copies from one external storage to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from propstore.external.base import ExternalStorage
from propstore.external.digest import ReadableStream
from propstore.external.write_mode import WriteMode

__all__ = ["CopyProgress", "copy_contents", "copy_resource"]


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """How far a copy has come.

    Parameters
    ----------
    location : str
        The resource that is being copied.
    resources : int
        How many resources were copied to their end.
    size : int
        How many bytes were copied, of all resources.
    """

    location: str
    resources: int
    size: int


def copy_resource(
    source: ExternalStorage,
    destination: ExternalStorage,
    location: str,
    *,
    mode: WriteMode = "overwrite",
    digest: str | None = None,
    progress: Callable[[CopyProgress], object] | None = None,
) -> str:
    """Copy one resource to the same location in another storage.

    Parameters
    ----------
    source, destination : ExternalStorage
        Where it is, and where it shall be too.
    location : str
        The resource.
    mode : {"overwrite", "create"} or IfDigest, optional
        On which condition, at the destination.
    digest : str, optional
        The SHA-256 that the content has to have.
    progress : callable, optional
        Called with a `CopyProgress` after each part that was read, and once it is stored.

    Returns
    -------
    str
        The SHA-256 of what was copied.

    Raises
    ------
    ChangedExternalResourceError
        If the content has another digest; nothing is stored then.
    ExternalResourceError
        As `ExternalStorage.load_stream` and `ExternalStorage.store_stream` do.
    """
    return _copy(source, destination, location, mode, digest, _Meter(progress))


def copy_contents(
    source: ExternalStorage,
    destination: ExternalStorage,
    prefix: str = "",
    *,
    mode: Literal["overwrite", "create"] = "overwrite",
    progress: Callable[[CopyProgress], object] | None = None,
) -> int:
    """Copy all resources whose locations begin with a string, one after the other.

    Parameters
    ----------
    source, destination : ExternalStorage
        Where they are, and where they shall be too.
    prefix : str, optional
        The string with which the locations begin.
    mode : {"overwrite", "create"}, optional
        On which condition, for each of them.
    progress : callable, optional
        Called with a `CopyProgress` after each part that was read, and once each is stored.

    Returns
    -------
    int
        The number of resources copied.

    Raises
    ------
    ExternalResourceError
        As `copy_resource` does, at the first resource that can't be copied. Those before it stay.
    """
    meter = _Meter(progress)
    for location in source.iter_contents(prefix):
        _copy(source, destination, location, mode, None, meter)
    return meter.resources


class _Meter:
    """Counts what is copied, and tells."""

    def __init__(self, progress: Callable[[CopyProgress], object] | None) -> None:
        self._progress = progress
        self.resources = 0
        self._size = 0

    def count(self, location: str, *, size: int = 0, resources: int = 0) -> None:
        self._size += size
        self.resources += resources
        if self._progress is not None:
            self._progress(CopyProgress(location, self.resources, self._size))


class _MeteredStream:
    """A stream whose bytes are counted as they are read."""

    def __init__(self, stream: ReadableStream, location: str, meter: _Meter) -> None:
        self._stream = stream
        self._location = location
        self._meter = meter

    def read(self, size: int, /) -> bytes:
        chunk = self._stream.read(size)
        if chunk:
            self._meter.count(self._location, size=len(chunk))
        return chunk


def _copy(
    source: ExternalStorage,
    destination: ExternalStorage,
    location: str,
    mode: WriteMode,
    digest: str | None,
    meter: _Meter,
) -> str:
    with source.load_stream(location, digest=digest) as stream:
        metered = _MeteredStream(stream, location, meter)
        copied = destination.store_stream(location, metered, mode=mode)
    meter.count(location, resources=1)
    return copied
