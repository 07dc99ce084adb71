"""Records in a folder: a catalog in SQLite, and the files of records beside it or elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from propstore.ancillary import AncillaryForm, FileArea, LocalFileArea, RemoteFileArea
from propstore.backends.connections import Durability
from propstore.backends.sqlite_storage import SQLiteStorage
from propstore.errors import NotAStoreError
from propstore.external import ExternalStorage, FileStorage
from propstore.external.durable import make_directories
from propstore.external.opening import open_storage

__all__ = ["CATALOG_NAME", "LocalFileStorage"]

CATALOG_NAME = "catalog.sqlite"
HERE = "here"


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
    files
        Where the files of records are, if not in the folder: the URL of an object store, or an
        `ExternalStorage`. A store remembers a URL; later it need not be given.
    ancillary
        How the files of records are kept, unless ``store_object`` is told otherwise.

    Raises
    ------
    NotAStoreError
        If the folder is something else, or is opened for reading and has no store in it; or if its
        files are elsewhere than it is told.
    StoreFormatError
        If the store is damaged, or was written by a later propstore.
    """

    def __init__(
        self,
        root_directory: str | os.PathLike[str],
        *,
        read_only: bool = False,
        durability: Durability = "full",
        files: str | ExternalStorage | None = None,
        ancillary: AncillaryForm = "directory",
    ) -> None:
        self._root = Path(root_directory).absolute()
        self._options = {
            "read_only": read_only,
            "durability": durability,
            "files": files,
            "ancillary": ancillary,
        }
        if self._root.exists() and not self._root.is_dir():
            raise NotAStoreError(f"{str(self._root)!r} is a file; a store is a folder.")
        if not read_only:
            make_directories(self._root)
        super().__init__(
            self._root / CATALOG_NAME,
            read_only=read_only,
            durability=durability,
            ancillary=ancillary,
        )
        self._area = self._open_area(files)

    def __repr__(self) -> str:
        mode = ", read_only=True" if self.read_only else ""
        return f"LocalFileStorage({str(self._root)!r}{mode})"

    def __reduce__(self) -> Any:
        return _reopen, (str(self._root), self._options)

    @property
    def root_directory(self) -> Path:
        """The folder of the store."""
        return self._root

    @property
    def area(self) -> FileArea:
        """Where the files of the records are."""
        return self._area

    def _open_area(self, files: str | ExternalStorage | None) -> FileArea:
        place = files if files is None or isinstance(files, str) else repr(files)
        known = self._files_place(place or HERE)
        if place is not None and place != known:
            raise NotAStoreError(
                f"the files of {str(self._root)!r} are in {known!r}, not in {place!r}."
            )
        if known == HERE:
            return LocalFileArea(FileStorage(self._root))
        return RemoteFileArea(files if isinstance(files, ExternalStorage) else open_storage(known))

    def _files_place(self, place: str) -> str:
        """Give where the files are, and take note of it if the store is new."""
        known = self._catalog.about().get("files")
        if known is None and not self.read_only:
            with self._lock:
                self._catalog.note("files", place)
            known = self._catalog.about()["files"]
        return known or HERE


def _reopen(root: str, options: dict[str, Any]) -> LocalFileStorage:
    return LocalFileStorage(root, **options)
