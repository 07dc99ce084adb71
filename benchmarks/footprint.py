"""What propstore costs before anything is asked of it: its import, a listing, and its memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import propstore as ps
from benchmarks.filling import BATCH
from benchmarks.measuring import in_rounds
from benchmarks.progress import progress
from benchmarks.records import entries
from benchmarks.scale import Scale
from benchmarks.tables import Table, Unit

__all__ = ["run"]

IMPORT = """
import time
start = time.perf_counter()
import propstore
print(time.perf_counter() - start)
"""
MEMORY = """
from pathlib import Path
(line,) = [line for line in Path("/proc/self/status").open() if line.startswith("VmRSS")]
print(line.split()[1])
"""
OPEN = """
import sys
import propstore as ps
store = ps.open(sys.argv[1], read_only=True)
record = next(iter(store.find(ps.PropertyData)))
"""
ROOT = Path(__file__).parent.parent


def run(scale: Scale) -> Iterator[Table]:
    """Measure each in a process of its own."""
    yield _programs(scale)
    yield _making(scale)


def _programs(scale: Scale) -> Table:
    listed = f"propstore ls, {scale.listed:,} records"
    memory = f"memory, a store of {scale.listed:,}"
    units: dict[str, Unit] = {"import": "s", listed: "s", memory: "B", "size a record": "B"}
    table = Table("footprint", "Footprint of a process", "Python alone", units)
    with tempfile.TemporaryDirectory() as folder:
        progress(f"storing {scale.listed:,} records")
        path = Path(folder) / "store"
        _fill(path, scale.listed)
        size = sum(one.stat().st_blocks * 512 for one in path.rglob("*") if one.is_file())
        progress(f"import propstore; {listed}")
        rounds = range(2 * scale.repeats)
        table.add("propstore", "import", [float(_python("-c", IMPORT)) for _ in rounds])
        ways: dict[str, Callable[[int], object]] = {
            "propstore": lambda _: _python("-m", "propstore", "ls", "--store", str(path)),
            "Python alone": lambda _: _python("-c", "pass"),
        }
        for name, times in in_rounds(ways, scale.repeats).items():
            table.add(name, listed, times)
        for name, program in (("propstore", OPEN + MEMORY), ("Python alone", MEMORY)):
            table.add(name, memory, [1024 * int(_python("-c", program, str(path)))])
        table.add("propstore", "size a record", [size / scale.listed])
    return table


def _python(*arguments: str) -> str:
    """Run Python, and give what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # An installed package has been compiled; so are these sources, once the first has run.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=environment
    ).stdout


def _fill(path: Path, count: int) -> None:
    with ps.open(path) as store:
        for start in range(0, count, BATCH):
            with store.batch():
                for entry in entries(start, min(start + BATCH, count)):
                    store.store_object(ps.PropertyData.model_validate(entry.document))


def _making(scale: Scale) -> Table:
    """Measure what it costs to make records, which other stores do not do."""
    table = Table("making", "Making a record of plain data", None, {"validate": "s"})
    documents = [entry.document for entry in entries(0, BATCH)]

    def make(_: int) -> object:
        return [ps.PropertyData.model_validate(document) for document in documents]

    for name, times in in_rounds({"propstore": make}, 2 * scale.repeats).items():
        table.add(name, "validate", [taken / BATCH for taken in times])
    return table
