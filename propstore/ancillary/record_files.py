"""The files of a stored record, as retrieving it gives them."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from propstore.ancillary.manifest import FileEntry

if TYPE_CHECKING:
    import xarray

__all__ = ["RecordFiles"]


class RecordFiles(os.PathLike[str]):
    """Files that are not, or not yet, a local directory; path-like all the same.

    What is read through `open`, `read`, `arrays` and `to_xarray` is read where it is. Where a path
    is asked for (``Path(files)``, ``files / "box.pdb"``, `os.fspath`), the files are brought into
    the user's cache first; they are to be read there, not written to.
    """

    @abstractmethod
    def files(self) -> list[FileEntry]:
        """List the files, in the order of their names."""

    @abstractmethod
    def open(self, name: str) -> BinaryIO:
        """Open a file for reading.

        Raises
        ------
        MissingExternalResourceError
            If there is no file of that name.
        ChangedExternalResourceError
            If its content is not what was stored, at the latest when it is read to the end.
        """

    @abstractmethod
    def arrays(self) -> Mapping[str, Any]:
        """Give the arrays by name, none of which is read before it is indexed."""

    @abstractmethod
    def to_xarray(self) -> xarray.Dataset:
        """Give the arrays as a dataset, whose values are read when they are needed."""

    @abstractmethod
    def materialise(self) -> Path:
        """Bring the files to a local directory, and give its path."""

    def read(self, name: str) -> bytes:
        """Read a file whole, and check it against its digest."""
        with self.open(name) as stream:
            return stream.read()

    def __fspath__(self) -> str:
        return str(self.materialise())

    def __truediv__(self, name: str | os.PathLike[str]) -> Path:
        return self.materialise() / name
