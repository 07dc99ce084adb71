"""Forks, for every line on stdin, a writer that overwrites one resource until it is killed.

Run as ``python killed_writer.py ROOT LOCATION MODE``; tells the process id of each writer.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import sys
from typing import NoReturn

import filelock  # noqa: F401 - once, and not in each writer

from propstore.external import FileStorage, IfDigest


def sealed(number: int) -> bytes:
    """Content that shows whether it is whole: it begins with the digest of the rest."""
    rest = number.to_bytes(8, "big") * (1 + (number * 7919) % 60_000)
    return hashlib.sha256(rest).digest() + rest


def overwrite(storage: FileStorage, location: str, mode: str) -> NoReturn:
    digest = storage.get_metadata(location).digest
    for number in itertools.count(os.getpid()):
        content = sealed(number)
        if mode == "overwrite":
            storage.store_bytes(location, content)
        elif mode == "if_digest":
            digest = storage.store_bytes(location, content, mode=IfDigest(digest))
        else:
            storage.delete(location)
            storage.store_bytes(location, content, mode="create")
    raise AssertionError("unreachable")


def main(root: str, location: str, mode: str) -> None:
    storage = FileStorage(root)
    for _ in sys.stdin:
        writer = os.fork()
        if writer == 0:
            overwrite(storage, location, mode)
        os.write(1, f"{writer}\n".encode())
        os.waitpid(writer, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
