"""What the parts of the suite of external storages have in common."""

from __future__ import annotations

import hashlib
import io
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from propstore.external import ExternalStorage, IfDigest

HELLO = b"Hello, World!"
OTHER = b"something else"
EMPTY_FILE = Path(os.devnull)  # everyone may read it
LARGE = bytes(range(256)) * (12 * 4096)  # 12 MiB: more than one part, and more than one piece

INVALID_LOCATIONS = {
    "empty": "",
    "dot": ".",
    "slash": "/",
    "parent": "..",
    "above the root": "../outside",
    "out by a detour": "inside/../../outside",
    "parent that stays inside": "inside/../inside",
    "absolute": "/outside/the/root",
    "NUL": "nul\0byte",
    "newline": "new\nline",
    "not UTF-8": "surrogate\udcff",
    "long name": "n" * 256,
    "long path": "/".join(["segment"] * 200),
    "reserved": ".propstore-tmp/resource",
    "reserved, in disguise": ".//.propstore-tmp/resource",
    "not a string": Path("resource"),
}
INVALID_PREFIXES = (
    "parent",
    "above the root",
    "out by a detour",
    "absolute",
    "slash",
    "NUL",
    "not UTF-8",
    "reserved",
    "not a string",
)

Operation = Callable[[ExternalStorage, Any], object]

READINGS: dict[str, Operation] = {
    "load_stream": lambda storage, location: storage.load_stream(location),
    "load_range": lambda storage, location: storage.load_range(location, 0, 1),
    "load_range of nothing": lambda storage, location: storage.load_range(location, 0, 0),
    "get_metadata": lambda storage, location: storage.get_metadata(location),
    "delete": lambda storage, location: storage.delete(location),
    "store if unchanged": lambda storage, location: storage.store_bytes(
        location, HELLO, mode=IfDigest(digest_of(HELLO))
    ),
}
WRITINGS: dict[str, Operation] = {
    "store_bytes": lambda storage, location: storage.store_bytes(location, HELLO),
    "store_path": lambda storage, location: storage.store_path(location, EMPTY_FILE),
    "store_stream": lambda storage, location: storage.store_stream(location, io.BytesIO(HELLO)),
    "create": lambda storage, location: storage.store_bytes(location, HELLO, mode="create"),
}
OPERATIONS: dict[str, Operation] = {
    **READINGS,
    **WRITINGS,
    "exists": lambda storage, location: storage.exists(location),
    "get_filename": lambda storage, location: storage.get_filename(location),
}

CONCERNED_WITH_CONTENT: dict[str, Operation] = {
    name: operation for name, operation in OPERATIONS.items() if name != "get_filename"
}

reading = pytest.mark.parametrize("operation", READINGS.values(), ids=READINGS)
writing = pytest.mark.parametrize("operation", WRITINGS.values(), ids=WRITINGS)


def digest_of(content: bytes) -> str:
    """Give the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


class Drip(io.BytesIO):
    """A stream that gives three bytes at a time, whatever is asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to three bytes."""
        return super().read(3)


class Broken(io.BytesIO):
    """A stream that fails once its bytes are read."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, or raise at the end."""
        chunk = super().read(size)
        if not chunk:
            raise ConnectionError("the source broke off")
        return chunk


class RawAccess(ABC):
    """The storage under test, and the ways behind its back.

    Attributes
    ----------
    can_be_pickled : bool
        Whether another process can be given the storage; if not, it says so.
    """

    can_be_pickled = True

    @abstractmethod
    @pytest.fixture
    def storage(self) -> ExternalStorage:
        """Give an empty storage."""

    @abstractmethod
    def set_raw(self, storage: Any, location: str, content: bytes) -> None:
        """Put bytes where the storage keeps a location, without the storage's own methods."""

    @abstractmethod
    def get_raw(self, storage: Any, location: str) -> bytes | None:
        """Get the bytes that the storage keeps for a location, or None, without its methods."""

    def denied(self, storage: Any) -> AbstractContextManager[ExternalStorage]:
        """Give a storage whose every resource is forbidden to this process, for a while."""
        pytest.skip("this storage knows no permissions")
