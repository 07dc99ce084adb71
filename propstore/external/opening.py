"""An external storage by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from propstore.external.base import ExternalStorage
from propstore.external.file import FileStorage
from propstore.external.memory import MemoryStorage
from propstore.external.object_store import ObjectStorage

__all__ = ["open_storage"]


def open_storage(place: str | Path, **options: Any) -> ExternalStorage:
    """Open the external storage at a place.

    Parameters
    ----------
    place : str or Path
        A directory, ``"memory:"``, or the URL of an object store as `ObjectStorage.from_url`
        takes it.
    **options
        The options of an object store.

    Returns
    -------
    ExternalStorage
        The storage; ``"memory:"`` is a new one each time.

    Raises
    ------
    ValueError
        If the URL is not one of an object store.
    TypeError
        If options are given where there are none.
    ImportError
        If an object store is asked for and obstore is not installed.
    """
    if isinstance(place, str) and "://" in place:
        return ObjectStorage.from_url(place, **options)
    if options:
        raise TypeError(f"{str(place)!r} takes no options, but {', '.join(options)} were given")
    return MemoryStorage() if place == "memory:" else FileStorage(place)
