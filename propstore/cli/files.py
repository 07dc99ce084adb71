"""Where the files of a record are, and which."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from propstore.ancillary import LocalFileArea, RecordFiles
from propstore.ancillary.archived_files import ArchivedFiles
from propstore.backends import LocalFileStorage, StorageBackend

__all__ = ["Files", "files_path", "names_and_sizes"]

Files: TypeAlias = Path | RecordFiles


def files_path(store: StorageBackend, files: Files) -> Path | None:
    """Give the directory or the netCDF archive; None if it is not on this machine."""
    if isinstance(files, Path):
        return files
    is_here = isinstance(store, LocalFileStorage) and isinstance(store.area, LocalFileArea)
    return files.archive if is_here and isinstance(files, ArchivedFiles) else None


def names_and_sizes(files: Files) -> list[tuple[str, int]]:
    """List the files, each with its size in bytes."""
    if isinstance(files, RecordFiles):
        return [(entry.name, entry.size) for entry in files.files()]
    paths = sorted(path for path in files.rglob("*") if path.is_file())
    return [(str(path.relative_to(files)), path.stat().st_size) for path in paths]
