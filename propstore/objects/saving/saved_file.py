"""A file that an object was saved to, opened for reading."""

from __future__ import annotations

import os
from collections.abc import Iterable

from propstore.errors import NotAStoreError, StoreFormatError
from propstore.objects.groups import JSONStorage, NetCDFStorage
from propstore.objects.groups.file_storage import FileStorage
from propstore.objects.groups.json_layout import FORMAT_MARK
from propstore.objects.saving.pickled import PICKLE_MARK

__all__ = ["head_of", "is_pickle", "open_groups"]

_HDF5_MARK = b"\x89HDF\r\n\x1a\n"


def head_of(filename: str | os.PathLike[str]) -> bytes:
    """Read the beginning of a file, which tells what wrote it.

    Raises
    ------
    NotAStoreError
        If there is no such file.
    """
    try:
        # Not open(), whose stream takes as long as all the rest.
        descriptor = os.open(filename, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(descriptor, 64)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise NotAStoreError(f"there is no file {os.fspath(filename)!r}") from error


def is_pickle(head: bytes) -> bool:
    """Tell by the beginning of a file whether it is a pickle that `save` wrote."""
    return head.startswith(PICKLE_MARK)


def open_groups(
    filename: str | os.PathLike[str],
    head: bytes,
    *,
    classes: Iterable[type],
    unknown_as_plain: bool,
) -> tuple[str, FileStorage]:
    """Give the backend that wrote a file, and the storage that reads it.

    Raises
    ------
    StoreFormatError
        If it is of no form that `save` writes.
    """
    form: type[FileStorage]
    if head.startswith(FORMAT_MARK):
        backend, form = "json", JSONStorage
    elif head.startswith(_HDF5_MARK):
        backend, form = "netcdf", NetCDFStorage
    else:
        raise StoreFormatError(
            f"{os.fspath(filename)!r} is no file that propstore.save wrote: it begins with "
            f"{head[:16]!r}"
        )
    return backend, form(filename, "r", classes=classes, unknown_as_plain=unknown_as_plain)
