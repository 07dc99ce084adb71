"""What tools lose or do again when many use them at once: what was acknowledged, what was found."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.losses.beginning import GO
from benchmarks.scale import Scale
from benchmarks.tables import Remark, Table

__all__ = ["run"]

NOT_ON_THE_INDEX = Remark("does not install from the package index")
NOT_INSTALLED = Remark("not installed")
KILLS = 10
PATIENCE = 10.0  # seconds, after which a writer that waits for a dead one is taken for blocked


class Outcome(NamedTuple):
    """How many there should be, and how many there are."""

    expected: int
    found: int


class Case(NamedTuple):
    """One failure, and what shows it for one tool.

    Attributes
    ----------
    what
        What is counted.
    tool
        The tool.
    package
        What has to be installed; None if no package index has it.
    show
        Does what shows it, in an empty folder.
    """

    what: str
    tool: str
    package: str | None
    show: Callable[[Path], Outcome] | None


def run(scale: Scale) -> list[Table]:
    """Count, for each tool; the number of processes and calls is that of each failure's report."""
    table = Table(
        "loss",
        "What was acknowledged, and what was found",
        None,
        {"expected": "", "found": ""},
    )
    for case in CASES:
        row = f"{case.what}: {case.tool}"
        if case.package is None or case.show is None:
            table.add(row, "found", NOT_ON_THE_INDEX)
        elif importlib.util.find_spec(case.package) is None:
            table.add(row, "found", NOT_INSTALLED)
        else:
            with tempfile.TemporaryDirectory() as folder:
                outcome = case.show(Path(folder))
            table.add(row, "expected", [outcome.expected])
            table.add(row, "found", [outcome.found])
    return [table]


def _start(program: str, folder: Path, processes: Sequence[int]) -> list[subprocess.Popen[str]]:
    """Start a program in several processes, which begin at one moment."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.losses.{program}", str(folder), str(number)],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in processes
    ]
    while not all((folder / f"ready-{number}").exists() for number in processes):
        time.sleep(0.01)
    (folder / GO).touch()
    return started


def _acknowledged(program: str, folder: Path, processes: int) -> int:
    """Run a program in several processes, and give how many lines they wrote."""
    started = _start(program, folder, range(processes))
    return sum(len(process.communicate()[0].splitlines()) for process in started)


def _calculations(program: str) -> Callable[[Path], Outcome]:
    def show(folder: Path) -> Outcome:
        _acknowledged(program, folder, 8)
        return Outcome(1, len((folder / "calculations").read_text().splitlines()))

    return show


def _propstore_fifty(folder: Path) -> Outcome:
    acknowledged = _acknowledged("propstore_fifty", folder, 4)
    return Outcome(acknowledged, _propstore_records(folder))


def _propstore_threads(folder: Path) -> Outcome:
    _acknowledged("propstore_threads", folder, 1)
    return Outcome(100, _propstore_records(folder))


def _propstore_records(folder: Path) -> int:
    import propstore as ps

    with ps.open(folder / "store", read_only=True) as store:
        return len(store)


def _signac_writes(folder: Path) -> Outcome:
    import signac

    job = signac.init_project(folder).open_job({"substance": "O"})
    job.init()
    acknowledged = _acknowledged("signac_writes", folder, 8)
    return Outcome(acknowledged, len(signac.get_project(folder).open_job(id=job.id).document))


def _propstore_writes(folder: Path) -> Outcome:
    """Count the writes that stand, or were beaten by one that stands."""
    import propstore as ps
    from propstore.testing.samples import SampleViscosity

    acknowledged = _acknowledged("propstore_writes", folder, 8)
    with ps.open(folder / "store", read_only=True) as store:
        best = store.find(SampleViscosity).one().record.samples
    # The number of a version is its number of samples: those below the best one were beaten.
    return Outcome(acknowledged, best)


def _writers_after_a_kill(program: str) -> Callable[[Path], Outcome]:
    def show(folder: Path) -> Outcome:
        """Kill writers one after the other, and count those that wrote something before."""
        wrote = 0
        for number in range(KILLS):
            (folder / GO).unlink(missing_ok=True)
            (process,) = _start(program, folder, [number])
            # Killed a little later each time: somewhere within a write.
            time.sleep(PATIENCE / 10 + number * 0.013)
            process.send_signal(signal.SIGKILL)
            wrote += bool(process.communicate()[0])
        return Outcome(KILLS, wrote)

    return show


CASES = (
    Case("calculations of 8 cold callers", "joblib", "joblib", _calculations("joblib_callers")),
    Case(
        "calculations of 8 cold callers",
        "diskcache",
        "diskcache",
        _calculations("diskcache_callers"),
    ),
    Case(
        "calculations of 8 cold callers",
        "propstore",
        "propstore",
        _calculations("propstore_callers"),
    ),
    Case("records of 4 processes with 50 each", "OpenFF Evaluator", None, None),
    Case("records of 4 processes with 50 each", "propstore", "propstore", _propstore_fifty),
    Case("keys of the same 100 objects by 8 threads", "OpenFF Evaluator", None, None),
    Case("keys of the same 100 objects by 8 threads", "propstore", "propstore", _propstore_threads),
    Case("writes of 8 processes to one document", "signac", "signac", _signac_writes),
    Case("writes of 8 processes to one record", "propstore", "propstore", _propstore_writes),
    Case(
        f"of {KILLS} writers, each after one that was killed",
        "ase.db",
        "ase",
        _writers_after_a_kill("ase_writes"),
    ),
    Case(
        f"of {KILLS} writers, each after one that was killed",
        "propstore",
        "propstore",
        _writers_after_a_kill("propstore_endless"),
    ),
)
