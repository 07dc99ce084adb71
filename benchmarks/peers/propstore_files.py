"""Files in propstore: of a record, as they are or in a netCDF archive."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar, Literal

import propstore as ps
from benchmarks.keeping import Keeping, files_of
from propstore.ancillary import RecordFiles


class Calculation(ps.StoredData, type_name="benchmarks.calculation@v1"):
    """What has files."""

    number: int


class PropstoreDirectories(Keeping):
    """Files as they are."""

    name = "propstore, directory"
    note = "digested, and synced."
    form: ClassVar[Literal["directory", "netcdf"]] = "directory"

    def open(self) -> None:
        self.store = ps.open(self.directory, ancillary=self.form)
        self.keys: dict[int, str] = {}

    def close(self) -> None:
        self.store.close()

    def keep(self, source: Path, number: int) -> None:
        self.keys[number] = self.store.store_object(Calculation(number=number), source)

    def read(self, number: int) -> dict[str, bytes]:
        _, directory = self.store.retrieve_object(self.keys[number], Calculation)
        assert directory is not None
        return files_of(Path(os.fspath(directory)))


class PropstoreArchives(PropstoreDirectories):
    """Files in a netCDF archive for each record."""

    name = "propstore, netCDF"
    note = "digested, compressed, and synced."
    form = "netcdf"

    def read(self, number: int) -> dict[str, bytes]:
        _, files = self.store.retrieve_object(self.keys[number], Calculation)
        assert isinstance(files, RecordFiles)
        return {file.name: files.read(file.name) for file in files.files()}
