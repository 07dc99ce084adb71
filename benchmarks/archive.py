"""Archives beside the same work done by hand.

Frames are read with propstore and with netCDF4 itself; files are archived and beside it copied and
digested, or given a netCDF variable each.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import netCDF4
import numpy

from propstore.ancillary.netcdf import Compression, NetCDFArchive, write_archive


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(name: str, own: Iterable[float], other: Iterable[float], unit: float = 1e-3) -> None:
    """Print the medians of two, in milliseconds unless told otherwise, and their ratio."""
    ours, theirs = statistics.median(own), statistics.median(other)
    print(f"{name:<58} {ours / unit:>10.2f} {theirs / unit:>10.2f} {ours / theirs:>7.2f}")


def trajectory(frames: int) -> numpy.ndarray[Any, Any]:
    """Make a random walk of 1,000 atoms, in steps of 0.001 nm."""
    steps = numpy.random.default_rng(0).normal(0, 0.01, (frames, 1000, 3))
    return numpy.round(numpy.cumsum(steps, axis=0), 3).astype("f4")


def read_frames(directory: Path, frames: int, count: int) -> None:
    """Read random frames of an archived array."""
    positions = trajectory(frames)
    by_hand = directory / "by-hand.nc"
    with netCDF4.Dataset(by_hand, "w") as dataset:
        for name, length in zip(("frame", "atom", "axis"), positions.shape, strict=True):
            dataset.createDimension(name, length)
        dimensions = ("frame", "atom", "axis")
        dataset.createVariable("contiguous", "f4", dimensions, contiguous=True)[:] = positions
    compressions: tuple[Compression | None, ...] = ("zlib", "zstd", None)
    for compression in compressions:
        path = directory / "frames.nc"
        arrays = {"positions": positions}
        taken = seconds(partial(write_archive, None, path, arrays=arrays, compression=compression))
        print(f"{compression}: written in {taken:.2f} s, {path.stat().st_size / 1e6:.1f} MB")
        with (
            NetCDFArchive(path) as archive,
            netCDF4.Dataset(path) as bare,
            netCDF4.Dataset(by_hand) as other,
        ):
            bare.set_auto_maskandscale(False)
            other.set_auto_maskandscale(False)
            own = archive.arrays()["positions"]
            for label, array in (
                ("netCDF4 on the archive", bare["positions"]),
                ("netCDF4, not compressed", other["contiguous"]),
            ):
                report(f"a frame, {compression}; {label}", *read_both(own, array, count), 1e-6)


def read_both(first: Any, second: Any, count: int) -> tuple[list[float], list[float]]:
    """Read frames of two arrays by turns, each frame once: HDF5 keeps what it read before."""
    order = numpy.random.default_rng().permutation(len(first))[: 2 * count].tolist()
    times: tuple[list[float], list[float]] = ([], [])
    for position, index in enumerate(order):
        array = (first, second)[position % 2]
        times[position % 2].append(seconds(partial(array.__getitem__, index)))
    return times


def copy_and_digest(source: Path, target: Path) -> None:
    """Do what ``cp -r`` and ``sha256sum`` do."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    for path in target.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                hashlib.file_digest(stream, "sha256").hexdigest()


def variable_each(source: Path, target: Path) -> None:
    """Give each file a netCDF variable of its own."""
    with netCDF4.Dataset(target, "w") as dataset:
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            folder = path.parent.relative_to(source).as_posix()
            group = dataset if folder == "." else dataset.createGroup(folder)
            data = path.read_bytes()
            group.createDimension(f"{path.name}_size", len(data))
            variable = group.createVariable(
                path.name, "u1", (f"{path.name}_size",), compression="zlib", shuffle=False
            )
            variable[:] = numpy.frombuffer(data, "u1")
            variable.setncatts({"size": len(data), "sha256": hashlib.sha256(data).hexdigest()})


def list_variables(path: Path) -> None:
    """Read what `variable_each` wrote about its files."""
    with netCDF4.Dataset(path) as dataset:
        for group in (dataset, *dataset.groups.values()):
            for variable in group.variables.values():
                variable.getncattr("size")
                variable.getncattr("sha256")


def list_files(path: Path) -> None:
    """Read what an archive says about its files."""
    with NetCDFArchive(path) as archive:
        archive.files()


def keep_files(directory: Path, name: str, source: Path, repeats: int) -> None:
    """Archive and extract a directory."""
    archive, by_hand = directory / "files.nc", directory / "variables.nc"
    copy, target = directory / "copy", directory / "extracted"

    def extract() -> None:
        shutil.rmtree(target, ignore_errors=True)
        with NetCDFArchive(archive) as opened:
            opened.extract(target)

    def times(work: Callable[[], object]) -> list[float]:
        return [seconds(work) for _ in range(repeats)]

    copied = times(lambda: copy_and_digest(source, copy))
    each = times(lambda: variable_each(source, by_hand))
    raw = sum(path.stat().st_size for path in source.rglob("*") if path.is_file()) / 1e6
    print(f"{name}: {raw:.2f} MB; a zlib variable each: {by_hand.stat().st_size / 1e6:.2f} MB")
    compressions: tuple[Compression, ...] = ("zlib", "zstd")
    for compression in compressions:
        label = f"{name}, {compression}"
        written = times(partial(write_archive, source, archive, compression=compression))
        print(f"{label}: {archive.stat().st_size / 1e6:.2f} MB")
        report(f"{label}: write; cp -r and sha256sum", written, copied)
        report(f"{label}: write; a zlib variable each", written, each)
        report(f"{label}: extract; cp -r and sha256sum", times(extract), copied)
    listed = times(lambda: list_files(archive))
    report(f"{name}: list; a variable each", listed, times(lambda: list_variables(by_hand)))


def make_small_files(source: Path, count: int) -> None:
    """Write small texts into ten folders."""
    generator = numpy.random.default_rng(2)
    for number in range(count):
        folder = source / f"folder-{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = (f"{x:12.5f} {y:12.5f}" for x, y in generator.random((number % 100, 2)))
        (folder / f"file-{number:05}.txt").write_text("\n".join(lines))


def make_large_file(source: Path, size: int) -> None:
    """Write bytes that can't be compressed."""
    source.mkdir()
    (source / "large.bin").write_bytes(numpy.random.default_rng(3).bytes(size))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=10_000, help="frames of 1,000 atoms")
    parser.add_argument("--reads", type=int, default=500, help="frames that are read")
    parser.add_argument("--files", type=int, default=1_000, help="small files")
    parser.add_argument("--size", type=int, default=200_000_000, help="bytes of the large file")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{'medians in ms, frames in µs':<58} {'propstore':>10} {'by hand':>10} {'ratio':>7}")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        read_frames(directory, arguments.frames, arguments.reads)
        make_small_files(directory / "small", arguments.files)
        keep_files(directory, f"{arguments.files} files", directory / "small", arguments.repeats)
        make_large_file(directory / "large", arguments.size)
        keep_files(directory, "large file", directory / "large", arguments.repeats)


if __name__ == "__main__":
    main()
