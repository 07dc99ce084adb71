"""Files that were fetched from elsewhere, on the local disk: shared by processes, up to a bound."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from propstore.ancillary.copying import discard, size_of
from propstore.ancillary.file_lock import held_alone, lock_together

__all__ = ["CacheEntry", "FileCache", "default_cache"]

DEFAULT_LIMIT = 20 * 1024**3  # bytes
NAME_LENGTH = 40


class FileCache:
    """A directory with an entry for each record whose files were fetched.

    What an entry is named after never changes, so what is in it is right for ever. The entries
    that were used longest ago are removed when all together are larger than the limit, except
    those that some process is using.

    Parameters
    ----------
    directory
        Where it is; made when it is first used.
    limit
        How many bytes it may hold. One entry may be larger, and is alone then.
    """

    def __init__(self, directory: Path, limit: int = DEFAULT_LIMIT) -> None:
        self._directory = directory
        self._limit = limit

    def entry(self, name: str) -> CacheEntry:
        """Give the entry of a name, and keep it from being removed while the answer lives."""
        self._directory.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(name.encode()).hexdigest()[:NAME_LENGTH]
        return CacheEntry(self._directory / digest, self)

    def make_room(self) -> None:
        """Remove the entries that were used longest ago until the others fit the limit."""
        entries = []
        for lock in self._directory.glob("*.lock"):
            with suppress(FileNotFoundError):
                entries.append((lock.stat().st_mtime, lock.with_suffix("")))
        sizes = {path: size_of(path) for _, path in entries}
        total = sum(sizes.values())
        for _, path in sorted(entries):
            if total <= self._limit:
                return
            if _remove_if_unused(path):
                total -= sizes[path]


class CacheEntry:
    """The place of one record's files in a cache.

    Attributes
    ----------
    path
        The directory of the entry.
    """

    def __init__(self, path: Path, cache: FileCache) -> None:
        self.path = path
        self._cache = cache
        self._lock = lock_together(path.with_suffix(".lock"), create=True)
        path.mkdir(exist_ok=True)
        os.utime(self._lock)

    def __del__(self) -> None:
        descriptor = self.__dict__.pop("_lock", None)
        if descriptor is not None:
            os.close(descriptor)

    def obtain(
        self,
        name: str,
        make: Callable[[Path], None],
        is_right: Callable[[Path], bool] = Path.exists,
    ) -> Path:
        """Give a file or a directory of the entry, and make it first if it is not there.

        Parameters
        ----------
        name
            Its path in the entry.
        make
            Called with another path to make it at; what it made is renamed, so that no process
            sees half of it. If two make the same thing at once, one of them stays.
        is_right
            Tells whether what is there already can be given.

        Raises
        ------
        OSError
            If it can't be written.
        """
        target = self.path / name
        if is_right(target):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path / f".{uuid.uuid4().hex}"
        try:
            make(temporary)
            try:
                temporary.replace(target)
            except OSError:
                if not is_right(target):  # a directory that another process made stays
                    raise
        finally:
            discard(temporary)
        self._cache.make_room()
        return target


def default_cache() -> FileCache:
    """Give the cache of the user.

    It is in ``$PROPSTORE_CACHE``, or where the system keeps the user's caches, and holds up to
    ``$PROPSTORE_CACHE_SIZE`` bytes, or 20 GiB.
    """
    from platformdirs import user_cache_path

    place = os.environ.get("PROPSTORE_CACHE")
    directory = Path(place) if place else user_cache_path("propstore")
    return FileCache(directory, int(os.environ.get("PROPSTORE_CACHE_SIZE", DEFAULT_LIMIT)))


def _remove_if_unused(path: Path) -> bool:
    with held_alone(path.with_suffix(".lock")) as is_alone:
        if is_alone:
            discard(path)
            path.with_suffix(".lock").unlink(missing_ok=True)
    return is_alone
