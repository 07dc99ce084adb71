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
    root = os.fsencode(directory)
    for number, name in enumerate(ODD_NAMES):
        folder = os.path.join(root, b"folders", name)
        os.makedirs(folder)
        for path in (os.path.join(root, name), os.path.join(folder, name)):
            Path(os.fsdecode(path)).write_bytes(generator.bytes(300_000 if number % 3 else 100))
    for number in range(count):
        folder = os.path.join(root, b"nested", *(b"%d" % n for n in range(number % 5)))
        os.makedirs(folder, exist_ok=True)
        Path(os.fsdecode(folder), f"file {number}").write_bytes(generator.bytes(number * 7))
    (directory / "empty file").touch()
    (directory / "empty folder" / "in a folder").mkdir(parents=True)
    (directory / "folder of an empty file").mkdir()
    (directory / "folder of an empty file" / "empty").touch()


def contents(directory: Path) -> dict[bytes, str]:
    """Give the SHA-256 of all files, and "folder" for folders, by their paths."""
    return {path: digest for path, (digest, _, _) in snapshot(directory).items()}


def snapshot(directory: Path) -> dict[bytes, tuple[str, int, int]]:
    """Give contents, modes and times of all files and folders, by their paths."""
    found = {}
    root = os.fsencode(directory)
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(os.fsdecode(os.path.join(folder, name)))
            digest = "folder" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
            status = path.stat()
            relative = os.path.relpath(os.fsencode(path), root)
            found[relative] = (digest, status.st_mode & 0o777, status.st_mtime_ns)
    return found
