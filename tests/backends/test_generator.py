"""Generated records: always the same, all different, and as those of a real collection."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import propstore as ps
from propstore.testing.generator import generated_record, generated_records

PROGRAM = """
from propstore.testing.generator import generated_records
print([record.identity() for record in generated_records(5, start=7)])
"""


def test_the_record_of_a_number_is_the_same_in_every_process():
    other = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert other.stdout.strip() == str([generated_record(n).identity() for n in range(7, 12)])


def test_another_seed_gives_other_records():
    first, second = (
        {one.identity() for one in generated_records(50, seed=seed)} for seed in (0, 1)
    )
    assert not first & second


def test_no_two_records_are_the_same():
    assert len({one.identity() for one in generated_records(5000)}) == 5000


def test_there_are_many_substances_and_some_have_far_more_records_than_others():
    numbers = Counter(one.substance.identity for one in generated_records(5000))
    assert len(numbers) > 1000
    assert numbers.most_common(1)[0][1] > 10 * (5000 / len(numbers))


def test_every_record_can_be_stored_and_found_at_its_state():
    records = list(generated_records(300))
    with ps.MemoryStorage() as store:
        with store.batch():
            for record in records:
                store.store_object(record)
        for record in records[::30]:
            query = ps.PropertyDataQuery(
                substance=record.substance,
                thermodynamic_state=record.thermodynamic_state,
                property_type=record.property_type,
            )
            assert record in [one.record for found in store.query(query).values() for one in found]
