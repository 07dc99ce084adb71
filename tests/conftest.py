"""What the tests of all packages share."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from propstore.model.stored_data import registry
from tests.s3_server import S3

# What a run of CI finds does not depend on chance; a developer's run goes on looking.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Give the directory of data that this project did not write, or skip the test."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    directory = Path(os.environ.get("PROPSTORE_REAL_DATA", beside))
    needed = ("sage-train-v1.csv", "openff-stored-data/object_keys.json")
    missing = [name for name in needed if not (directory / name).is_file()]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not found in {directory}; set PROPSTORE_REAL_DATA")
    return directory


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """Give an S3 server of the tests' own."""
    server_module = pytest.importorskip("moto.server", reason="S3 is tested against moto")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    s3 = S3(f"http://{host}:{port}", "propstore-test")
    s3.request("PUT")
    yield s3
    server.stop()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what tests fetch out of the user's cache."""
    monkeypatch.setenv("PROPSTORE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(autouse=True)
def _own_record_types() -> Iterator[None]:
    """Let no test find a record type that another defined in its own body."""
    yield
    for record_type in registry.classes():
        if "<locals>" in record_type.__qualname__:
            registry.forget(record_type)
