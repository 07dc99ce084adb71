"""How the time of each operation grows with the number of records in a store.

::

    python benchmarks/growth.py                               # 10,000 and 100,000 records
    python benchmarks/growth.py --records 1000000             # one size
    python benchmarks/growth.py --postgres postgresql://.../a postgresql://.../b

Each figure is the median over many calls, in which the stores take turns; the last column is that
of the largest store, divided by that of the smallest. The exit code is 1 if a query takes more than
half as long again in the largest store as in the smallest.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median

import propstore as ps
from propstore.testing.generator import generated_record, generated_records

CALLS = 400
MOST_GROWTH = 1.5
STEP = 10_000

Figures = dict[str, float]


def fill(store: ps.StorageBackend, start: int, stop: int) -> float:
    """Store records in batches, and give how many were stored a second, without making them."""
    seconds = 0.0
    for first in range(start, stop, STEP):
        records = list(generated_records(min(STEP, stop - first), start=first))
        began = time.perf_counter()
        with store.batch():
            for record in records:
                store.store_object(record)
        seconds += time.perf_counter() - began
    return (stop - start) / seconds


def medians(calls: Mapping[int, Callable[[], object]], number: int) -> dict[int, float]:
    """Give the median times of calls in milliseconds; they take turns, so load hits them alike."""
    times: dict[int, list[float]] = {size: [] for size in calls}
    for _ in range(number):
        for size, call in calls.items():
            began = time.perf_counter()
            call()
            times[size].append(time.perf_counter() - began)
    return {size: 1000 * median(taken) for size, taken in times.items()}


class Measured:
    """An open store of some size, and questions to it by chance."""

    def __init__(self, place: str, count: int) -> None:
        self.place, self.count = place, count
        self.store = ps.open(place)
        self.chance = random.Random(count)
        known = (self.store.has_object(self.some_record()) for _ in range(1000))
        self.keys = [key for key in known if key is not None]
        self.new = generated_records(10**6, start=10**9 + int(1000 * time.time()))

    def some_record(self) -> ps.PropertyData:
        """Give a record that is stored."""
        return generated_record(self.chance.randrange(self.count))


def measure(places: Mapping[int, str]) -> dict[int, Figures]:
    """Measure every operation on stores of several sizes."""
    stores = {count: Measured(place, count) for count, place in places.items()}
    results: dict[int, Figures] = {count: {} for count in stores}
    for name, (operation, number) in OPERATIONS.items():
        calls = {count: partial(operation, measured) for count, measured in stores.items()}
        for count, figure in medians(calls, number).items():
            results[count][name] = figure
    for measured in stores.values():
        measured.store.close()
    return results


def reopen(measured: Measured) -> None:
    """Open a store once more, and close it."""
    ps.open(measured.place, read_only=True).close()


def store_one(measured: Measured) -> None:
    """Store a new record."""
    measured.store.store_object(next(measured.new))


def get(measured: Measured) -> None:
    """Retrieve a record by its key."""
    assert measured.store.retrieve_object(measured.chance.choice(measured.keys))[0] is not None


def query(measured: Measured) -> None:
    """Ask for the property of a record that is there, at its state."""
    record = measured.some_record()
    found = measured.store.query(
        ps.PropertyDataQuery(
            substance=record.substance,
            thermodynamic_state=record.thermodynamic_state,
            property_type=record.property_type,
        )
    )
    assert any(one.record == record for matches in found.values() for one in matches)


def in_a_window(measured: Measured) -> tuple[ps.PropertyData, ps.Selection[ps.PropertyData]]:
    """Give a record, and the selection of its substance within 0.05 K of its temperature."""
    record = measured.some_record()
    temperature = record.thermodynamic_state.temperature
    window = ps.field("thermodynamic_state.temperature").near(temperature, "0.05 K")
    substance = ps.field("substance") == record.substance
    return record, measured.store.find(ps.PropertyData, substance, window)


def nearest(measured: Measured) -> None:
    """Ask for the record of a substance that is nearest to a state, within 0.05 K."""
    record, selection = in_a_window(measured)
    temperature = record.thermodynamic_state.temperature
    assert selection.nearest(temperature=temperature).first() is not None


def nearest_of_all(measured: Measured) -> None:
    """Ask for the record of a substance that is nearest to a state, wherever that is."""
    record = measured.some_record()
    selection = measured.store.find(ps.PropertyData, ps.field("substance") == record.substance)
    temperature = record.thermodynamic_state.temperature
    assert selection.nearest(temperature=temperature).first() is not None


def count_in_a_window(measured: Measured) -> None:
    """Count the records of one substance within 0.05 K."""
    assert in_a_window(measured)[1].count()


def count_all(measured: Measured) -> None:
    """Count all records."""
    assert len(measured.store) >= measured.count


def first_of_all(measured: Measured) -> None:
    """Take the first row of all."""
    assert measured.store.find(ps.StoredData).first() is not None


OPERATIONS: dict[str, tuple[Callable[[Measured], None], int]] = {
    "open (ms)": (reopen, 20),
    "store one, durable (ms)": (store_one, 20),
    "get by key (ms)": (get, CALLS),
    "query by substance and state (ms)": (query, CALLS),
    "nearest state, within 0.05 K (ms)": (nearest, CALLS),
    "nearest state of a whole substance (ms)": (nearest_of_all, 50),
    "count of a substance, within 0.05 K (ms)": (count_in_a_window, CALLS),
    "count of all (ms)": (count_all, 5),
    "first row of all (ms)": (first_of_all, 20),
}
"""What is measured, and how often."""


def streamed(place: str) -> Figures:
    """Go through all records, and give how many a second, and by how much memory grows."""
    with ps.open(place, read_only=True) as store:
        rows = iter(store.find(ps.StoredData))
        for _ in zip(range(500), rows, strict=False):
            pass
        before, began = peak_memory(), time.perf_counter()
        done = sum(1 for _ in rows)
        return {
            "rows streamed a second": done / (time.perf_counter() - began),
            "memory for all rows (MB)": peak_memory() - before,
        }


def peak_memory() -> float:
    """Give the most memory that this process has had, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def run(places: Mapping[int, str]) -> dict[int, Figures]:
    """Fill a store of each size, unless it is there, and measure them."""
    rates: dict[int, Figures] = {}
    for size, place in places.items():
        rates[size] = {}
        with ps.open(place) as store:
            if store.has_object(generated_record(size - 1)) is None:
                rates[size]["stored in batches a second"] = fill(store, 0, size)
        print(f"  {size:,} filled", file=sys.stderr)
    results = measure(places)
    return {size: rates[size] | results[size] | streamed(place) for size, place in places.items()}


