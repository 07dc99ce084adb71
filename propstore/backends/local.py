"""Records in a folder: a catalog in SQLite, and the files of records beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from propstore.ancillary import RecordDirectories
from propstore.backends.connections import Durability
from propstore.backends.sqlite_storage import SQLiteStorage
from propstore.errors import NotAStoreError
from propstore.external import FileStorage
from propstore.external.durable import make_directories

__all__ = ["CATALOG_NAME", "LocalFileStorage"]

CATALOG_NAME = "catalog.sqlite"


class LocalFileStorage(SQLiteStorage):
    """Keeps records in a folder that threads and processes share.

    Parameters
    ----------
    root_directory
        The folder. It is made if it is not there and the store may be written.
    read_only
        Whether it is opened for reading only, which works on media that can't be written; there
        has to be a store then.
    durability
        ``"full"`` if what is acknowledged has to survive a power cut, ``"normal"`` if a kill of
        the process is enough.

    Raises
    ------
    NotAStoreError
        If the folder is something else, or is opened for reading and has no store in it.
    StoreFormatError
        If the store is damaged, or was written by a later propstore.
    """

    def __init__(
        self,
        root_directory: str | os.PathLike[str],
        *,
        read_only: bool = False,
        durability: Durability = "full",
    ) -> None:
        self._root = Path(root_directory).absolute()
        self._durability = durability
        if self._root.exists() and not self._root.is_dir():
            raise NotAStoreError(f"{str(self._root)!r} is a file; a store is a folder.")
        if not read_only:
            make_directories(self._root)
        super().__init__(self._root / CATALOG_NAME, read_only=read_only, durability=durability)
        self._record_directories = RecordDirectories(FileStorage(self._root))

    def __repr__(self) -> str:
        mode = ", read_only=True" if self.read_only else ""
        return f"LocalFileStorage({str(self._root)!r}{mode})"

    def __reduce__(self) -> Any:
        return _reopen, (str(self._root), self.read_only, self._durability)

    @property
    def root_directory(self) -> Path:
        """The folder of the store."""
        return self._root

    @property
    def _directories(self) -> RecordDirectories:
        return self._record_directories


def _reopen(root: str, read_only: bool, durability: Durability) -> LocalFileStorage:
    return LocalFileStorage(root, read_only=read_only, durability=durability)
