from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from propstore.objects import (
    ExternalContentStorage,
    FileContentStorage,
    MemoryContentStorage,
    ObjectContentStorage,
)
from tests.s3_server import S3


@pytest.fixture(params=["file", "memory", "object store"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> ExternalContentStorage:
    """An empty storage of each kind."""
    if request.param == "file":
        return FileContentStorage(tmp_path / "contents")
    if request.param == "memory":
        return MemoryContentStorage()
    s3: S3 = request.getfixturevalue("s3")
    return ObjectContentStorage(f"s3://{s3.bucket}/{uuid.uuid4().hex}", **s3.options)
