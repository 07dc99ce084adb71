"""An archive of many large files is written and read in little memory."""

from __future__ import annotations

from pathlib import Path

from tests.external.interpreter import start_python

MEBIBYTE = 1024 * 1024
MOST_MEMORY = 64 * MEBIBYTE

PROGRAM = """
import resource, sys
from pathlib import Path
from propstore.ancillary.netcdf import NetCDFArchive, write_archive
from propstore.ancillary.source import SourceDirectory

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def there_and_back(directory, path):
    write_archive(SourceDirectory.scan(directory), path)
    archive = NetCDFArchive(path)
    for entry in archive.files():
        with archive.open(entry.name) as stream:
            while stream.read(2**20):
                pass

small, large, target = map(Path, sys.argv[1:])
there_and_back(small, target / "small.nc")
at_rest = peak()
there_and_back(large, target / "large.nc")
print(peak() - at_rest)
"""


def make_files(directory: Path, count: int, size: int) -> Path:
    """Make files that take no room on the disk but for their ends."""
    directory.mkdir()
    for number in range(count):
        with (directory / f"file-{number}").open("wb") as file:
            file.seek(size - 1)
            file.write(b"\1")
    return directory


def test_many_large_files_take_little_memory(tmp_path: Path) -> None:
    small = make_files(tmp_path / "small", 1, MEBIBYTE)
    large = make_files(tmp_path / "large", 4, 64 * MEBIBYTE)
    with start_python("-c", PROGRAM, small, large, tmp_path) as process:
        answer = process.communicate()[0]
    assert process.returncode == 0
    assert int(answer) < MOST_MEMORY
