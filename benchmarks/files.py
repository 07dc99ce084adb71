"""Storing the files of a record, beside ``cp -r`` followed by ``sha256sum``.

What a store acknowledges is on the disk; what ``cp`` has copied is not, so that the second
comparison, in which ``sync`` follows, is the fair one. Runs alternate, and ratios are bandwidths
pair by pair: 0.8 means that the store takes 1.25 times as long.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import propstore as ps

CASES = {
    "1 x 512 MB": (1, 512_000_000),
    "20 x 20 MB": (20, 20_000_000),
    "1000 x 100 kB": (1000, 100_000),
    "100 x 10 kB": (100, 10_000),
}
COPY = 'cp -r "$1" "$2" && find "$2" -type f -exec sha256sum {} + > /dev/null'
COPY_AND_SYNC = f'{COPY} && sync -f "$2"'


class Calculation(ps.StoredData, type_name="benchmarks.calculation@v1"):
    """What has files."""

    number: int


def make_files(directory: Path, count: int, size: int) -> Path:
    """Write files whose bytes can't be compressed, in ten folders."""
    block = os.urandom(1_000_000)
    for number in range(count):
        folder = directory / f"folder-{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"file-{number:05}.dat").open("wb") as stream:
            stream.write(number.to_bytes(8, "big"))
            for start in range(8, size, len(block)):
                stream.write(block[: min(len(block), size - start)])
    return directory


def seconds(work: Callable[[], object]) -> float:
    """Time one call, with nothing left to be written by what came before."""
    os.sync()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(store: ps.StorageBackend, root: Path, repeats: int, case: str) -> None:
    """Print medians in milliseconds, and the ratios.

    Nothing is deleted between the runs: ext4 is slow to make files where many have just gone.
    """
    count, size = CASES[case]
    source = make_files(root / "source", count, size)
    rounds = []
    for number in range(repeats):
        copies = [[str(source), str(root / f"{name}-{number}")] for name in ("copy", "synced")]
        ways: tuple[Callable[[], object], ...] = (
            partial(store.store_object, Calculation(number=number), source),
            partial(subprocess.run, ["sh", "-c", COPY, "sh", *copies[0]], check=True),
            partial(subprocess.run, ["sh", "-c", COPY_AND_SYNC, "sh", *copies[1]], check=True),
        )
        rounds.append([seconds(way) for way in ways])
    medians = [statistics.median(times) for times in zip(*rounds, strict=True)]
    ratios = [statistics.median(times[one] / times[0] for times in rounds) for one in (1, 2)]
    columns = " ".join(f"{median * 1e3:>9.1f}" for median in medians)
    bandwidth = count * size / medians[0] / 1e6
    print(f"{case:<15} {columns} {bandwidth:>7.0f} {ratios[0]:>7.2f} {ratios[1]:>7.2f}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--directory", help="where to work; the temporary directory if left out")
    arguments = parser.parse_args()
    print(f"{'medians in ms':<15} {'store':>9} {'cp':>9} {'cp, sync':>9} {'MB/s':>7} "
          f"{'to cp':>7} {'to sync':>7}")  # fmt: skip
    for case in CASES:
        with tempfile.TemporaryDirectory(dir=arguments.directory) as name:
            root = Path(name)
            with ps.open(root / "store") as store:
                compare(store, root, arguments.repeats, case)


if __name__ == "__main__":
    main()
