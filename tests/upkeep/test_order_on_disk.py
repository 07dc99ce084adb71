"""What makes an acknowledgement durable: the order of writing, syncing and renaming."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import propstore as ps
from propstore.testing import FaultInjector
from tests.samples import box, box_files

FILES = ["box.pdb", "trajectories/run.dcd"]


class Trace:
    """Steps on the disk, with the paths below a folder."""

    def __init__(self, steps: list[tuple[str, str]]) -> None:
        self.steps = steps

    def last(self, call: str, pattern: str) -> int:
        """Give when a call was made for the last time on a path that matches wholly."""
        found = [
            number
            for number, (name, path) in enumerate(self.steps)
            if name == call and re.fullmatch(pattern, path)
        ]
        assert found, f"no {call} of {pattern} in {self.steps}"
        return found[-1]


def check_order(trace: Trace, sync: str, rename: str, commit: int) -> None:
    """See that files are written, synced, renamed and known by name before the commit."""
    staged = r"store/staging/[0-9a-f]{32}"
    placed = trace.last(rename, r"store/ancillary/[0-9a-f]{2}/[0-9a-f]{32}-0")
    for name in FILES:
        written = trace.last("write", f"{staged}/{name}")
        synced = trace.last(sync, f"{staged}/{name}")
        assert written < synced < placed
    for directory in (staged, f"{staged}/trajectories", f"{staged}/empty"):
        assert trace.last(sync, directory) < placed
    temporary = r"store/\.propstore-tmp/\.[0-9a-f]{32}\.tmp"
    beside = trace.last(rename, r"store/ancillary/[0-9a-f]{2}/[0-9a-f]{32}-0\.json")
    assert trace.last("write", temporary) < trace.last(sync, temporary) < beside < placed
    assert placed < trace.last(sync, r"store/ancillary/[0-9a-f]{2}") < commit
    assert trace.last(sync, "store/ancillary") < commit
    assert trace.last(sync, "store") < commit


def test_files_are_written_synced_renamed_and_only_then_committed(tmp_path):
    files = box_files(tmp_path / "files")
    with FaultInjector.counting(tmp_path) as injector, ps.open(tmp_path / "store") as store:
        store.store_object(box(), files)
    trace = Trace([(step.call, step.path.removeprefix(f"{tmp_path}/")) for step in injector.steps])
    check_order(trace, "fsync", "replace", trace.last("COMMIT", r"store/catalog\.sqlite"))


def test_files_that_are_moved_are_synced_where_they_are_and_their_old_name_is_gone_for_good(
    tmp_path,
):
    files = box_files(tmp_path / "files")
    with FaultInjector.counting(tmp_path) as injector, ps.open(tmp_path / "store") as store:
        store.store_object(box(), files, move=True)
    trace = Trace([(step.call, step.path.removeprefix(f"{tmp_path}/")) for step in injector.steps])
    commit = trace.last("COMMIT", r"store/catalog\.sqlite")
    placed = trace.last("replace", r"store/ancillary/[0-9a-f]{2}/[0-9a-f]{32}-0")
    for name in FILES:
        assert trace.last("fsync", f"files/{name}") < placed
    assert placed < trace.last("fsync", re.escape(str(tmp_path))) < commit  # where they were


def test_a_removal_is_committed_before_any_file_is_removed(tmp_path):
    with ps.open(tmp_path / "store") as store:
        key = store.store_object(box(), box_files(tmp_path / "files"))
    with FaultInjector.counting(tmp_path) as injector, ps.open(tmp_path / "store") as store:
        store.remove_object(key)
    calls = [step.call for step in injector.steps]
    assert calls.index("COMMIT") < calls.index("unlink")


PROGRAM = """
import os, sys
from pathlib import Path
import propstore as ps
from tests.samples import box

with ps.open(sys.argv[1] + "/store") as store:
    store.store_object(box(), sys.argv[1] + "/files")
    os.write(1, b"acknowledged")
"""

CALLS = "openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,close"
LINE = re.compile(r"(?P<call>\w+)\((?P<arguments>.*)\) += ")
DESCRIBED = re.compile(r"^\d+<(?P<path>[^>]*)>")


def traced(folder: Path) -> list[tuple[str, str]]:
    """Store a box in a process whose system calls are noted, as (call, path)."""
    output = folder / "calls.txt"
    program = [sys.executable, "-c", PROGRAM, str(folder)]
    done = subprocess.run(
        ["strace", "-f", "-y", "-s", "16", "-e", f"trace={CALLS}", "-o", str(output), *program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 and "ptrace" in done.stderr:
        pytest.skip(f"system calls can't be traced here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    steps = []
    for line in output.read_text().splitlines():
        match = LINE.search(line)
        if match is None:
            continue
        call, arguments = match["call"], match["arguments"]
        described = DESCRIBED.match(arguments)
        path = described["path"] if described else arguments.split('"')[-2]
        if call == "write" and arguments.startswith("1<"):
            path = "acknowledgement" if "acknowledged" in arguments else path
        steps.append((call, path.removeprefix(f"{folder}/")))
    return steps


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_system_calls_themselves_come_in_that_order_and_the_log_is_synced(tmp_path):
    box_files(tmp_path / "files")
    trace = Trace(traced(tmp_path))
    acknowledged = trace.last("write", "acknowledgement")
    before = Trace(trace.steps[:acknowledged])
    log_synced = before.last("fdatasync", r"store/catalog\.sqlite-wal")
    assert before.last("pwrite64", r"store/catalog\.sqlite-wal") < log_synced
    check_order(before, "fsync", "rename", log_synced)
