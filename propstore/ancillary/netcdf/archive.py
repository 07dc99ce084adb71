"""A record's files as one netCDF archive."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from propstore.ancillary.manifest import FileEntry
from propstore.ancillary.netcdf.file_stream import open_file
from propstore.ancillary.netcdf.handle import ArchiveHandle
from propstore.ancillary.netcdf.index import read_index
from propstore.ancillary.netcdf.lazy_array import LazyArray
from propstore.ancillary.netcdf.library import netcdf_calls
from propstore.errors import (
    AncillaryDataError,
    ExternalResourceExistsError,
    MissingArrayError,
    MissingExternalResourceError,
    PropstoreError,
)
from propstore.external.digest import BUFFER_SIZE
from propstore.objects.netcdf.library import NETCDF_LOCK

if TYPE_CHECKING:
    import xarray

    from propstore.ancillary.netcdf.places import ArchiveIndex, DirectoryPlace

__all__ = ["NetCDFArchive"]

_PERMISSIONS = 0o777  # what is given to a file: no set-user-id and the like


class NetCDFArchive:
    """The files and arrays in an archive that `write_archive` wrote.

    It is opened when something is first read, and again when something is read after `close`;
    nothing in it is ever changed. One object can serve several threads.

    Parameters
    ----------
    path : path
        The archive.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._handle = ArchiveHandle(Path(path))
        self._known_index: ArchiveIndex | None = None

    @property
    def path(self) -> Path:
        """Where the archive is."""
        return self._handle.path

    def __enter__(self) -> NetCDFArchive:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"NetCDFArchive({str(self.path)!r})"

    def close(self) -> None:
        """Close the file, if it is open."""
        with NETCDF_LOCK:
            self._handle.close()
            self._known_index = None

    def files(self) -> list[FileEntry]:
        """List the files, sorted by name.

        Raises
        ------
        MissingExternalResourceError
            If there is no archive.
        AncillaryDataError
            If it is no archive, or a malformed one.
        """
        files = (place.file for place in self._index().files.values())
        return sorted(files, key=lambda file: file.name)

    def open(self, name: str) -> io.BufferedReader:
        """Open a file as a stream that can be sought in.

        Parameters
        ----------
        name : str
            Its path in the archive.

        Returns
        -------
        io.BufferedReader
            The stream. Its bytes are digested as they are read; once all of them were read in
            order, `ChangedExternalResourceError` is raised if they aren't those archived.

        Raises
        ------
        MissingExternalResourceError
            If there is no such file.
        AncillaryDataError
            If the archive is malformed.
        """
        files = self._index().files
        if name not in files:
            hint = _near_names(name, files)
            raise MissingExternalResourceError(f"there is no file {name!r} in {self.path}{hint}")
        return open_file(self._handle, files[name])

    def read(self, name: str) -> bytes:
        """Read a file.

        Raises
        ------
        MissingExternalResourceError
            If there is no such file.
        ChangedExternalResourceError
            If it isn't what was archived.
        AncillaryDataError
            If the archive is malformed.
        """
        with self.open(name) as stream:
            return stream.read()

    def arrays(self) -> Mapping[str, LazyArray]:
        """Give the arrays; none is read before it is indexed.

        Returns
        -------
        mapping of str to LazyArray
            By name: what was handed over has the name that it had; an ``.npy`` file has its path
            without that ending; an array in an ``.npz`` file has that file's path, a slash, and its
            name in there. Any other name raises `MissingArrayError`, which is a `KeyError`.

        Raises
        ------
        MissingExternalResourceError
            If there is no archive.
        AncillaryDataError
            If it is malformed.
        """
        places = self._index().arrays
        return _Arrays({name: LazyArray(self._handle, place) for name, place in places.items()})

    def to_xarray(self) -> xarray.Dataset:
        """Give the arrays as a dataset, whose values are read when they are needed.

        Raises
        ------
        ImportError
            If xarray isn't installed.
        MissingExternalResourceError
            If there is no archive.
        AncillaryDataError
            If it is malformed.
        """
        try:
            from propstore.ancillary.netcdf.dataset import make_dataset
        except ModuleNotFoundError as error:
            raise ImportError(
                "to_xarray() needs xarray: pip install 'propstore[xarray]'"
            ) from error
        return make_dataset(self.arrays(), self._index().attributes)

    def extract(self, destination: str | os.PathLike[str]) -> None:
        """Write everything to a directory, which is there when it is complete and not before.

        Every file is checked against its digest, and gets its permissions and its time back.

        Parameters
        ----------
        destination : path
            The directory to make; it may exist if it is empty.

        Raises
        ------
        ExternalResourceExistsError
            If there is something already.
        ChangedExternalResourceError
            If a file isn't what was archived.
        AncillaryDataError
            If the archive is malformed, or the files can't be written.
        """
        target = Path(destination)
        index = self._index()
        if target.is_symlink() or (target.exists() and not _is_empty_directory(target)):
            raise ExternalResourceExistsError(f"there is something at {str(target)!r} already")
        try:
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as temporary:
                content = Path(temporary) / "content"
                content.mkdir()
                for name in index.directories:
                    (content / name).mkdir()
                for name in index.files:
                    self._extract_file(name, content / name)
                for directory in reversed(index.directories.values()):
                    _restore(content / directory.name, directory)
                content.rename(target)
        except PropstoreError:
            raise
        except OSError as error:
            raise AncillaryDataError(
                f"the archive {self.path} can't be extracted to {str(target)!r}: {error}"
            ) from error

    def _extract_file(self, name: str, target: Path) -> None:
        with self.open(name) as source, target.open("xb") as stream:
            shutil.copyfileobj(source, stream, BUFFER_SIZE)
        _restore(target, self._index().files[name].file)

    def _index(self) -> ArchiveIndex:
        with NETCDF_LOCK:
            if self._known_index is None:
                dataset = self._handle.dataset()
                with netcdf_calls(self.path, "read"):
                    self._known_index = read_index(dataset, self.path)
            return self._known_index


class _Arrays(dict[str, LazyArray]):
    """Arrays by name."""

    def __missing__(self, name: str) -> NoReturn:
        raise MissingArrayError(f"there is no array {name!r}{_near_names(name, self)}")


def _near_names(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=3)
    return f"; near to it are {near}" if near else ""


def _restore(path: Path, known: FileEntry | DirectoryPlace) -> None:
    path.chmod(known.mode & _PERMISSIONS)
    os.utime(path, ns=(known.modified, known.modified))


def _is_empty_directory(path: Path) -> bool:
    return path.is_dir() and next(path.iterdir(), None) is None
