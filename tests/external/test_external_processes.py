"""Several processes share a root without undoing each other's work."""

from __future__ import annotations

from pathlib import Path

from propstore.external import FileStorage
from tests.external.interpreter import start_python

INCREMENT = """
import hashlib, sys
from propstore.errors import ChangedExternalResourceError
from propstore.external import FileStorage, IfDigest

storage = FileStorage(sys.argv[1])
for _ in range(25):
    while True:
        with storage.load_stream("count") as stream:
            seen = stream.read()
        digest = hashlib.sha256(seen).hexdigest()
        try:
            storage.store_bytes("count", str(int(seen) + 1).encode(), mode=IfDigest(digest))
            break
        except ChangedExternalResourceError:
            continue
"""

CREATE = """
import sys
from propstore.errors import ExternalResourceExistsError
from propstore.external import FileStorage

storage = FileStorage(sys.argv[1])
created = 0
for number in range(100):
    try:
        storage.store_bytes(f"data/{number}", b"mine", mode="create")
        created += 1
    except ExternalResourceExistsError:
        continue
print(created)
"""


def run(program: str, root: Path, count: int) -> list[str]:
    processes = [start_python("-c", program, root) for _ in range(count)]
    answers = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * count
    return answers


def test_no_write_on_the_digest_is_lost_between_processes(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "root")
    storage.store_bytes("count", b"0")
    run(INCREMENT, storage.root_dir, 3)
    assert storage.load_range("count", 0, 10) == b"75"


def test_of_many_processes_that_create_one_succeeds(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "root")
    created = run(CREATE, storage.root_dir, 3)
    assert sum(int(answer) for answer in created) == 100
    assert len(list(storage)) == 100
