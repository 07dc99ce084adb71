"""A worker that shares 200 results with others through a store, and says what it computes."""

# ruff: noqa: T201 - its lines are what the test reads

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

import propstore as ps
from propstore.testing.samples import density

RESULTS = 200


def temperature(number: int) -> str:
    return f"{250 + number / 2} K"


def query(number: int) -> ps.PropertyDataQuery:
    record = density(temperature(number))
    return ps.PropertyDataQuery(
        substance=record.substance, thermodynamic_state=record.thermodynamic_state
    )


def calculate(number: int, directory: Path) -> tuple[ps.PropertyData, Path]:
    print(f"computing {number}", flush=True)
    files = directory / str(number)
    files.mkdir()
    (files / "run.log").write_text(f"result {number}\n")
    time.sleep(0.01)
    return density(temperature(number)), files


def work(url: str, seed: int) -> None:
    numbers = list(range(RESULTS))
    random.Random(seed).shuffle(numbers)
    with tempfile.TemporaryDirectory() as directory, ps.open(url) as store:
        print("ready", flush=True)
        for number in numbers:
            answer = store.compute_once(
                query(number), lambda n=number: calculate(n, Path(directory))
            )
            print(f"has {number} {answer.key}", flush=True)


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]))
