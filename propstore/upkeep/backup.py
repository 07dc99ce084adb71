"""Backups: a copy of a store that is one moment of it, made while others go on writing."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from propstore.ancillary import FileArea, LocalFileArea, RemoteFileArea
from propstore.ancillary.area import ANCILLARY
from propstore.ancillary.file_lock import held_alone
from propstore.ancillary.local_area import STAGING
from propstore.backends.earlier_formats import update_catalog
from propstore.backends.local import BACKUP_OF, CATALOG_NAME, REMOVALS_LOCK, LocalFileStorage
from propstore.backends.sqlite_failures import reporting
from propstore.errors import (
    AncillaryDataError,
    ExternalResourceError,
    NotAStoreError,
    PropstoreError,
    StoreBusyError,
    StoreError,
)
from propstore.external import ExternalStorage, FileStorage
from propstore.external.durable import make_directories, replace_durably
from propstore.external.location import RESERVED_DIRECTORY
from propstore.upkeep.verification import Fault

__all__ = ["BackedUp", "back_up", "restore_backup"]

BACKUP_TIME = "backup time"
LOCK = "backup.lock"
UNFINISHED = f"{CATALOG_NAME}.unfinished"

Progress = Callable[[int], None] | None


class BackedUp(NamedTuple):
    """What a backup, or restoring one, has done.

    Attributes
    ----------
    records
        How many records there are in the copy.
    copied, kept
        Of how many generations with files these were copied, or were there already.
    faults
        The files that could not be copied, since they are not what was stored. The copy has them
        as an earlier backup had them, or lacks them.
    """

    records: int
    copied: int
    kept: int
    faults: list[Fault]


def back_up(
    store: LocalFileStorage, destination: str | os.PathLike[str], *, progress: Progress = None
) -> BackedUp:
    """Copy a store to a folder, from which it can be read and restored.

    The copy is the store at one moment, whatever is written meanwhile; what is removed meanwhile
    leaves its files to the next `collect_leftovers`. A second backup to the same folder copies the
    catalog and those files that are new, and takes the place of the first when it is complete.

    Parameters
    ----------
    store
        The store.
    destination
        A folder that is not there, is empty, or has an earlier backup of this store.
    progress
        Called with 1 after each generation with files.

    Raises
    ------
    NotAStoreError
        If the destination is something else.
    StoreBusyError
        If another process is writing a backup there.
    StoreError
        If it can't be written.
    """
    folder = Path(destination).absolute()
    _check_destination(folder, store)
    about = {
        BACKUP_OF: str(store.root_directory),
        BACKUP_TIME: datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with _writing_alone(folder), _removing_nothing(store):
        catalog, area = folder / UNFINISHED, _area_of_kind(store.area, folder)
        _copy_catalog(store, catalog, about)
        result = _copy_files(catalog, store.area, area, progress)
        replace_durably(catalog, folder / CATALOG_NAME)
        _remove_others(area, folder / CATALOG_NAME)
    return result


def restore_backup(
    backup: str | os.PathLike[str],
    destination: str | os.PathLike[str],
    *,
    files: ExternalStorage | None = None,
    progress: Progress = None,
) -> BackedUp:
    """Make a store of a backup.

    Parameters
    ----------
    backup
        The folder of the backup, which stays as it is.
    destination
        The folder of the store, which is not there or is empty. It is there, complete, at the
        end and not before. Files that were elsewhere are put back where they were.
    files
        Where that was, if it is not known by a URL.
    progress
        Called with 1 after each generation with files.

    Raises
    ------
    NotAStoreError
        If there is no backup, or there is something at the destination.
    StoreBusyError
        If another process is restoring to the same folder.
    StoreError
        If it can't be written.
    """
    folder = Path(destination).absolute()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise NotAStoreError(f"there is something at {str(folder)!r} already; name a new folder.")
    unfinished = folder.with_name(f".{folder.name}.restoring")
    with LocalFileStorage(backup, read_only=True, files=files) as source:
        if BACKUP_OF not in source.about():
            raise NotAStoreError(f"{str(source.root_directory)!r} is a store, but not a backup.")
        with _writing_alone(unfinished):
            catalog, area = unfinished / CATALOG_NAME, source.area
            if isinstance(area, LocalFileArea):
                area = LocalFileArea(FileStorage(unfinished))
            _copy_catalog(source, catalog, {"identifier": uuid.uuid4().hex})
            copies = _area_of_kind(source.area, source.root_directory)
            result = _copy_files(catalog, copies, area, progress)
            (unfinished / LOCK).unlink()
            replace_durably(unfinished, folder)
    return result


def _check_destination(folder: Path, store: LocalFileStorage) -> None:
    root, place = store.root_directory.resolve(), folder.resolve()
    if place.is_relative_to(root) or root.is_relative_to(place):
        raise NotAStoreError(f"{str(folder)!r} and {str(root)!r} are not apart; name another.")
    if not folder.exists():
        return
    if not (folder / CATALOG_NAME).exists():
        begun = {LOCK, UNFINISHED, ANCILLARY, STAGING, RESERVED_DIRECTORY}
        if not folder.is_dir() or not {path.name for path in folder.iterdir()} <= begun:
            raise NotAStoreError(f"there is something at {str(folder)!r} that is no backup.")
        return
    catalog = folder / CATALOG_NAME
    with reporting(catalog), closing(sqlite3.connect(catalog)) as connection:
        about = dict(connection.execute("SELECT name, value FROM about").fetchall())
    if BACKUP_OF not in about or about["identifier"] != store.about()["identifier"]:
        raise NotAStoreError(f"{str(folder)!r} is not a backup of {str(root)!r}.")


@contextmanager
def _writing_alone(folder: Path) -> Iterator[None]:
    """Write to a folder that no other process writes to."""
    try:
        make_directories(folder)
        with held_alone(folder / LOCK, create=True) as is_alone:
            if not is_alone:
                raise StoreBusyError(f"another process is writing to {str(folder)!r}.")
            yield
    except OSError as error:
        if isinstance(error, PropstoreError):
            raise
        raise StoreError(f"{str(folder)!r} can't be written: {error}.") from error


@contextmanager
def _removing_nothing(store: LocalFileStorage) -> Iterator[None]:
    """Keep the files that the store has now, whoever wants to remove them."""
    root = store.root_directory
    if os.statvfs(root).f_flag & os.ST_RDONLY:
        yield  # on such media nobody can
        return
    with held_alone(root / REMOVALS_LOCK, wait=True, create=True):
        yield


def _area_of_kind(area: FileArea, folder: Path) -> FileArea:
    """Give the area of a folder in which files lie as they do in another area."""
    storage = FileStorage(folder)
    return LocalFileArea(storage) if isinstance(area, LocalFileArea) else RemoteFileArea(storage)


def _copy_catalog(store: LocalFileStorage, path: Path, about: dict[str, str]) -> None:
    path.unlink(missing_ok=True)
    store._connections.copy_to(path)
    with reporting(path), closing(sqlite3.connect(path)) as connection, connection:
        update_catalog(connection)
        connection.execute("DELETE FROM about WHERE name IN (?, ?)", (BACKUP_OF, BACKUP_TIME))
        connection.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", about.items())
        connection.execute("DELETE FROM claims")  # who computes does so for the original


def _copy_files(catalog: Path, source: FileArea, target: FileArea, progress: Progress) -> BackedUp:
    faults, copied = [], 0
    locations = _locations(catalog)
    for location, key in locations.items():
        try:
            copied += target.receive(location, source)
        except (AncillaryDataError, ExternalResourceError) as error:
            faults.append(Fault(key, str(error)))
        if progress is not None:
            progress(1)
    with reporting(catalog), closing(sqlite3.connect(catalog)) as connection:
        (records,) = connection.execute("SELECT count(*) FROM records").fetchone()
    return BackedUp(records, copied, len(locations) - copied - len(faults), faults)


def _locations(catalog: Path) -> dict[str, str]:
    """Give where a catalog has files, and of which record each are."""
    with reporting(catalog), closing(sqlite3.connect(catalog)) as connection:
        return dict(
            connection.execute(
                "SELECT files, key FROM records WHERE files IS NOT NULL "
                "UNION SELECT files, key FROM superseded WHERE files IS NOT NULL"
            ).fetchall()
        )


def _remove_others(area: FileArea, catalog: Path) -> None:
    named = _locations(catalog)
    for location in list(area.locations()):
        if location not in named:
            area.remove(location)
