from __future__ import annotations

from pathlib import Path

import pytest

from propstore.external import FileStorage, MemoryStorage, ObjectStorage, open_storage
from propstore.testing.external.raw import HELLO
from tests.s3_server import S3


def test_a_path_is_a_directory_of_files(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    assert isinstance(storage, FileStorage)
    assert storage.root_dir == open_storage(tmp_path).root_dir == tmp_path  # type: ignore[attr-defined]


def test_memory_is_new_each_time() -> None:
    storage = open_storage("memory:")
    assert isinstance(storage, MemoryStorage)
    storage.store_bytes("sample", HELLO)
    assert list(open_storage("memory:")) == []


def test_a_url_is_an_object_store(s3: S3, s3_prefix: str) -> None:
    storage = open_storage(f"s3://{s3.bucket}/{s3_prefix}", **s3.options)
    assert isinstance(storage, ObjectStorage)
    storage.store_bytes("sample", HELLO)
    assert s3.request("GET", f"{s3_prefix}/sample") == HELLO


def test_options_without_an_object_store_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="region"):
        open_storage(tmp_path, region="eu-central-1")
