"""A file that an object was saved to, opened for reading."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from propstore.errors import NotAStoreError, StoreFormatError
from propstore.objects.groups import JSONStorage, NetCDFStorage
from propstore.objects.groups.file_storage import FileStorage
from propstore.objects.groups.json_layout import FORMAT_MARK
from propstore.objects.saving.pickled import PICKLE_MARK

__all__ = ["is_pickle", "open_groups"]

_HDF5_MARK = b"\x89HDF\r\n\x1a\n"


def is_pickle(filename: str | os.PathLike[str]) -> bool:
    """Tell whether a file is a pickle that `save` wrote.

    Raises
    ------
    NotAStoreError
        If there is no such file.
    """
    return _head(filename).startswith(PICKLE_MARK)


def open_groups(
    filename: str | os.PathLike[str], *, classes: Iterable[type], unknown_as_plain: bool
) -> tuple[str, FileStorage]:
    """Give the backend that wrote a file, and the storage that reads it.

    Raises
    ------
    NotAStoreError
        If there is no such file.
    StoreFormatError
        If it is of no form that `save` writes.
    """
    head = _head(filename)
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


def _head(filename: str | os.PathLike[str]) -> bytes:
    try:
        with Path(filename).open("rb") as stream:
            return stream.read(64)
    except FileNotFoundError as error:
        raise NotAStoreError(f"there is no file {os.fspath(filename)!r}") from error
