"""Processes that work on a store until they are killed.

One process, this file run as a program, imports propstore once and forks the others: a kill then
costs milliseconds. It reads a line of JSON for each: the operation, its folder, and the step of the
operation at which the process kills itself, 0 for none.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from tests.upkeep.operations import OPERATIONS, make_folder

TIME_LIMIT = 120  # seconds for one operation


class Outcome(NamedTuple):
    """How a victim ended: by which signal, 0 for none; what it told; how many steps it took."""

    signal: int
    told: list[str]
    steps: int


class Victims:
    """Starts victims, one after the other."""

    def __enter__(self) -> Victims:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.upkeep.victims"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._process:
            self._process.stdin.close()

    def start(self, operation: str, folder: Path, step: int = 0) -> int:
        """Start a victim, and give its process id."""
        self._process.stdin.write(json.dumps([operation, str(folder), step]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self) -> Outcome:
        """Wait for its end."""
        told = []
        while not (line := self._process.stdout.readline()).startswith("end "):
            if not line:
                raise RuntimeError("the process that starts the victims is gone")
            told.append(line.rstrip("\n"))
        _, status, steps = line.split()
        code = os.waitstatus_to_exitcode(int(status))
        if code > 0:
            raise RuntimeError(f"the victim failed: {told}")
        return Outcome(-code, told, int(steps))

    def run(self, operation: str, folder: Path, step: int = 0) -> Outcome:
        """Run a victim to its end."""
        self.start(operation, folder, step)
        return self.wait()


def main() -> None:
    """Fork a victim for each line."""
    warm_up()
    for line in sys.stdin:
        operation, folder, step = json.loads(line)
        told = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(told[0])
            run(operation, Path(folder), step, told[1])
        os.close(told[1])
        answer(str(child))
        with os.fdopen(told[0]) as stream:
            lines = stream.read().split("\n")
        _, status = os.waitpid(child, 0)
        steps = next((one.split()[1] for one in lines if one.startswith("steps ")), "0")
        # What follows the last newline was cut by the kill.
        answer(*(one for one in lines[:-1] if not one.startswith("steps ")))
        answer(f"end {status} {steps}")


def warm_up() -> None:
    """Import, once and not in each victim, what is imported where it is first needed."""
    with tempfile.TemporaryDirectory() as temporary:
        make_folder(Path(temporary))
        for operation in ("store_files", "restore", "collect_past"):
            OPERATIONS[operation](Path(temporary), lambda _: None)


def answer(*lines: str) -> None:
    """Send lines to the test."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def run(operation: str, folder: Path, step: int, told: int) -> None:
    """Be the victim."""
    from propstore.testing.faults import FaultInjector

    signal.alarm(TIME_LIMIT)

    def tell(line: str) -> None:
        os.write(told, f"{line}\n".encode())

    try:
        with FaultInjector.killing(folder, at=step) as injector:
            OPERATIONS[operation](folder, tell)
        tell("done")
        tell(f"steps {len(injector.steps)}")
        os._exit(0)
    except BaseException as error:
        tell(f"{type(error).__name__}: {error}")
        raise
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
