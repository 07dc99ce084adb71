"""A record's files as a local directory: the directory itself."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from propstore.ancillary.manifest import FileEntry
from propstore.ancillary.numpy_arrays import NumpyArrays
from propstore.ancillary.source import SourceDirectory
from propstore.errors import MissingExternalResourceError
from propstore.external.digest import digest_path
from propstore.external.os_errors import reading

if TYPE_CHECKING:
    import xarray

__all__ = ["RecordDirectory"]


class RecordDirectory(type(Path())):  # type: ignore[misc]  # the Path of this platform
    """The directory of a record's files: a `pathlib.Path` that also reads as `RecordFiles` do.

    A path below it is an ordinary one, so that its ``open`` is that of any path.
    """

    def with_segments(self, *segments: str | os.PathLike[str]) -> Path:
        """Make the paths that are derived from this one ordinary."""
        return Path(*segments)

    if not hasattr(Path, "with_segments"):  # Python 3.11

        @classmethod
        def _from_parsed_parts(cls, drive: str, root: str, parts: list[str]) -> Path:
            return Path(root, *parts) if parts else Path(root)

    def files(self) -> list[FileEntry]:
        """List the files, in the order of their names, and digest each."""
        entries = []
        for file in SourceDirectory.scan(self).files:
            status = file.path.stat()
            sha256 = digest_path(file.path).digest
            entries.append(
                FileEntry(
                    file.name, status.st_size, sha256, status.st_mode & 0o7777, status.st_mtime_ns
                )
            )
        return entries

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading.

        Raises
        ------
        MissingExternalResourceError
            If there is no file of that name in the directory, or only a link that leads out of it.
        ExternalPermissionError
            If it may not be read.
        """
        path = self._inside(name)
        with reading(name):
            return path.open("rb")

    def read(self, name: str) -> bytes:
        """Read a file whole."""
        with self.open(name) as stream:
            return stream.read()

    def arrays(self) -> Mapping[str, Any]:
        """Give the arrays by name; those of ``.npy`` files are memory-mapped."""
        names = [file.name for file in SourceDirectory.scan(self).files]
        return NumpyArrays(names, self._inside)

    def to_xarray(self) -> xarray.Dataset:
        """Give the arrays as a dataset."""
        names = [file.name for file in SourceDirectory.scan(self).files]
        return NumpyArrays(names, self._inside).to_xarray()

    def materialise(self) -> Path:
        """Give the directory as an ordinary path."""
        return Path(self)

    def _inside(self, name: str) -> Path:
        path = Path(self) / name
        if not _is_file(path, name) or not path.resolve().is_relative_to(Path(self).resolve()):
            raise MissingExternalResourceError(f"there is no file {name!r} in {str(self)!r}.")
        return path


def _is_file(path: Path, name: str) -> bool:
    try:
        with reading(name):
            return stat.S_ISREG(path.stat().st_mode)
    except (MissingExternalResourceError, ValueError):  # NUL, for one, is in no name
        return False
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return False
