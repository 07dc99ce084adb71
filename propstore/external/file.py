"""Resources as files below one directory."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from propstore.errors import (
    ExternalResourceError,
    InvalidLocationError,
    MissingExternalResourceError,
    UnsupportedOperationError,
)
from propstore.external.base import ExternalStorage
from propstore.external.complaints import already_there, is_directory, missing
from propstore.external.digest import ReadableStream, copy_digested, digest_stream
from propstore.external.durable import (
    create_durably,
    delete_durably,
    fsync_file,
    make_directories,
    replace_durably,
    temporary_file,
)
from propstore.external.location import RESERVED_DIRECTORY, ancestors, is_valid_location
from propstore.external.metadata import Metadata
from propstore.external.os_errors import reading, writing
from propstore.external.write_mode import IfDigest, WriteMode

__all__ = ["FileStorage"]

PLACING_ATTEMPTS = 100
LOCK_POLL_INTERVAL = 0.005  # seconds; a commit takes about a tenth of that
LOCK_NAME_LENGTH = 2  # hexadecimal digits: 256 locks, so writers seldom wait for one another


class FileStorage(ExternalStorage):
    """Bytes in files: a location is a path below a root directory.

    Any number of threads and processes may share a root. A write becomes visible when it is whole
    and durable, by a rename out of the hidden directory ``.propstore-tmp`` in the root. Nothing is
    written, not even the root, before something is stored. A directory that `delete` leaves empty
    is removed with it.

    A link is followed only as far as it stays inside the root. This guards against links that
    stand there, not against one who can write to the root and changes them meanwhile.

    Parameters
    ----------
    root_dir : str or Path
        The root. A location may also be given as an absolute path inside it.
    """

    def __init__(self, root_dir: str | Path) -> None:
        self._root = Path(os.path.abspath(root_dir))  # noqa: PTH100 - resolve() follows links

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._root)!r})"

    @property
    def root_dir(self) -> Path:
        """The root directory, as an absolute path."""
        return self._root

    def remove_leftovers(self, older_than: timedelta = timedelta(days=1)) -> int:
        """Remove what killed writers have left in the hidden directory.

        Parameters
        ----------
        older_than : timedelta, optional
            How long ago it was written to for the last time; more than any writer pauses.

        Returns
        -------
        int
            The number of files removed.

        Raises
        ------
        ExternalPermissionError
            If one can't be removed.
        """
        oldest_kept = time.time() - older_than.total_seconds()
        removed = 0
        for path in self.unfinished():
            # A writer may finish and rename its file meanwhile.
            with suppress(FileNotFoundError), writing(path.name):
                if path.stat().st_mtime < oldest_kept:
                    path.unlink()
                    removed += 1
        return removed

    def unfinished(self) -> list[Path]:
        """Give the files that are being written, or that a killed writer has left.

        Raises
        ------
        InvalidLocationError
            If a link leads from their directory out of the storage's root.
        """
        return sorted(self._path(RESERVED_DIRECTORY).glob(".*.tmp"))

    def _store_bytes(self, location: str, byte_data: bytes) -> str:
        return self._store_stream(location, io.BytesIO(byte_data), "overwrite")

    def _store_path(self, location: str, path: Path) -> str:
        with path.open("rb", buffering=0) as stream:
            return self._store_stream(location, stream, "overwrite")

    def _store_stream(self, location: str, stream: ReadableStream, mode: WriteMode) -> str:
        self._path(location)
        if mode == "create" and self._exists(location):
            raise already_there(location)
        with ExitStack() as stack:
            with writing(location):
                directory = self._path(RESERVED_DIRECTORY)
                make_directories(directory)
                file, temporary = stack.enter_context(temporary_file(directory))
            digest = copy_digested(stream, file).digest
            fsync_file(file)
            with writing(location), self._lock(location):
                self._commit(temporary, location, mode)
        return digest

    def _commit(self, temporary: Path, location: str, mode: WriteMode) -> None:
        """Give a whole file its name, if what has that name now allows it."""
        path = self._path(location)
        if isinstance(mode, IfDigest):
            self._check_condition(location, mode)
        if path.is_dir():
            self._remove_empty_directories(path, location)
        try:
            self._place(temporary, path, self._create if mode == "create" else replace_durably)
        except FileExistsError:
            raise already_there(location) from None

    def _place(self, temporary: Path, path: Path, rename: Callable[[Path, Path], None]) -> None:
        for _ in range(PLACING_ATTEMPTS):
            # A delete nearby may remove the directory again while it is empty.
            with suppress(FileNotFoundError):
                make_directories(path.parent)
                rename(temporary, path)
                return
        raise ExternalResourceError(
            f"{temporary} could not be renamed to {path}: one of the two is removed time and again"
        )

    def _create(self, temporary: Path, path: Path) -> None:
        try:
            create_durably(temporary, path)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP):
                raise
            raise UnsupportedOperationError(
                f"mode='create' needs hard links, which the file system of {self._root} hasn't"
            ) from error

    def _remove_empty_directories(self, path: Path, location: str) -> None:
        """Remove what a writer that was killed has made, or refuse to store over directories."""
        if next(self._iter_contents(f"{location}/"), None) is not None:
            raise is_directory(location)
        for directory, _, _ in os.walk(path, topdown=False):
            with suppress(FileNotFoundError):
                Path(directory).rmdir()

    def _load_stream(self, location: str) -> BinaryIO:
        path = self._path(location)
        with reading(location):
            # Opening a pipe would wait for a writer.
            if not stat.S_ISREG(path.stat().st_mode):
                raise missing(location)
            return path.open("rb")

    def _exists(self, location: str) -> bool:
        path = self._path(location)
        try:
            with reading(location):
                return stat.S_ISREG(path.stat().st_mode)
        except MissingExternalResourceError:
            return False

    def _delete(self, location: str) -> None:
        path = self._path(location)
        with reading(location), self._lock(location):
            delete_durably(path)
        with suppress(OSError):  # what isn't empty, or not ours to remove, stays
            while (path := path.parent) != self._root:
                path.rmdir()

    def _get_filename(self, location: str) -> str:
        return str(self._path(location))

    def _iter_contents(self, prefix: str = "") -> Iterator[str]:
        directory = prefix.rpartition("/")[0]
        self._path(directory)
        if self._has_link(directory):
            return iter(())  # each resource is shown once, where it is
        return self._walk(directory, prefix)

    def _walk(self, directory: str, prefix: str) -> Iterator[str]:
        pending = [directory]
        while pending:
            directory = pending.pop()
            with (
                suppress(MissingExternalResourceError),
                reading(directory or "."),
                os.scandir(self._root / directory) as entries,
            ):
                for entry in entries:
                    location = f"{directory}/{entry.name}" if directory else entry.name
                    if not is_valid_location(location):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        if f"{location}/".startswith(prefix):
                            pending.append(location)
                    elif location.startswith(prefix) and entry.is_file():
                        if entry.is_symlink() and self._leads_out(location):
                            continue
                        yield location

    def _get_metadata(self, location: str) -> Metadata:
        with self._load_stream(location) as stream:
            modified = os.fstat(stream.fileno()).st_mtime
            found = digest_stream(stream)
        return Metadata(found.size, datetime.fromtimestamp(modified, UTC), found.digest)

    def _exclusive(self, location: str) -> AbstractContextManager[None]:
        return nullcontext()  # each write takes the lock itself, once it has all the bytes

    def _refuse_nesting(self, location: str) -> None:
        """Refuse nothing, since the file system will."""

    def _strip_root(self, location: str) -> str:
        if isinstance(location, str) and location.startswith("/"):
            for root in (str(self._root), os.path.realpath(self._root)):
                if location == root or location.startswith(f"{root.rstrip('/')}/"):
                    return location[len(root) :].lstrip("/")
        return location

    def _path(self, location: str) -> Path:
        path = self._root / location
        if self._leads_out(location):
            raise InvalidLocationError(
                f"{str(path)!r} leads through a link to {os.path.realpath(path)!r}, outside the "
                f"storage's root {str(self._root)!r}"
            )
        return path

    def _leads_out(self, location: str) -> bool:
        if not self._has_link(location):
            return False
        target = Path(os.path.realpath(self._root / location))
        return not target.is_relative_to(os.path.realpath(self._root))

    def _has_link(self, location: str) -> bool:
        """Say whether a location, or a directory that it is in, is a link."""
        return any(
            os.path.islink(f"{self._root}/{part}")  # noqa: PTH114 - twice as fast
            for part in (location, *ancestors(location))
        )

    @contextmanager
    def _lock(self, location: str) -> Iterator[None]:
        """Hold a lock, among all processes, that guards a location (and others)."""
        from filelock import FileLock

        directory = self._path(f"{RESERVED_DIRECTORY}/locks")
        make_directories(directory)
        name = hashlib.sha256(location.encode()).hexdigest()[:LOCK_NAME_LENGTH]
        with FileLock(directory / name).acquire(poll_interval=LOCK_POLL_INTERVAL):
            yield
