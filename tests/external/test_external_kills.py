"""A writer that is killed at any moment leaves the old content or the new, and nothing to see."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from propstore.external import FileStorage
from tests.external.interpreter import start_python
from tests.external.killed_writer import sealed

KILLS = int(os.environ.get("PROPSTORE_KILLS", "60"))
LONGEST_LIFE = 0.02  # seconds; a writer overwrites the content several times in that
LOCATION = "data/sample"


@contextmanager
def writers(root: Path, mode: str) -> Iterator[subprocess.Popen[str]]:
    program = Path(__file__).with_name("killed_writer.py")
    with start_python(program, root, LOCATION, mode, stdin=subprocess.PIPE) as process:
        yield process


def kill_one(process: subprocess.Popen[str], life: float) -> None:
    """Let a writer live for a while, and kill it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    writer = int(process.stdout.readline())
    time.sleep(life)
    os.kill(writer, signal.SIGKILL)
    assert process.stdout.readline() == "dead\n"


def is_whole(content: bytes) -> bool:
    return hashlib.sha256(content[32:]).digest() == content[:32]


@pytest.mark.parametrize("mode", ["overwrite", "if_digest"])
def test_a_killed_writer_leaves_whole_content_and_no_litter(tmp_path: Path, mode: str) -> None:
    storage = FileStorage(tmp_path / "root")
    storage.store_bytes(LOCATION, sealed(0))
    chance = random.Random(mode)
    contents = set()
    with writers(storage.root_dir, mode) as process:
        for _ in range(KILLS):
            kill_one(process, chance.uniform(0, LONGEST_LIFE))
            with storage.load_stream(LOCATION) as stream:
                content = stream.read()
            assert is_whole(content)
            contents.add(content)
            assert list(storage) == [LOCATION]
            assert sorted(path.name for path in storage.root_dir.rglob("[!.]*")) == sorted(
                ["data", "sample", *lock_names(storage)]
            )
    # The writers did write, however little on a loaded machine: otherwise nothing was tried.
    assert len(contents) > 1
    # What they had begun is found, and can be removed.
    leftovers = list(storage.root_dir.glob(".propstore-tmp/.*.tmp"))
    assert leftovers
    assert storage.remove_leftovers(older_than=timedelta(0)) == len(leftovers)


def lock_names(storage: FileStorage) -> list[str]:
    locks = storage.root_dir / ".propstore-tmp" / "locks"
    return ["locks", *(path.name for path in locks.iterdir())]


def test_what_a_killed_creator_leaves_can_be_created_again(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "root")
    chance = random.Random(0)
    missing = 0
    with writers(storage.root_dir, "create") as process:
        for _ in range(KILLS):
            if not storage.exists(LOCATION):
                missing += 1
                storage.store_bytes(LOCATION, sealed(0), mode="create")
            kill_one(process, chance.uniform(0, LONGEST_LIFE))
            found = list(storage)
            assert found in ([], [LOCATION])
            if found:
                with storage.load_stream(LOCATION) as stream:
                    assert is_whole(stream.read())
    assert missing > 1
