"""A directory as calculations leave it, a thousand files and one large one, goes in and out.

The large file has as many megabytes as ``PROPSTORE_BIG_FILE_MB`` says. Where that is not set it has
8, and an object store gets a hundred files, since each takes several requests.
"""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

import pytest

import propstore as ps
from propstore.ancillary import AncillaryForm, RecordDirectory, RecordFiles
from propstore.upkeep.verification import verify_store
from tests.samples import box

IS_WHOLE = "PROPSTORE_BIG_FILE_MB" in os.environ
MEGABYTES = int(os.environ.get("PROPSTORE_BIG_FILE_MB", "8"))
ODD_NAMES = [
    " leading",
    "trailing ",
    "a:b",
    "x[1]{2}",
    "ünïcode",
    "中文",
    ".hidden",
    "%41",
    "new\nline",
    "tab\t",
    "#?&=+",
    "'quotes\"",
    "back\\slash",
    "~",
    "-rf",
    "long" * 60,
    os.fsdecode(b"not-utf8-\xff"),
]


def make_files(root: Path, count: int) -> Path:
    """Write so many files of all sizes, in nested folders and with odd names."""
    chance = random.Random(0)
    deep = "/".join(f"level-{level}" for level in range(12))
    folders = ["", "a", "a/b", "a/b/c", "two words", "ünïcode", "x.nc", deep]
    for folder in (*folders, "nothing here", "a/empty too"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in ODD_NAMES:
        (root / chance.choice(folders) / name).write_bytes(chance.randbytes(100))
    (root / "empty").touch()
    (root / "a" / "empty").touch()
    for number in range(count - len(ODD_NAMES) - 3):
        size = chance.choice([0, 1, 10, 1000, 10_000])
        path = root / chance.choice(folders) / f"file-{number:04}.out"
        path.write_bytes(chance.randbytes(size))
    with (root / "large.dcd").open("wb") as stream:
        for _ in range(MEGABYTES):
            stream.write(chance.randbytes(1_000_000))
    return root


def tree(directory: Path) -> dict[bytes, tuple[int, str] | None]:
    """Give the mode and the digest of each file, and None for each folder."""
    found: dict[bytes, tuple[int, str] | None] = {}
    for path in directory.rglob("*"):
        name = os.fsencode(path.relative_to(directory))
        found[name] = None
        if path.is_file():
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            found[name] = (path.stat().st_mode, digest)
    return found


@pytest.mark.parametrize("form", ["directory", "netcdf"])
@pytest.mark.parametrize("place", ["local", "S3"])
def test_a_thousand_files_and_a_large_one_come_back_bit_for_bit(
    place: str, form: AncillaryForm, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    is_smaller = (place, form) == ("S3", "directory") and not IS_WHOLE
    count = 100 if is_smaller else 1000
    source = make_files(tmp_path / "files", count)
    files = request.getfixturevalue("s3").open(f"many-{form}") if place == "S3" else None
    with ps.LocalFileStorage(tmp_path / "store", files=files, ancillary=form) as store:
        _, stored = store.retrieve_object(store.store_object(box(), source))
        assert isinstance(stored, RecordDirectory | RecordFiles)
        expected = tree(source)
        names = {os.fsencode(entry.name) for entry in stored.files()}
        assert names == {name for name, entry in expected.items() if entry is not None}
        assert len(names) == count
        assert tree(Path(stored)) == expected
        assert list(verify_store(store)) == []
