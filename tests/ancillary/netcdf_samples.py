"""Directories to archive, and what there is to compare of two."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy

ODD_NAMES = (
    b"a:b",
    b"x[1]",
    b"name with trailing space ",
    b" leading space",
    b".hidden",
    b"-dash",
    b"~",
    b"%41",
    b"50%",
    b"new\nline",
    b"quote\"'\\",
    b"n" * 255,
    "é composed".encode(),
    "e\u0301 decomposed".encode(),
    "e\u0301".encode(),
    "é".encode(),
    "温度.txt".encode(),
    b"not utf-8 \xff\xfe",
    b"files",
    b"length_3",
    b"_nc4_non_coord_x",
    b"case",
    b"CASE",
)


def make_odd_tree(directory: Path, count: int = 40) -> None:
    """Write files and folders with names that netCDF doesn't have, small and large by turns."""
    generator = numpy.random.default_rng(0)
    for number, name in enumerate(map(os.fsdecode, ODD_NAMES)):
        folder = directory / "folders" / name
        folder.mkdir(parents=True)
        for path in (directory / name, folder / name):
            path.write_bytes(generator.bytes(300_000 if number % 3 else 100))
    for number in range(count):
        folder = directory.joinpath("nested", *(str(level) for level in range(number % 5)))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file {number}").write_bytes(generator.bytes(number * 7))
    (directory / "empty file").touch()
    (directory / "empty folder" / "in a folder").mkdir(parents=True)
    (directory / "folder of an empty file").mkdir()
    (directory / "folder of an empty file" / "empty").touch()


def contents(directory: Path) -> dict[str, str]:
    """Give the SHA-256 of all files, and "folder" for folders, by their paths."""
    return {path: digest for path, (digest, _, _) in snapshot(directory).items()}


def snapshot(directory: Path) -> dict[str, tuple[str, int, int]]:
    """Give contents, modes and times of all files and folders, by their paths."""
    found = {}
    for path in directory.rglob("*"):
        digest = "folder" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
        status = path.stat()
        name = path.relative_to(directory).as_posix()
        found[name] = (digest, status.st_mode & 0o777, status.st_mtime_ns)
    return found
