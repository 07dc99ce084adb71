"""One frame of an array that a store keeps, beside bare netCDF4.

Each frame is read once, by turns, since HDF5 keeps what it has read. Read are: an array that was
asked for once; ``files.arrays()[name][index]`` as it stands; a large field; and, with everything
that comes before it, the first frame of a record that is retrieved from a store that is open.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy

import propstore as ps
from propstore.ancillary.archived_files import ArchivedFiles


class Frames(ps.StoredData, type_name="benchmarks.frames@v1"):
    """A trajectory whose positions are kept apart."""

    positions: ps.Large[numpy.ndarray]


def trajectory(frames: int, atoms: int) -> numpy.ndarray:
    """Make a random walk in steps of 0.001 nm."""
    steps = numpy.random.default_rng(0).normal(0, 0.01, (frames, atoms, 3))
    return numpy.round(numpy.cumsum(steps, axis=0), 3).astype("f4")


def compare(
    label: str, own: Callable[[int], object], bare: Callable[[int], object], indices: list[int]
) -> None:
    """Print the medians of two ways to read, in microseconds, and the ratio pair by pair."""
    pairs = []
    for first, second in zip(indices[::2], indices[1::2], strict=True):
        times = []
        for read, index in ((own, first), (bare, second)):
            start = time.perf_counter()
            read(index)
            times.append(time.perf_counter() - start)
        pairs.append(times)
    ours, theirs = (statistics.median(times) * 1e6 for times in zip(*pairs, strict=True))
    ratio = statistics.median(mine / other for mine, other in pairs)
    print(f"{label:<52} {ours:>9.0f} {theirs:>9.0f} {ratio:>6.2f}")


def read_first(store: ps.StorageBackend, key: str, index: int) -> object:
    """Retrieve a record and read one frame."""
    _, files = store.retrieve_object(key)
    assert isinstance(files, ArchivedFiles)
    return files.arrays()["fields/positions"][index]


def open_and_read(path: Path, index: int) -> object:
    """Open an archive with netCDF4 and read one frame."""
    with netCDF4.Dataset(path) as dataset:
        return dataset["fields/positions"][index]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--atoms", type=int, default=1_000)
    parser.add_argument("--reads", type=int, default=400, help="frames that are read in each way")
    arguments = parser.parse_args()
    order = numpy.random.default_rng(1).permutation(arguments.frames).tolist()
    with tempfile.TemporaryDirectory() as name, ps.open(name, ancillary="netcdf") as store:
        positions = trajectory(arguments.frames, arguments.atoms)
        key = store.store_object(Frames(positions=positions))
        record, files = store.retrieve_object(key, Frames)
        assert isinstance(files, ArchivedFiles)
        assert record is not None
        large, array = record.positions, files.arrays()["fields/positions"]
        path = files.archive
        with netCDF4.Dataset(path) as dataset:
            bare = dataset["fields/positions"]
            bare.set_auto_maskandscale(False)
            ways: dict[str, Callable[[int], object]] = {
                "arrays() once, then [index]": lambda index: array[index],
                "arrays()[name][index]": lambda index: files.arrays()["fields/positions"][index],
                "record.positions[index], a large field": lambda index: large[index],
            }
            print(f"{'medians in µs':<52} {'propstore':>9} {'netCDF4':>9} {'ratio':>6}")
            for number, (label, way) in enumerate(ways.items()):
                part = order[number * arguments.reads : (number + 1) * arguments.reads]
                compare(label, way, lambda index: bare[index], part)
        compare(
            "retrieve, open and read, as the first",
            lambda index: read_first(store, key, index),
            lambda index: open_and_read(path, index),
            order[-100:],
        )


if __name__ == "__main__":
    main()
