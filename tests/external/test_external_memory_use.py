"""A file of any size is stored and read back in little memory.

It has as many mebibytes as ``PROPSTORE_FILE_MIB`` says, or 256.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.external.interpreter import start_python
from tests.s3_server import S3

MEBIBYTE = 1024 * 1024
MOST_MEMORY = 64 * MEBIBYTE
FILE_SIZE = int(os.environ.get("PROPSTORE_FILE_MIB", "256")) * MEBIBYTE

PROGRAM = """
import json, resource, sys
from propstore.external import open_storage

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

place, options, source, copy = sys.argv[1:]
storage = open_storage(place, **json.loads(options))
storage.store_bytes("small", b"so that all modules are imported")
with storage.load_stream("small") as stream:
    stream.read()
at_rest = peak()
digest = storage.store_path("large", source)
with storage.load_stream("large", digest=digest) as stream, open(copy, "wb") as file:
    while chunk := stream.read(2**20):
        file.write(chunk)
print(peak() - at_rest)
"""


def peak_memory(place: str, options: dict[str, Any], size: int, directory: Path) -> int:
    """Store a file and read it back in a process, and give the bytes that took beyond rest."""
    source, copy = directory / "source", directory / "copy"
    with source.open("wb") as file:  # it takes no room on the disk but for its end
        file.seek(size - 1)
        file.write(b"\1")
    with start_python("-c", PROGRAM, place, json.dumps(options), source, copy) as process:
        answer = process.communicate()[0]
    assert process.returncode == 0
    assert copy.stat().st_size == size
    return int(answer)


def test_files_take_little_memory(tmp_path: Path) -> None:
    place = str(tmp_path / "root")
    assert peak_memory(place, {}, FILE_SIZE, tmp_path) < MOST_MEMORY


def test_objects_take_little_memory(s3: S3, s3_prefix: str, tmp_path: Path) -> None:
    place = f"s3://{s3.bucket}/{s3_prefix}"
    # The server in this process reads all of an object for each part that is asked for.
    assert peak_memory(place, s3.options, 80 * MEBIBYTE, tmp_path) < MOST_MEMORY
