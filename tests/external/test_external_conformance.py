"""Every storage passes the shipped suite, the one that is written as the documentation says too."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

import obstore
import pytest
from obstore.store import MemoryStore

from propstore.external import (
    ExternalStorage,
    FileStorage,
    MemoryStorage,
    ObjectStorage,
)
from propstore.testing import ExternalStorageSuite
from tests.s3_server import S3

NOBODY = 65534


class TestFileStorage(ExternalStorageSuite):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> FileStorage:
        return FileStorage(tmp_path / "root")

    def set_raw(self, storage: FileStorage, location: str, content: bytes) -> None:
        path = storage.root_dir / location
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def get_raw(self, storage: FileStorage, location: str) -> bytes | None:
        path = storage.root_dir / location
        return path.read_bytes() if path.exists() else None

    @contextmanager
    def denied(self, storage: FileStorage) -> Iterator[FileStorage]:
        storage.root_dir.chmod(0)
        superuser = os.geteuid() == 0  # whom no permission binds
        if superuser:
            os.seteuid(NOBODY)
        try:
            yield storage
        finally:
            if superuser:
                os.seteuid(0)
            storage.root_dir.chmod(0o700)


class TestMemoryStorage(ExternalStorageSuite):
    can_be_pickled = False

    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()

    def set_raw(self, storage: MemoryStorage, location: str, content: bytes) -> None:
        storage._store_bytes(location, content)

    def get_raw(self, storage: MemoryStorage, location: str) -> bytes | None:
        resource = storage._resources.get(location)
        return None if resource is None else resource.content


class TestS3Storage(ExternalStorageSuite):
    @pytest.fixture(autouse=True)
    def _servers(self, s3: S3, s3_prefix: str, forbidding_s3: S3) -> None:
        self.s3, self.prefix, self.forbidding = s3, s3_prefix, forbidding_s3

    @pytest.fixture
    def storage(self, s3_storage: ObjectStorage) -> ObjectStorage:
        return s3_storage

    def set_raw(self, storage: ObjectStorage, location: str, content: bytes) -> None:
        self.s3.request("PUT", f"{self.prefix}/{location}", content)

    def get_raw(self, storage: ObjectStorage, location: str) -> bytes | None:
        return self.s3.request("GET", f"{self.prefix}/{location}")

    def denied(self, storage: ObjectStorage) -> AbstractContextManager[ObjectStorage]:
        return nullcontext(self.forbidding.open(self.prefix))


class TestObjectStorageInMemory(ExternalStorageSuite):
    """Another object store behind obstore, and a prefix that is not the store's."""

    can_be_pickled = False

    @pytest.fixture
    def storage(self) -> ObjectStorage:
        return ObjectStorage(MemoryStore(), "some/prefix")

    def set_raw(self, storage: ObjectStorage, location: str, content: bytes) -> None:
        obstore.put(storage._store, f"some/prefix/{location}", content)

    def get_raw(self, storage: ObjectStorage, location: str) -> bytes | None:
        try:
            return obstore.get(storage._store, f"some/prefix/{location}").bytes().to_bytes()
        except FileNotFoundError:
            return None


class DictionaryStorage(ExternalStorage):
    """The seven hooks and nothing else, as naively as one may write them."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def _store_bytes(self, location: str, byte_data: bytes) -> None:
        self.contents[location] = byte_data

    def _store_path(self, location: str, path: Path) -> None:
        self.contents[location] = path.read_bytes()

    @contextmanager
    def _load_stream(self, location: str) -> Iterator[BinaryIO]:
        yield io.BytesIO(self.contents[location])

    def _exists(self, location: str) -> bool:
        return location in self.contents

    def _delete(self, location: str) -> None:
        self.contents.pop(location, None)

    def _get_filename(self, location: str) -> str:
        return f"dictionary:{location}"

    def _iter_contents(self, prefix: str = "") -> Iterator[str]:
        yield from [location for location in self.contents if location.startswith(prefix)]


class ForwardStream(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise io.UnsupportedOperation("seek")


class ForwardDictionaryStorage(DictionaryStorage):
    @contextmanager
    def _load_stream(self, location: str) -> Iterator[BinaryIO]:
        yield ForwardStream(self.contents[location])


class TestCustomStorage(ExternalStorageSuite):
    @pytest.fixture
    def storage(self) -> DictionaryStorage:
        return DictionaryStorage()

    def set_raw(self, storage: DictionaryStorage, location: str, content: bytes) -> None:
        storage.contents[location] = content

    def get_raw(self, storage: DictionaryStorage, location: str) -> bytes | None:
        return storage.contents.get(location)


class TestCustomStorageOfForwardStreams(TestCustomStorage):
    """A storage whose streams can't seek is conformant too."""

    @pytest.fixture
    def storage(self) -> ForwardDictionaryStorage:
        return ForwardDictionaryStorage()
