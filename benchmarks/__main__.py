"""The command line: ``python -m benchmarks [PART ...]``."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import results
from benchmarks.budgets import budgets
from benchmarks.progress import console, progress
from benchmarks.scale import LARGE, ORDINARY, QUICK, Scale
from benchmarks.short import short

PARTS = (
    "store",
    "hits",
    "workers",
    "files",
    "frames",
    "archive",
    "objects",
    "loss",
    "footprint",
)
RESULTS = Path(__file__).parent / "results"


def run(parts: Sequence[str], scale: Scale, directory: Path) -> None:
    """Measure some parts, print their tables and write them.

    Parameters
    ----------
    parts
        The names of the parts.
    scale
        How much is measured.
    directory
        Where the results are written.
    """
    for part in parts:
        progress(f"{part} …")
        tables = []
        for table in importlib.import_module(f"benchmarks.{part}").run(scale):
            console.print(table.to_rich())
            tables.append(table)
            results.write(directory, part, scale.name, tables)
    for table in filter(None, (budgets(directory), short(directory))):
        console.print(table.to_rich())
        results.write(directory, table.name, scale.name, [table])


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = [part for part in PARTS if importlib.util.find_spec(f"benchmarks.{part}")]
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"all if left out: {', '.join(known)}"
    )
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument(
        "--quick", action="store_true", help="run all in two minutes, to see that it runs"
    )
    sizes.add_argument("--large", action="store_true", help="add a million records")
    parser.add_argument(
        "--records", type=int, nargs="+", metavar="N", help="how many records the stores have"
    )
    parser.add_argument("--output", type=Path, help="where the results are written")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(known)
    if unknown:
        parser.error(f"{', '.join(sorted(unknown))} is not a part; parts are {', '.join(known)}.")
    scale = QUICK if arguments.quick else LARGE if arguments.large else ORDINARY
    if arguments.records:
        scale = replace(scale, records=tuple(arguments.records))
    directory = RESULTS / "quick" if arguments.quick else RESULTS
    run(arguments.parts or known, scale, arguments.output or directory)


if __name__ == "__main__":
    main()
