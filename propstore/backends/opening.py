"""Opening a store by its place."""

from __future__ import annotations

import os
from pathlib import Path

from propstore.ancillary import AncillaryForm
from propstore.backends.base import StorageBackend
from propstore.backends.connections import Durability
from propstore.backends.local import CATALOG_NAME, LocalFileStorage
from propstore.backends.memory import MemoryStorage
from propstore.errors import NotAStoreError
from propstore.external import ExternalStorage

__all__ = ["open_store"]


def open_store(
    place: str | os.PathLike[str],
    *,
    read_only: bool = False,
    create: bool = True,
    durability: Durability = "full",
    files: str | ExternalStorage | None = None,
    ancillary: AncillaryForm = "directory",
) -> StorageBackend:
    """Open a store.

    Parameters
    ----------
    place
        The path of a folder, or ``"memory:"``.
    read_only
        Whether it is opened for reading only.
    create
        Whether a store is made where there is none.
    durability
        ``"full"`` if what is acknowledged has to survive a power cut, ``"normal"`` if a kill of
        the process is enough.
    files
        Where the files of records are, if not in the folder: the URL of an object store, or an
        `ExternalStorage`.
    ancillary
        How the files of records are kept: as they are, or in a netCDF archive for each record.

    Returns
    -------
    StorageBackend
        Opening reads no records, so it takes the same time for a large store.

    Raises
    ------
    NotAStoreError
        If there is no store and none may be made, or the place is of a kind that is not known.
    StoreFormatError
        If the store is damaged, or was written by a later propstore.
    """
    text = os.fspath(place)
    if text == "memory:":
        return MemoryStorage(ancillary=ancillary)
    scheme, separator, _ = text.partition("://")
    if separator:
        raise NotAStoreError(
            f"{scheme!r} in {_without_secrets(text)!r} is not a kind of store that is known; "
            "a store is a folder or 'memory:'."
        )
    if not create and not (Path(text) / CATALOG_NAME).is_file():
        raise NotAStoreError(f"there is no store at {text!r}.")
    return LocalFileStorage(
        text, read_only=read_only, durability=durability, files=files, ancillary=ancillary
    )


def _without_secrets(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
