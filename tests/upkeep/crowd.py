"""Many processes that begin at one moment to work on one store.

Run as ``python -m tests.upkeep.crowd WORK FOLDER PROCESSES ARGUMENT``; `gather` does so.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import propstore as ps
from tests.samples import box, box_files, density

TIME_LIMIT = 300  # seconds


def gather(work: str, folder: Path, processes: int, argument: float = 0) -> list[Any]:
    """Let processes work on the store of a folder, and give what each of them tells."""
    arguments = [work, str(folder), str(processes), str(argument)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.upkeep.crowd", *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def write_for_a_while(folder: Path, number: int, seconds: float) -> dict[str, Any]:
    """Store, replace and read until the time is over, and tell what was acknowledged."""
    deadline = time.monotonic() + seconds
    source = box_files(folder / f"files-{number}", "ATOM")
    keys: list[str] = []
    longest = 0.0
    with ps.open(folder / "store") as store:
        while time.monotonic() < deadline:
            started = time.monotonic()
            keys.append(store.store_object(density(f"{300 + len(keys) / 1000 + 10 * number} K")))
            # All store these, so that there is one of each identity at the end.
            keys.append(store.store_object(density(f"{200 + len(keys) / 1000} K")))
            keys.append(store.store_object(box(1000.0 / (1 + len(keys) + number)), source))
            longest = max(longest, time.monotonic() - started)
            assert store.retrieve_object(keys[-1])[0] is not None
    return {"keys": keys, "longest": longest}


def store_fifty(folder: Path, number: int, _: float) -> list[str]:
    """Store fifty records of one's own."""
    with ps.open(folder / "store") as store:
        return [store.store_object(density(f"{300 + 100 * number + i / 10} K")) for i in range(50)]


def store_the_same_hundred(folder: Path, number: int, _: float) -> list[str]:
    """Store a hundred records that all others store too."""
    with ps.open(folder / "store") as store:
        return [store.store_object(density(f"{300 + i / 10} K")) for i in range(100)]


def ask_for_one_result(folder: Path, number: int, _: float) -> str:
    """Ask for a result that nobody has; what is computed leaves a line."""

    def calculate() -> ps.PropertyData:
        with (folder / "calculations").open("a") as stream:
            stream.write("computed\n")
        time.sleep(0.5)
        return density()

    asked = ps.PropertyDataQuery(
        substance=density().substance,
        thermodynamic_state=density().thermodynamic_state,
        property_type="Density",
    )
    with ps.open(folder / "store") as store:
        return store.compute_once(asked, calculate).key


def improve_one_record(folder: Path, number: int, processes: float) -> list[float]:
    """Store ever better records of one identity, and tell those that were acknowledged."""
    source, acknowledged = box_files(folder / f"files-{number}"), []
    with ps.open(folder / "store") as store:
        for i in range(50):
            value = 1000.0 - (i * processes + number)
            store.store_object(box(value), source)
            acknowledged.append(value)
    return acknowledged


def read_and_improve(folder: Path, number: int, processes: float) -> list[list[Any]]:
    """Read and write one record in turn; tell each operation with when it began and ended."""
    source, operations = box_files(folder / f"files-{number}"), []
    with ps.open(folder / "store") as store:
        for i in range(25):
            begin = time.monotonic_ns()
            match = store.find(ps.StoredSimulationData).first()
            end = time.monotonic_ns()
            found = None if match is None else match.record.statistical_inefficiency
            operations.append(["read", found, begin, end])
            value = 1000.0 - (i * processes + number)
            begin = time.monotonic_ns()
            store.store_object(box(value), source)
            operations.append(["write", value, begin, time.monotonic_ns()])
    return operations


WORKS: dict[str, Callable[[Path, int, float], Any]] = {
    work.__name__: work
    for work in (
        write_for_a_while,
        store_fifty,
        store_the_same_hundred,
        ask_for_one_result,
        improve_one_record,
        read_and_improve,
    )
}


def main(work: str, folder: Path, processes: int, argument: float) -> int:
    """Fork, let all begin at once, and print what they tell, a line of JSON each."""
    gate = os.pipe()
    children = []
    for number in range(processes):
        answer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(gate[1])
            os.read(gate[0], 1)  # ends when the parent closes the gate
            _be_one(work, folder, number, argument, answer[1])
        os.close(answer[1])
        children.append((child, answer[0]))
    os.close(gate[1])
    failed = False
    for child, answer_end in children:
        with os.fdopen(answer_end) as stream:
            sys.stdout.write(stream.read())
        failed |= os.waitpid(child, 0)[1] != 0
    return int(failed)


def _be_one(work: str, folder: Path, number: int, argument: float, answer: int) -> None:
    signal.alarm(TIME_LIMIT)
    try:
        told = WORKS[work](folder, number, argument)
        with os.fdopen(answer, "w") as stream:
            stream.write(json.dumps(told) + "\n")
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        raise
    finally:
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
