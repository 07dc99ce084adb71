"""A store to work on, and the command in this process and in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import propstore as ps
from propstore.cli.app import app
from propstore.model import registry
from tests.cli.sample_store import Run, make_store


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the current folder of the test, where no variable names a store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROPSTORE_STORE", raising=False)
    return tmp_path


@pytest.fixture(autouse=True)
def own_types_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command know the types that its own process knows, not those of other tests."""
    own = {name: registry.get(name) for name in registry.names() if name.startswith("propstore.")}
    monkeypatch.setattr(registry, "_classes", own)


@pytest.fixture
def run() -> Run:
    """Run the command in this process; what it can't help is raised."""

    def run_command(*arguments: object, **options: Any) -> Any:
        result = CliRunner().invoke(app, [str(one) for one in arguments], **options)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run_command


@pytest.fixture(scope="session")
def command() -> list[str]:
    """Give the words that start the command in a process of its own."""
    return [sys.executable, "-m", "propstore"]


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Give an environment in which a process finds propstore, and no store."""
    root = str(Path(ps.__file__).parents[1])
    dropped = ("PROPSTORE_STORE", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths)}


@pytest.fixture
def run_process(command: list[str], environment: dict[str, str]) -> Run:
    """Run the command in a process of its own, and wait for its end."""

    def run_and_wait(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *map(str, arguments)],
            **{
                "capture_output": True,
                "text": True,
                "env": environment,
                "timeout": 60,
                "stdin": subprocess.DEVNULL,
                "check": False,
                **options,
            },
        )

    return run_and_wait


@pytest.fixture
def store(folder: Path) -> Path:
    """Give the folder of the default store, with the sample records in it."""
    place = folder / "propstore-data"
    make_store(place, folder / "run")
    return place
