"""One frame of a long trajectory, beside bare netCDF4 on the same archive.

Each frame is read once, since HDF5 keeps what it has read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy

import propstore as ps
from benchmarks.measuring import by_turns
from benchmarks.scale import Scale
from benchmarks.tables import Table
from propstore.ancillary.archived_files import ArchivedFiles
from propstore.ancillary.netcdf import NetCDFArchive, write_archive

__all__ = ["DifferentFrameError", "run"]

ATOMS = 1_000
NAME = "fields/positions"
ARRAY = "positions"
FIRST = "the first frame of a record"
Way = Callable[[int], Any]


class Frames(ps.StoredData, type_name="benchmarks.frames@v1"):
    """A trajectory whose positions are kept apart."""

    positions: ps.Large[numpy.ndarray]


class DifferentFrameError(AssertionError):
    """Two contenders read different frames."""


def run(scale: Scale) -> Iterator[Table]:
    """Measure frames of a record, and of archives compressed in other ways."""
    title = f"Frames: one of {scale.frames:,}, of {ATOMS:,} atoms"
    table = Table("frames", title, "netCDF4", {"a frame": "s", FIRST: "s"})
    positions = trajectory(scale.frames)
    with tempfile.TemporaryDirectory() as name:
        with ps.open(Path(name) / "store", ancillary="netcdf") as store:
            key = store.store_object(Frames(positions=positions))
            _measure_frames(table, store, key, positions, scale)
            _measure_first(table, store, key, scale)
        for compression in ("zstd", None):
            path = Path(name) / f"{compression}.nc"
            write_archive(None, path, arrays={ARRAY: positions}, compression=compression)
            _measure_archive(table, path, str(compression), positions, scale)
        numpy.save(Path(name) / "positions.npy", positions)
        mapped = numpy.load(Path(name) / "positions.npy", mmap_mode="r")
        _measure(table, "a frame", {"numpy, a mapped .npy": lambda i: mapped[i].copy()},
                 positions, scale)  # fmt: skip
    yield table


def trajectory(frames: int) -> numpy.ndarray[Any, Any]:
    """Make a random walk in steps of 0.001 nm."""
    generator = numpy.random.default_rng(0)
    steps = generator.normal(0, 0.01, (frames, ATOMS, 3)).astype("f4")
    return numpy.round(numpy.cumsum(steps, axis=0, dtype="f4"), 3)


def _measure(table: Table, column: str, ways: dict[str, Way], positions: Any, scale: Scale) -> None:
    """Time random frames, each read once, after comparing one of them."""
    order = numpy.random.default_rng(1).permutation(len(positions)).tolist()
    calls = min(scale.calls, len(order) // len(ways) - 1)
    last = order[-1]
    for name, read in ways.items():
        if not numpy.array_equal(read(last), positions[last]):
            raise DifferentFrameError(f"{name} gives another frame {last}.")

    def reading(number: int, read: Way) -> Way:
        return lambda call: read(order[number * calls + call])

    timed = {name: reading(number, read) for number, (name, read) in enumerate(ways.items())}
    for name, spread in by_turns(timed, calls, scale.patience).items():
        table.add(name, column, spread)


def _measure_frames(
    table: Table, store: ps.StorageBackend, key: str, positions: Any, scale: Scale
) -> None:
    record, files = store.retrieve_object(key, Frames)
    assert isinstance(files, ArchivedFiles)
    assert record is not None
    large, array = record.positions, files.arrays()[NAME]
    with netCDF4.Dataset(files.archive) as dataset:
        bare = dataset[NAME]
        bare.set_auto_maskandscale(False)
        ways: dict[str, Way] = {
            "netCDF4": lambda i: bare[i],
            "propstore, arrays() once": lambda i: array[i],
            "propstore, arrays() each time": lambda i: files.arrays()[NAME][i],
            "propstore, a large field": lambda i: large[i],
        }
        _measure(table, "a frame", ways, positions, scale)


def _measure_first(table: Table, store: ps.StorageBackend, key: str, scale: Scale) -> None:
    """Measure with everything that comes before the first frame."""
    _, archived = store.retrieve_object(key)
    assert isinstance(archived, ArchivedFiles)
    path = archived.archive

    def opened(index: int) -> Any:
        with netCDF4.Dataset(path) as dataset:
            return dataset[NAME][index]

    def retrieved(index: int) -> Any:
        _, files = store.retrieve_object(key)
        assert isinstance(files, ArchivedFiles)
        return files.arrays()[NAME][index]

    ways: dict[str, Way] = {"netCDF4": opened, "propstore, arrays() each time": retrieved}
    positions = archived.arrays()[NAME]
    _measure(table, FIRST, ways, positions, scale)


def _measure_archive(
    table: Table, path: Path, compression: str, positions: Any, scale: Scale
) -> None:
    """Measure an archive of another compression than a store's."""
    label = "not compressed" if compression == "None" else compression
    with NetCDFArchive(path) as archive, netCDF4.Dataset(path) as dataset:
        array, bare = archive.arrays()[ARRAY], dataset[ARRAY]
        bare.set_auto_maskandscale(False)
        ways: dict[str, Way] = {
            f"netCDF4, {label}": lambda i: bare[i],
            f"propstore, {label}": lambda i: array[i],
        }
        _measure(table, "a frame", ways, positions, scale)
