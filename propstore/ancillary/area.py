"""Where a store keeps its records' files."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path

from propstore.ancillary.copying import latest_change
from propstore.ancillary.manifest import Manifest
from propstore.ancillary.record_directory import RecordDirectory
from propstore.ancillary.record_files import RecordFiles
from propstore.ancillary.sidecar import Sidecar
from propstore.ancillary.submission import Submission
from propstore.external import ExternalStorage, FileStorage

__all__ = ["FileArea", "Placed", "Staged"]

ANCILLARY = "ancillary"


class Staged(ABC):
    """Files that are digested and durable, and wait for their record to be committed.

    Attributes
    ----------
    manifest
        What they are.
    """

    manifest: Manifest

    @abstractmethod
    def place(self, key: str, generation: int, document: str) -> Placed:
        """Give the files their final place, and put the record beside them.

        Parameters
        ----------
        key
            The key of the record.
        generation
            Which of the record's generations they belong to; no other has this number.
        document
            The record as JSON.
        """


class Placed(ABC):
    """Files that have their final place, until the transaction that put them there ends.

    Attributes
    ----------
    location
        Where they are, relative to the area.
    """

    location: str

    @abstractmethod
    def undo(self) -> None:
        """Take the files out again; files that were moved in go back to where they were."""

    @abstractmethod
    def finish(self) -> None:
        """Remove what the user wanted moved and what could only be copied."""


class FileArea(ABC):
    """Keeps the files of records at locations, beside each the record in plain JSON.

    Parameters
    ----------
    storage
        Where the bytes are.
    """

    def __init__(self, storage: ExternalStorage) -> None:
        self._storage = storage

    @abstractmethod
    def stage(self, submission: Submission) -> AbstractContextManager[Staged]:
        """Make a user's files ready to be committed.

        What is not placed by the end of the block is thrown away, except for files that would
        have been moved, which stay where they are.

        Raises
        ------
        AncillaryDataError
            If the source is not a directory of files, or can't be read.
        """

    def scratch(self) -> AbstractContextManager[str]:
        """Give a directory for what is written before it is staged, gone at the end of a block.

        By default it is one of the system's for temporary files.
        """
        return tempfile.TemporaryDirectory(prefix="propstore-")

    @abstractmethod
    def open(self, location: str) -> RecordDirectory | RecordFiles:
        """Give the files at a location."""

    @abstractmethod
    def stage_again(self, location: str) -> AbstractContextManager[Staged]:
        """Copy the files at a location, to be committed as those of another generation.

        Raises
        ------
        MissingExternalResourceError
            If they are gone.
        AncillaryDataError, ChangedExternalResourceError
            If they are not what was stored.
        """

    @abstractmethod
    def receive(self, location: str, source: FileArea) -> bool:
        """Copy the files at a location of another area of this kind, unless they are here already.

        Returns
        -------
        bool
            Whether they were copied.

        Raises
        ------
        MissingExternalResourceError, ChangedExternalResourceError, AncillaryDataError
            If they are not what was stored.
        """

    @abstractmethod
    def pin(self, location: str) -> AbstractContextManager[RecordDirectory | RecordFiles]:
        """Give the files at a location, and keep them from being removed in the block.

        Raises
        ------
        MissingExternalResourceError
            If they are gone.
        """

    @abstractmethod
    def is_pinned(self, location: str) -> bool:
        """Tell whether the files at a location are kept from being removed."""

    @abstractmethod
    def remove(self, location: str) -> bool:
        """Remove the files at a location and what stands beside; what is gone already may be.

        Returns
        -------
        bool
            False if they are left, since they are pinned.
        """

    @abstractmethod
    def locations(self) -> Iterator[str]:
        """Give every location where files stand, whether a record names it or not."""

    @abstractmethod
    def changed(self, location: str) -> datetime:
        """Give when something was put at a location for the last time.

        Raises
        ------
        MissingExternalResourceError
            If nothing is there.
        """

    @abstractmethod
    def size(self, location: str) -> int:
        """Give the number of bytes at a location, the record beside the files included."""

    @abstractmethod
    def first_free_generation(self, key: str, generation: int) -> int:
        """Give the first generation, from the given one on, whose place is not taken."""

    @abstractmethod
    def faults(self, location: str) -> Iterator[str]:
        """Say what is wrong with the files at a location, against their manifest.

        Raises
        ------
        MissingExternalResourceError, AncillaryDataError
            If the manifest can't be read.
        """

    def staged_before(self, before: datetime) -> Iterator[Path]:
        """Give what was staged and not written to since a time: its writer was killed.

        An area that stages elsewhere has none.

        Raises
        ------
        InvalidLocationError
            If a link leads from where it is staged out of the area.
        """
        yield from ()

    def begun_before(self, before: datetime) -> Iterator[Path]:
        """Give the files that were begun and not written to since a time: their writer was killed.

        What the storage of a service does not show, its own tools remove.

        Raises
        ------
        InvalidLocationError
            If a link leads from where they are begun out of the area.
        """
        if isinstance(self._storage, FileStorage):
            for path in self._storage.unfinished():
                with suppress(FileNotFoundError):
                    if latest_change(path) < before.timestamp():
                        yield path

    def sidecar(self, location: str) -> Sidecar:
        """Read what stands beside the files at a location.

        Raises
        ------
        MissingExternalResourceError
            If nothing stands there.
        AncillaryDataError
            If it can't be read.
        """
        with self._storage.load_stream(sidecar_location(location)) as stream:
            return Sidecar.from_bytes(stream.read())


def sidecar_location(location: str) -> str:
    """Give where the record stands that files at a location belong to."""
    return f"{location.removesuffix('.nc')}.json"
