"""Archives: files in a netCDF archive, beside a copy and a netCDF variable for each file."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy

from benchmarks.files import DifferentFilesError, make_files
from benchmarks.keeping import files_of
from benchmarks.measuring import in_rounds
from benchmarks.progress import progress
from benchmarks.scale import Scale
from benchmarks.tables import Remark, Table
from propstore.ancillary.netcdf import Compression, NetCDFArchive, write_archive

__all__ = ["run"]

REFERENCE = "cp -r, sha256sum"
COMPRESSIONS: dict[str, Compression | None] = {"zlib": "zlib", "zstd": "zstd", "none": None}


def run(scale: Scale) -> Iterator[Table]:
    """Measure small texts, and a large file of numbers."""
    with tempfile.TemporaryDirectory() as name:
        texts = _make_texts(Path(name), scale.texts)
        title = f"Archives: {scale.texts:,} small texts"
        yield _measure("archive-small", title, texts, scale)
    with tempfile.TemporaryDirectory() as name:
        large = make_files(Path(name), 1, scale.archived)
        title = f"Archives: {scale.archived / 1e6:,.0f} MB that can't be compressed"
        yield _measure("archive-large", title, large, scale)


def _make_texts(source: Path, count: int) -> Path:
    """Write small texts into ten folders."""
    generator = numpy.random.default_rng(2)
    for number in range(count):
        folder = source / f"folder-{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = (f"{x:12.5f} {y:12.5f}" for x, y in generator.random((number % 100, 2)))
        (folder / f"file-{number:05}.txt").write_text("\n".join(lines))
    return source


class _Archives:
    """Archives by propstore."""

    def __init__(self, source: Path, root: Path, compression: Compression | None) -> None:
        self.source, self.root, self.compression = source, root, compression
        root.mkdir()

    def write(self, number: int) -> object:
        path = self.root / f"{number}.nc"
        return write_archive(self.source, path, compression=self.compression)

    def extract(self, number: int) -> Path:
        target = self.root / f"extracted-{number}"
        with NetCDFArchive(self.root / f"{number}.nc") as archive:
            archive.extract(target)
        return target

    def list(self, number: int) -> object:
        with NetCDFArchive(self.root / f"{number}.nc") as archive:
            return archive.files()

    def size(self) -> int:
        return (self.root / "0.nc").stat().st_size


class _Copies:
    """What ``cp -r`` and ``sha256sum`` do, in this process."""

    def __init__(self, source: Path, root: Path) -> None:
        self.source, self.root = source, root
        root.mkdir()

    def write(self, number: int) -> Path:
        return self._copy(self.source, self.root / str(number))

    def extract(self, number: int) -> Path:
        return self._copy(self.root / str(number), self.root / f"extracted-{number}")

    def size(self) -> int:
        return sum(len(content) for content in files_of(self.source).values())

    @staticmethod
    def _copy(source: Path, target: Path) -> Path:
        shutil.copytree(source, target)
        for path in target.rglob("*"):
            if path.is_file():
                with path.open("rb") as stream:
                    hashlib.file_digest(stream, "sha256").hexdigest()
        return target


class _Variables:
    """A netCDF variable for each file."""

    def __init__(self, source: Path, root: Path) -> None:
        self.source, self.root = source, root
        root.mkdir()

    def write(self, number: int) -> None:
        with netCDF4.Dataset(self.root / f"{number}.nc", "w") as dataset:
            for name, content in files_of(self.source).items():
                folder, _, file_name = name.rpartition("/")
                _write_variable(dataset.createGroup(folder), file_name, content)

    def extract(self, number: int) -> Path:
        target = self.root / f"extracted-{number}"
        with netCDF4.Dataset(self.root / f"{number}.nc") as dataset:
            for folder, group in dataset.groups.items():
                (target / folder).mkdir(parents=True)
                for name, variable in group.variables.items():
                    variable.set_auto_maskandscale(False)
                    (target / folder / name).write_bytes(variable[:].tobytes())
        return target

    def list(self, number: int) -> object:
        with netCDF4.Dataset(self.root / f"{number}.nc") as dataset:
            return [
                (name, variable.size, variable.getncattr("sha256"))
                for group in dataset.groups.values()
                for name, variable in group.variables.items()
            ]

    def size(self) -> int:
        return (self.root / "0.nc").stat().st_size


def _write_variable(group: Any, name: str, content: bytes) -> None:
    group.createDimension(f"{name}_size", len(content))
    variable = group.createVariable(
        name, "u1", (f"{name}_size",), compression="zlib", shuffle=False
    )
    variable[:] = numpy.frombuffer(content, "u1")
    variable.setncattr("sha256", hashlib.sha256(content).hexdigest())


def _measure(name: str, title: str, source: Path, scale: Scale) -> Table:
    table = Table(name, title, REFERENCE, {"write": "s", "extract": "s", "list": "s", "size": "B"})
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        contenders: dict[str, _Archives | _Copies | _Variables] = {
            f"propstore, {label}": _Archives(source, root / label, compression)
            for label, compression in COMPRESSIONS.items()
        }
        contenders[REFERENCE] = _Copies(source, root / "copies")
        contenders["a variable each, zlib"] = _Variables(source, root / "variables")
        rounds = min(3, scale.repeats)
        for column in ("write", "extract", "list"):
            progress(f"{title}: {column}")
            ways: dict[str, Callable[[int], object]] = {
                label: getattr(one, column)
                for label, one in contenders.items()
                if hasattr(one, column)
            }
            for label, times in in_rounds(ways, rounds).items():
                table.add(label, column, times)
        given = files_of(source)
        for label, one in contenders.items():
            if files_of(one.root / "extracted-0") != given:
                raise DifferentFilesError(f"{label} gives other files than it was given.")
            table.add(label, "size", [one.size()])
        table.add(REFERENCE, "list", Remark("cannot: a copy has no list of digests."))
        table.notes[REFERENCE, "write"] = "not synced; the archives of propstore are."
    return table
