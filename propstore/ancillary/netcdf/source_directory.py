"""The directory that goes into an archive."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import BinaryIO

from propstore.ancillary.netcdf.incoming import IncomingDirectory, IncomingFile
from propstore.ancillary.netcdf.numpy_files import arrays_in
from propstore.ancillary.source import SourceDirectory
from propstore.errors import AncillaryDataError

__all__ = ["read_source"]

_PERMISSIONS = 0o777  # what is kept of a mode: no set-user-id and the like


def read_source(directory: SourceDirectory) -> list[IncomingDirectory]:
    """Look at the files of a directory; a link to a file in it is taken for that file.

    Parameters
    ----------
    directory : SourceDirectory
        The directory.

    Returns
    -------
    list of IncomingDirectory
        The directory itself first, and every folder after the one that it is in.

    Raises
    ------
    AncillaryDataError
        If a file can't be read.
    """
    folders: dict[str, list[IncomingFile]] = {name: [] for name in ("", *directory.directories)}
    try:
        for file in directory.files:
            folders[file.name.rpartition("/")[0]].append(_file(file.path, file.name))
        return [_folder(directory, name, files) for name, files in folders.items()]
    except OSError as error:
        raise AncillaryDataError(f"{str(directory.path)!r} can't be read: {error}") from error


def _folder(directory: SourceDirectory, name: str, files: list[IncomingFile]) -> IncomingDirectory:
    status = directory.subdirectory(name).stat()
    parts = tuple(name.split("/")) if name else ()
    return IncomingDirectory(parts, status.st_mode & _PERMISSIONS, status.st_mtime_ns, tuple(files))


def _file(path: Path, name: str) -> IncomingFile:
    status = path.stat()
    return IncomingFile(
        name.rpartition("/")[2],
        status.st_size,
        status.st_mode & _PERMISSIONS,
        status.st_mtime_ns,
        partial(_open, path),
        arrays_in(path, name, status.st_size),
    )


def _open(path: Path) -> BinaryIO:
    return path.open("rb")
