"""Which store a command works on, and which of its records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from propstore.backends import LocalFileStorage, StorageBackend, open_store
from propstore.backends.catalog_storage import CatalogStorage
from propstore.backends.opening import TINYDB
from propstore.errors import (
    MultipleMatchesError,
    NotAStoreError,
    ObjectNotFoundError,
    UnsupportedOperationError,
)

__all__ = [
    "DEFAULT_PLACE",
    "PLACE_VARIABLE",
    "StoreOption",
    "folder_of",
    "full_key",
    "in_a_folder",
    "open_or_make",
    "open_there",
    "open_to_read",
    "open_to_write",
    "with_a_catalog",
]

DEFAULT_PLACE = "propstore-data"
PLACE_VARIABLE = "PROPSTORE_STORE"

_NEEDS = "this needs a store {}, and {!r} is another; 'propstore copy' makes one of it."

StoreOption = Annotated[
    str,
    typer.Option(
        "--store", "-s", metavar="PATH", envvar=PLACE_VARIABLE, help="The folder of the store."
    ),
]


def open_to_read(place: str) -> StorageBackend:
    """Open the store that --store names, which has to be there, for reading."""
    lasting_place = _lasting(place)
    with _advising():
        return open_there(lasting_place, read_only=True)


def open_to_write(place: str) -> StorageBackend:
    """Open the store that --store names, which has to be there, for writing."""
    lasting_place = _lasting(place)
    with _advising():
        return open_there(lasting_place)


def open_there(place: str, *, read_only: bool = False, files: str | None = None) -> StorageBackend:
    """Open a store that has to be there, whatever named it."""
    return open_store(_lasting(place), read_only=read_only, create=False, files=files)


def open_or_make(place: str, *, files: str | None = None) -> tuple[StorageBackend, bool]:
    """Open a store for writing, and tell whether it had to be made."""
    try:
        return open_there(place, files=files), False
    except NotAStoreError:
        return open_store(_lasting(place), files=files), True


def in_a_folder(store: StorageBackend) -> LocalFileStorage:
    """Give the store itself, of which something is asked that only one in a folder can do."""
    if not isinstance(store, LocalFileStorage):
        raise UnsupportedOperationError(
            _NEEDS.format("in a folder with a catalog in SQLite", store)
        )
    return store


def with_a_catalog(store: StorageBackend) -> CatalogStorage:
    """Give the store itself, of which something is asked that needs a catalog in a database."""
    if not isinstance(store, CatalogStorage):
        raise UnsupportedOperationError(_NEEDS.format("with a catalog in a database", store))
    return store


def folder_of(place: str) -> str:
    """Give the folder of a store that only one in a folder with a catalog in SQLite can be."""
    lasting_place = _lasting(place)
    if lasting_place.startswith(TINYDB) or "://" in lasting_place:
        raise UnsupportedOperationError(
            f"this needs a store in a folder with a catalog in SQLite; {place!r} is no folder."
        )
    return lasting_place


def full_key(store: StorageBackend, beginning: str) -> str:
    """Give the key of the only record whose key begins so.

    Raises
    ------
    ObjectNotFoundError
        If there is none.
    MultipleMatchesError
        If there are several.
    """
    if beginning in store:
        return beginning
    every_key = store.keys()
    keys = [key for key in every_key if key.startswith(beginning)]
    if not keys:
        raise ObjectNotFoundError(f"no record has a key that begins with {beginning!r}.")
    if len(keys) > 1:
        raise MultipleMatchesError(
            f"{len(keys)} records have keys that begin with {beginning!r}, such as "
            f"{keys[0]} and {keys[1]}; give more of the key."
        )
    return keys[0]


@contextmanager
def _advising() -> Iterator[None]:
    try:
        yield
    except NotAStoreError as error:
        raise NotAStoreError(
            f"{error} Name another by --store, or make one: propstore init."
        ) from error


def _lasting(place: str) -> str:
    if place == "memory:":
        raise NotAStoreError("a store in memory ends with its program; name a folder.")
    return place
