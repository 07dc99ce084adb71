"""A PostgreSQL server for as long as something is measured."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from propstore.testing.postgres_server import find_programs

__all__ = ["URL_VARIABLE", "database_size", "make_database", "postgres_server"]

URL_VARIABLE = "PROPSTORE_BENCHMARK_POSTGRES"
"""The environment variable with the URL of a running server, on which one may make databases."""

NOT_ROOT = "nobody"
"""Who the server runs as if root starts it, which it refuses to."""


@contextmanager
def postgres_server() -> Iterator[str | None]:
    """Give the URL of a server; None if PostgreSQL is not installed."""
    given, programs = os.environ.get(URL_VARIABLE), _programs()
    if given is not None or programs is None:
        yield given
        return
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        user = NOT_ROOT if os.geteuid() == 0 else None
        if user is not None:
            shutil.chown(name, user)

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [programs / program, *arguments],
                check=True,
                user=user,
                extra_groups=None if user is None else [],
                cwd=name,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

        run("initdb", "-D", str(data), "-A", "trust", "-U", "benchmark", "-E", "UTF8")
        options = f"-k {name} -c listen_addresses=''"
        log = str(Path(name) / "log")
        run("pg_ctl", "-D", str(data), "-w", "-l", log, "-o", options, "start")
        try:
            yield f"postgresql://benchmark@/postgres?host={name}"
        finally:
            run("pg_ctl", "-D", str(data), "-w", "-m", "fast", "stop")


def make_database(url: str) -> str:
    """Make a new database on a server, and give its URL."""
    import psycopg

    name = f"benchmark_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    parts = urlsplit(url)
    return parts._replace(path=f"/{name}").geturl()


def database_size(url: str) -> int:
    """Give the bytes that a database has more than an empty one."""
    import psycopg

    query = "SELECT pg_database_size(current_database()) - pg_database_size('template1')"
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _programs() -> Path | None:
    """Find initdb and pg_ctl: on the path, where Debian has them, or those of a wheel."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else find_programs()
