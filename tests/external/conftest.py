from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from propstore.external import ObjectStorage
from tests.s3_server import S3, Failing, Forbidding


@pytest.fixture
def s3_prefix() -> str:
    """A directory in the bucket that no other test uses."""
    return uuid.uuid4().hex


@pytest.fixture
def s3_storage(s3: S3, s3_prefix: str) -> ObjectStorage:
    return s3.open(s3_prefix)


@contextmanager
def serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[S3]:
    """Answer in a thread as a handler does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield S3(f"http://127.0.0.1:{server.server_port}", "bucket")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def forbidding_s3() -> Iterator[S3]:
    with serve(Forbidding) as s3:
        yield s3


@pytest.fixture
def failing_s3() -> Iterator[S3]:
    with serve(Failing) as s3:
        yield s3