def show(title: str, results: dict[int, Figures]) -> bool:
    """Print a table, and tell whether no query has grown too much."""
    sizes = list(results)
    print(f"\n{title}\n\n| | {' | '.join(f'{size:,}' for size in sizes)} | growth |")
    print(f"| --- |{' ---: |' * (len(sizes) + 1)}")
    is_good = True
    for name in results[sizes[-1]]:
        values = [results[size].get(name, float("nan")) for size in sizes]
        growth = values[-1] / values[0] if values[0] > 0 else float("nan")
        print(f"| {name} | {' | '.join(f'{value:,.4g}' for value in values)} | {growth:.2f} |")
        is_good &= not name.startswith("query") or growth <= MOST_GROWTH
    return is_good


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--records", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument(
        "--postgres", metavar="URL", nargs="+", default=[], help="an empty database for each size"
    )
    parser.add_argument("--folder", type=Path, help="of stores that stay; filled if need be")
    arguments = parser.parse_args()
    sizes = sorted(arguments.records)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        is_good = show("In a folder", run({size: str(folder / str(size)) for size in sizes}))
        catalog = folder / str(sizes[-1]) / "catalog.sqlite"
        print(f"\nThe catalog has {catalog.stat().st_size / sizes[-1]:.0f} bytes a record.")
    if arguments.postgres:
        places = dict(zip(sizes, arguments.postgres, strict=True))
        is_good &= show("PostgreSQL", run(places))
        with ps.PostgresStorage(places[sizes[-1]], read_only=True) as store:
            print(f"\nThe tables have {store.size() / sizes[-1]:.0f} bytes a record.")
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
