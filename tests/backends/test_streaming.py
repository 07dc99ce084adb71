"""An answer of any length comes one record after the other, and not all at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import propstore as ps
from propstore.testing.generator import generated_records

PROGRAM = """
import itertools, resource, sys
import propstore as ps
with ps.open(sys.argv[1], read_only=True) as store:
    rows = iter(store.find(ps.StoredData))
    first = sum(1 for _ in itertools.islice(rows, 1000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rest = sum(1 for _ in rows)
print(first + rest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_length_of_an_answer(tmp_path):
    with ps.open(tmp_path / "store") as store, store.batch():
        for record in generated_records(8000):
            store.store_object(record)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "store"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    number, growth = map(int, done.stdout.split())
    assert number == 8000
    # As Python objects 7,000 records are 70 MB.
    assert growth * (1 if sys.platform == "darwin" else 1024) < 15_000_000
