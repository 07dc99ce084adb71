"""Files of a record: many small ones, and a large one; kept, and read again."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.keeping import Keeping, files_of
from benchmarks.measuring import in_rounds
from benchmarks.progress import progress
from benchmarks.scale import Scale
from benchmarks.tables import Table

__all__ = ["DifferentFilesError", "NoRoomError", "run"]

PEERS = {
    "propstore_files": ("PropstoreDirectories", "PropstoreArchives"),
    "shell_files": ("CopyAndSync", "CopyAndDigest", "Copy", "Tar"),
    "disk_objectstore_files": ("DiskObjectstoreFiles",),
    "signac_files": ("SignacFiles",),
}
REFERENCE = "cp -r, sha256sum, sync"
SMALL_FILES, SMALL_SIZE = 100, 10_000
FEW_ROUNDS = 3
"""How often a large file is written by each."""


class DifferentFilesError(AssertionError):
    """A contender gives other files than it was given."""


class NoRoomError(OSError):
    """What would be written does not fit."""


def run(scale: Scale) -> Iterator[Table]:
    """Measure small files, and a large one.

    Raises
    ------
    NoRoomError
        If there is no room for what is written, at once and not half-way.
    """
    small = f"Files: {SMALL_FILES} of {SMALL_SIZE / 1e3:.0f} kB"
    yield _measure("files-small", small, SMALL_FILES, SMALL_SIZE, 2 * scale.repeats)
    large = f"Files: one of {scale.large_file / 1e6:,.0f} MB"
    rounds = min(FEW_ROUNDS, scale.repeats)
    yield _measure("files-large", large, 1, scale.large_file, rounds)


def make_files(directory: Path, count: int, size: int) -> Path:
    """Write files whose bytes can't be compressed, in ten folders."""
    for number in range(count):
        block = os.urandom(min(size, 1_000_000))
        folder = directory / f"folder-{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"file-{number:05}.dat").open("wb") as stream:
            stream.write(number.to_bytes(8, "big"))
            for start in range(8, size, len(block)):
                stream.write(block[: min(len(block), size - start)])
    return directory


def _measure(name: str, title: str, count: int, size: int, rounds: int) -> Table:
    table = Table(name, title, REFERENCE, {"keep": "s", "read": "s", "size": "B"})
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _check_room(root, count * size * (1 + (rounds + 1) * sum(map(len, PEERS.values()))))
        source = make_files(root / "source", count, size)
        contenders = list(_contenders(root))
        progress(f"{title}: keep")
        keep: dict[str, Callable[[int], object]] = {
            one.name: partial(one.keep, source) for one in contenders
        }
        for contender, times in in_rounds(keep, rounds).items():
            table.add(contender, "keep", times)
        progress(f"{title}: read")
        _compare(contenders, files_of(source))
        read: dict[str, Callable[[int], object]] = {one.name: one.read for one in contenders}
        for contender, times in in_rounds(read, rounds).items():
            table.add(contender, "read", times)
        for one in contenders:
            table.add(one.name, "size", [_size(one.directory) / (rounds + 1)])
            table.notes[one.name, "keep"] = one.note
            one.close()
    return table


def _check_room(root: Path, needed: int) -> None:
    free = shutil.disk_usage(root).free
    if free < needed:
        raise NoRoomError(
            f"these files need {needed / 1e9:.0f} GB in {str(root.parent)!r}, where "
            f"{free / 1e9:.0f} GB are free: let TMPDIR name a folder with more room"
        )


def _contenders(root: Path) -> Iterator[Keeping]:
    for module_name, class_names in PEERS.items():
        try:
            module = importlib.import_module(f"benchmarks.peers.{module_name}")
        except ImportError as error:
            progress(f"{module_name}: {error}")
            continue
        for name in class_names:
            directory = root / name
            directory.mkdir()
            made: Keeping = getattr(module, name)(directory)
            yield made


def _compare(contenders: list[Keeping], given: dict[str, bytes]) -> None:
    for one in contenders:
        if one.read(0) != given:
            raise DifferentFilesError(f"{one.name} gives other files than it was given.")


def _size(directory: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in directory.rglob("*") if path.is_file())
