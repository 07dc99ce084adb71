"""The directory that goes into an archive."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from propstore.ancillary.netcdf.incoming import IncomingDirectory, IncomingFile
from propstore.ancillary.netcdf.numpy_files import arrays_in
from propstore.errors import AncillaryDataError

__all__ = ["read_source"]

_PERMISSIONS = 0o777  # what is kept of a mode: no set-user-id and the like


def read_source(source: Path) -> list[IncomingDirectory]:
    """Look through a directory; a link to a file in it is taken for that file.

    Parameters
    ----------
    source : Path
        The directory.

    Returns
    -------
    list of IncomingDirectory
        The directory itself first, and every folder after the one that it is in.

    Raises
    ------
    AncillaryDataError
        If it isn't a directory, or holds what can't be kept: a device, a socket, a pipe, or a link
        that leads out of it, to a folder, or to nothing.
    """
    try:
        if not source.is_dir():
            raise AncillaryDataError(f"{str(source)!r} is not a directory of files")
        root = source.resolve(strict=True)
        return list(_directories(root))
    except OSError as error:
        raise AncillaryDataError(f"{str(source)!r} can't be read: {error}") from error


def _directories(root: Path) -> Iterator[IncomingDirectory]:
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        parts = waiting.pop()
        path = root.joinpath(*parts)
        files, folders = [], []
        for child in sorted(path.iterdir(), key=os.fsencode):
            target = _target(child, root) if child.is_symlink() else child
            status = target.stat()
            if stat.S_ISDIR(status.st_mode):
                folders.append((*parts, child.name))
            elif stat.S_ISREG(status.st_mode):
                files.append(_file(target, (*parts, child.name), status))
            else:
                raise AncillaryDataError(
                    f"{str(child)!r} is neither a file nor a folder, and can't be kept"
                )
        status = path.stat()
        yield IncomingDirectory(
            parts, status.st_mode & _PERMISSIONS, status.st_mtime_ns, tuple(files)
        )
        waiting.extend(reversed(folders))


def _target(link: Path, root: Path) -> Path:
    if not link.is_file():
        raise AncillaryDataError(f"the link {str(link)!r} doesn't lead to a file")
    target = link.resolve()
    if not target.is_relative_to(root):
        raise AncillaryDataError(
            f"the link {str(link)!r} leads out of the directory, to {str(target)!r}; "
            "put the file itself there"
        )
    return target


def _file(path: Path, parts: tuple[str, ...], status: os.stat_result) -> IncomingFile:
    return IncomingFile(
        parts[-1],
        status.st_size,
        status.st_mode & _PERMISSIONS,
        status.st_mtime_ns,
        partial(_open, path),
        arrays_in(path, "/".join(parts), status.st_size),
    )


def _open(path: Path) -> BinaryIO:
    return path.open("rb")
