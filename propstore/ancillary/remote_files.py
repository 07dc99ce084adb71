"""A record's files in an external storage, one resource each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote_from_bytes

from propstore.ancillary.cache import CacheEntry
from propstore.ancillary.manifest import FileEntry, Manifest
from propstore.ancillary.numpy_arrays import NumpyArrays
from propstore.ancillary.record_files import RecordFiles
from propstore.errors import MissingExternalResourceError
from propstore.external import ExternalStorage
from propstore.external.digest import BUFFER_SIZE

if TYPE_CHECKING:
    import xarray

__all__ = ["RemoteFiles", "fetch", "resource_name"]

_READABLE = "/ !#$&'()+,;=@[]{}~"
LONGEST_PART = 200
COARSEST_TIME = 2 * 10**9  # ns, to which some file systems round times


class RemoteFiles(RecordFiles):
    """Files that are fetched, each when it is read, into the user's cache.

    Parameters
    ----------
    storage
        Where they are.
    location
        The location that those of the files begin with.
    manifest
        Gives what they are.
    entry
        Gives the place in the cache to fetch them to.
    """

    def __init__(
        self,
        storage: ExternalStorage,
        location: str,
        manifest: Callable[[], Manifest],
        entry: Callable[[], CacheEntry],
    ) -> None:
        self._storage = storage
        self._location = location
        self._find_manifest = manifest
        self._find_entry = entry

    def __repr__(self) -> str:
        return f"RemoteFiles({self._location!r})"

    @cached_property
    def _manifest(self) -> Manifest:
        return self._find_manifest()

    @cached_property
    def _entry(self) -> CacheEntry:
        return self._find_entry()

    @property
    def _arrays(self) -> NumpyArrays:
        return NumpyArrays([entry.name for entry in self._manifest.files], self._fetched)

    def files(self) -> list[FileEntry]:
        """List the files, in the order of their names."""
        return list(self._manifest.files)

    def open(self, name: str) -> BinaryIO:
        """Fetch a file and open it for reading."""
        return self._fetched(name).open("rb")

    def arrays(self) -> Mapping[str, Any]:
        """Give the arrays by name; a file is fetched when its array is asked for."""
        return NumpyArrays([entry.name for entry in self._manifest.files], self._fetched)

    def to_xarray(self) -> xarray.Dataset:
        """Give the arrays as a dataset."""
        return NumpyArrays(
            [entry.name for entry in self._manifest.files], self._fetched
        ).to_xarray()

    def materialise(self) -> Path:
        """Fetch all files that are not in the cache yet, and give their directory."""
        return self._entry.obtain("files", self._fetch_all)

    def _fetched(self, name: str) -> Path:
        numbers = {entry.name: number for number, entry in enumerate(self._manifest.files)}
        if name not in numbers:
            raise MissingExternalResourceError(f"there is no file {name!r} in {self._location!r}.")
        number = numbers[name]
        entry = self._manifest.files[number]
        whole = self._entry.path / "files" / name
        if _is_as_fetched(whole, entry):
            return whole
        return self._entry.obtain(
            f"single/{number}",
            lambda path: self._fetch(number, path),
            lambda path: _is_as_fetched(path, entry),
        )

    def _fetch(self, number: int, path: Path) -> None:
        entry = self._manifest.files[number]
        name = resource_name(entry.name, number)
        fetch(self._storage, f"{self._location}/{name}", entry, path)

    def _fetch_all(self, directory: Path) -> None:
        directory.mkdir()
        for name in self._manifest.directories:
            (directory / name).mkdir()
        for number, entry in enumerate(self._manifest.files):
            single = self._entry.path / "single" / str(number)
            if _is_as_fetched(single, entry):
                shutil.copy2(single, directory / entry.name)
            else:
                self._fetch(number, directory / entry.name)


def fetch(storage: ExternalStorage, location: str, entry: FileEntry, path: Path) -> None:
    """Fetch a resource to a path, and give it its mode and time.

    Raises
    ------
    ChangedExternalResourceError
        If its content is not what was stored.
    """
    with storage.load_stream(location, digest=entry.sha256) as source, path.open("xb") as target:
        shutil.copyfileobj(source, target, BUFFER_SIZE)
    path.chmod(entry.mode & 0o777)
    os.utime(path, ns=(entry.modified, entry.modified))


def _is_as_fetched(path: Path, entry: FileEntry) -> bool:
    """Tell whether a file is in the cache and was, by size and time, not written to since."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    difference = abs(status.st_mtime_ns - entry.modified)
    return status.st_size == entry.size and difference <= COARSEST_TIME


def resource_name(name: str, number: int) -> str:
    """Give the name under which a file is stored: its own where that can be, else its number.

    What a location can't have is percent-encoded, which keeps different names different.
    """
    encoded = quote_from_bytes(os.fsencode(name), safe=_READABLE)
    parts = encoded.split("/")
    is_usable = all(len(part) <= LONGEST_PART for part in parts) and len(encoded) <= 600
    return f"named/{encoded}" if is_usable else f"numbered/{number}"
