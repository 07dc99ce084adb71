"""Opening a store by its place."""

from __future__ import annotations

import os
from pathlib import Path

from propstore.ancillary import AncillaryForm
from propstore.backends.base import StorageBackend
from propstore.backends.connections import Durability
from propstore.backends.json_catalog import JSON_CATALOG_NAME, has_json_catalog
from propstore.backends.local import CATALOG_NAME, LocalFileStorage
from propstore.backends.memory import MemoryStorage
from propstore.backends.postgres import PostgresStorage
from propstore.backends.postgres.address import SCHEMES
from propstore.backends.tinydb import TinyDBStorage
from propstore.errors import NotAStoreError, UnsupportedOperationError
from propstore.external import ExternalStorage

__all__ = ["open_store"]

TINYDB = "tinydb:"


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
        The path of a folder; ``"tinydb:..."``, a folder whose catalog is to be in JSON;
        ``"postgresql://user@host/database"``; or ``"memory:"``.
    read_only
        Whether it is opened for reading only.
    create
        Whether a store is made where there is none.
    durability
        ``"full"`` if what is acknowledged has to survive a power cut, ``"normal"`` if a kill of
        the process is enough; a catalog in JSON is always durable.
    files
        Where the files of records are, if not in the folder: the URL of an object store, or an
        `ExternalStorage`. Those of a catalog in JSON are in the folder. For PostgreSQL, a folder
        that all share can be given as well.
    ancillary
        How the files of records are kept: as they are, or in a netCDF archive for each record.

    Returns
    -------
    StorageBackend
        Opening reads no records, so it takes the same time for a large store; but a catalog in
        JSON is read whole.

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
    if not text.removeprefix(TINYDB):
        raise NotAStoreError(f"{text!r} names no folder; the current one is '{text}.'.")
    folder = Path(text.removeprefix(TINYDB))
    if text.startswith(TINYDB) or (has_json_catalog(folder) and not _has_catalog(folder)):
        if files is not None:
            raise UnsupportedOperationError("a TinyDBStorage keeps files in its folder only.")
        if not create and not (folder / JSON_CATALOG_NAME).is_file():
            raise NotAStoreError(f"there is no store at {text!r}.")
        return TinyDBStorage(folder, read_only=read_only, ancillary=ancillary)
    scheme, separator, _ = text.partition("://")
    if separator and scheme in SCHEMES:
        return PostgresStorage(
            text,
            read_only=read_only,
            create=create,
            durability=durability,
            files=files,
            ancillary=ancillary,
        )
    if separator:
        raise NotAStoreError(
            f"{scheme!r} in {_without_secrets(text)!r} is not a kind of store that is known; "
            "a store is a folder, 'tinydb:' and a folder, 'postgresql://...', or 'memory:'."
        )
    if not create and not _has_catalog(folder):
        raise NotAStoreError(f"there is no store at {text!r}.")
    return LocalFileStorage(
        text, read_only=read_only, durability=durability, files=files, ancillary=ancillary
    )


def _has_catalog(folder: Path) -> bool:
    return (folder / CATALOG_NAME).is_file()


def _without_secrets(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
