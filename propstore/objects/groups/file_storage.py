"""Storages that are one file, which is replaced as a whole and never changed in place."""

from __future__ import annotations

import os
import shutil
from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

from propstore.errors import NotAStoreError, StoreBusyError, StoreError
from propstore.external.durable import fsync_file, replace_durably
from propstore.objects.groups.group import StorageGroup
from propstore.objects.groups.session import Session
from propstore.objects.groups.storage import GenericStorage

if TYPE_CHECKING:
    import numpy
    from filelock import BaseFileLock

__all__ = ["FileStorage", "Mode", "check_replaceable"]

Mode = Literal["r", "a", "w"]


def check_replaceable(path: Path) -> None:
    """Refuse a place that no file can take: root could put one even where a device is.

    Raises
    ------
    NotAStoreError
        If its directory is not there, or something is in that place that is no file.
    """
    if not path.parent.is_dir():
        raise NotAStoreError(f"there is no directory {str(path.parent)!r}")
    if path.exists() and not path.is_file():
        raise NotAStoreError(f"{str(path)!r} is not a file, and a file can't have its place")


class FileStorage(GenericStorage):
    """Groups in one file.

    What is written goes to a file beside it, which takes its place when the storage is closed. So
    a block that raises, a kill or a power cut leaves the file as it was, and those who read it go
    on reading what they opened.

    Parameters
    ----------
    filename : path
        The file.
    mode : {"a", "r", "w"}
        ``"a"`` reads and writes, and makes the file if it isn't there; ``"r"`` reads; ``"w"``
        writes a new file, in the place of one that is there. One process at a time can have a file
        open for writing.
    timeout : float
        For how many seconds to wait for others that write.
    classes, unknown_as_plain
        As `GenericStorage` has them.
    """

    def __init__(
        self,
        filename: str | os.PathLike[str],
        mode: Mode = "a",
        *,
        timeout: float = 60.0,
        classes: Iterable[type] = (),
        unknown_as_plain: bool = False,
    ) -> None:
        super().__init__(classes=classes, unknown_as_plain=unknown_as_plain)
        if mode not in ("r", "a", "w"):
            raise ValueError(f"{mode!r} is no mode; there are 'a', 'r' and 'w'")
        # Who writes replaces the file that a link leads to, and not the link.
        follow = os.path.abspath if mode == "r" else os.path.realpath
        self._path = Path(follow(filename))
        self._mode = mode
        self._timeout = timeout
        self._lock: BaseFileLock | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._path)!r})"

    @property
    def _source(self) -> Path | None:
        """The file whose content there is at the beginning."""
        is_there = self._mode == "r" or (self._mode == "a" and self._path.exists())
        return self._path if is_there else None

    @property
    def _temporary(self) -> Path:
        """The file that will take the place of the other; who writes has it to himself."""
        return self._path.with_name(f".{self._path.name}.new")

    def _open(self) -> tuple[StorageGroup, Session]:
        if self._mode == "r":
            if not self._path.is_file():
                raise NotAStoreError(f"there is no file {str(self._path)!r} to read groups from")
        else:
            check_replaceable(self._path)
            self._acquire()
        try:
            return self._open_file()
        except BaseException:
            self._release()
            raise

    def _commit(self) -> None:
        try:
            self._complete(self._temporary)
            if self._path.exists():
                shutil.copymode(self._path, self._temporary)
            with self._temporary.open("r+b") as stream:
                fsync_file(stream)
            replace_durably(self._temporary, self._path)
        except (OSError, StoreError) as error:
            raise StoreError(f"{self} stays as it was; it can't be written: {error}") from error

    def _release(self) -> None:
        try:
            self._close_file()
        finally:
            lock, self._lock = self._lock, None
            if lock is not None:
                self._temporary.unlink(missing_ok=True)
                lock.release()

    def _acquire(self) -> None:
        from filelock import FileLock, Timeout

        lock = FileLock(self._path.with_name(f".{self._path.name}.lock"))
        try:
            lock.acquire(timeout=self._timeout, poll_interval=0.01)
        except Timeout as error:
            raise StoreBusyError(
                f"{self} was being written by others for more than {self._timeout:g} seconds; "
                "open it with mode='r' to read what there is"
            ) from error
        self._lock = lock

    @staticmethod
    @abstractmethod
    def has_place(dtype: numpy.dtype[Any], rank: int) -> bool:
        """Tell of a type and a number of axes whether such an array has a place of its own."""

    def _session_with(self, lock: RLock, *, copies_arrays: bool) -> Session:
        return Session(
            repr(self),
            is_writable=self._mode != "r",
            classes=self._classes,
            unknown_as_plain=self._unknown_as_plain,
            has_place=self.has_place,
            copies_arrays=copies_arrays,
            lock=lock,
        )

    @abstractmethod
    def _open_file(self) -> tuple[StorageGroup, Session]:
        """Open the source, if there is one."""

    @abstractmethod
    def _complete(self, temporary: Path) -> None:
        """Have everything in the temporary file, which is closed then."""

    @abstractmethod
    def _close_file(self) -> None:
        """Close what is open."""
