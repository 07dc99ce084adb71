"""Records in a folder: a catalog in SQLite, and the files of records beside it or elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from propstore.ancillary import AncillaryForm, FileArea, LocalFileArea, RemoteFileArea
from propstore.ancillary.area import ANCILLARY
from propstore.ancillary.file_lock import held_together
from propstore.backends.connections import Durability
from propstore.backends.json_catalog import has_json_catalog
from propstore.backends.sqlite_storage import SQLiteStorage
from propstore.errors import NotAStoreError, StoreFormatError, StoreReadOnlyError
from propstore.external import ExternalStorage, FileStorage
from propstore.external.durable import make_directories
from propstore.external.opening import open_storage

__all__ = ["CATALOG_NAME", "LocalFileStorage"]

CATALOG_NAME = "catalog.sqlite"
REBUILT_NAME = f"{CATALOG_NAME}.rebuilt"
"""A new catalog that is complete, and that a repair is about to put in the place of the old."""

BACKUP_OF = "backup of"
"""The name under which the catalog of a backup says which folder it is a backup of."""

HERE = "here"
REMOVALS_LOCK = "removals.lock"
"""The file that is held together by those who remove files, and alone by a backup."""


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
        if has_json_catalog(self._root) and not (self._root / CATALOG_NAME).exists():
            raise NotAStoreError(
                f"{str(self._root)!r} is the folder of a TinyDBStorage; open it as that."
            )
        self._check_catalog()
        if not read_only:
            self._make_folder()
        super().__init__(
            self._root / CATALOG_NAME,
            read_only=read_only,
            durability=durability,
            ancillary=ancillary,
        )
        with self._closed_on_failure():
            self._area = self._open_area(files)
            if not read_only:
                self._check_origin()

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

    def _check_origin(self) -> None:
        """Refuse to write into a backup."""
        original = self.about().get(BACKUP_OF)
        if original is not None:
            raise StoreReadOnlyError(
                f"{str(self._root)!r} is a backup of {original!r}; open it with read_only=True, or "
                "make a store of it by 'propstore restore'."
            )

    def _check_catalog(self) -> None:
        """Refuse a folder whose records are there and whose catalog is not."""
        if (self._root / REBUILT_NAME).exists():
            raise StoreFormatError(
                f"a repair of {str(self._root)!r} was not completed; run 'propstore repair' again."
            )
        catalog, files = self._root / CATALOG_NAME, self._root / ANCILLARY
        is_missing = not catalog.exists() or catalog.stat().st_size == 0
        if is_missing and files.is_dir() and next(files.iterdir(), None) is not None:
            raise StoreFormatError(
                f"{str(self._root)!r} has the files of records and no {CATALOG_NAME}; "
                "'propstore repair' makes it from what stands beside the files."
            )

    def _make_folder(self) -> None:
        try:
            make_directories(self._root)
        except OSError as error:
            raise NotAStoreError(
                f"the folder {str(self._root)!r} can't be made: {error.strerror}."
            ) from error

    @contextmanager
    def _removing(self) -> Iterator[bool]:
        """Tell, for a block, whether files may be removed: not while a backup copies them."""
        with held_together(self._root / REMOVALS_LOCK) as is_held:
            yield is_held

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
