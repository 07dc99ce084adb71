from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from propstore.objects import (
    ExternalContentStorage,
    FileContentStorage,
    MemoryContentStorage,
    ObjectContentStorage,
)
from tests.external.s3_server import S3


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    server_module = pytest.importorskip("moto.server", reason="S3 is tested against moto")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    s3 = S3(f"http://{host}:{port}", "propstore-contents")
    s3.request("PUT")
    yield s3
    server.stop()


@pytest.fixture(params=["file", "memory", "object store"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> ExternalContentStorage:
    """An empty storage of each kind."""
    if request.param == "file":
        return FileContentStorage(tmp_path / "contents")
    if request.param == "memory":
        return MemoryContentStorage()
    s3: S3 = request.getfixturevalue("s3")
    return ObjectContentStorage(f"s3://{s3.bucket}/{uuid.uuid4().hex}", **s3.options)
