"""The hot paths of a store in a folder, beside the same work done by hand on sqlite3.

Run: python -m benchmarks.hot_paths [RECORDS]

By hand means: the same journal mode and sync level, one table with the same columns and indexes,
``json.dumps`` of dictionaries that are made beforehand, as the records are, ``json.loads`` of
what is found, and no validation. Both take turns in one process, and the median of their ratios
counts, so that a machine that others use slows both down alike.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import propstore as ps

SUBSTANCES = [ps.Substance({"O": 1 - 0.05 * i, "CO": 0.05 * i}) for i in range(1, 20)]
PROPERTIES = {"Density": "kg/m**3", "EnthalpyOfMixing": "kJ/mol"}
LIQUID = ps.PropertyPhase.LIQUID
BATCH = 500

TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE records (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, identity TEXT UNIQUE, type TEXT NOT NULL,
    substance TEXT, phase TEXT, property_type TEXT, temperature REAL, pressure REAL, value REAL,
    uncertainty REAL, unit TEXT, document TEXT NOT NULL
);
CREATE INDEX by_substance ON records (substance, type, temperature);
CREATE INDEX by_state ON records (type, property_type, temperature);
"""
SELECT = """
SELECT key, document FROM records WHERE type = ? AND substance = ?
    AND temperature BETWEEN ? AND ? AND pressure BETWEEN ? AND ? ORDER BY id
"""

Work = Callable[[], object]
Prepared = tuple[dict[str, Any], tuple[object, ...]]


def record(number: int) -> ps.PropertyData:
    """Make one of two properties of a substance at a state."""
    state, kind = divmod(number, len(PROPERTIES))
    property_type, unit = list(PROPERTIES.items())[kind]
    return ps.PropertyData(
        property_type=property_type,
        substance=SUBSTANCES[state % len(SUBSTANCES)],
        thermodynamic_state=ps.ThermodynamicState((200 + 0.01 * state, "K"), "1 atm"),
        phase=LIQUID,
        value=(900 + random.random(), unit),
        uncertainty=(0.02, unit),
        source="benchmark",
    )


def canonical(state: ps.ThermodynamicState) -> tuple[float, float]:
    """Give a state in K and kPa."""
    assert state.pressure is not None
    return state.temperature.canonical_value, state.pressure.canonical_value


class ByHand:
    """The store that one writes oneself."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(TABLES)

    @staticmethod
    def prepared(one: ps.PropertyData) -> Prepared:
        """Give a record as a dictionary and its columns."""
        document = {"type": str(one.type_name), **one.model_dump(mode="json")}
        texts = (document["type"], one.substance.identity, document["phase"], one.property_type)
        state = canonical(one.thermodynamic_state)
        uncertainty = document["uncertainty"]["value"]
        return document, (*texts, *state, one.value.value, uncertainty, one.value.unit)

    def store(self, document: dict[str, Any], columns: tuple[object, ...]) -> str:
        """Insert one record."""
        text, key = json.dumps(document), uuid.uuid4().hex
        identity = hashlib.sha256(text.encode()).hexdigest()
        row = (key, identity, *columns, text)
        self._connection.execute(
            f"INSERT OR IGNORE INTO records VALUES (NULL, {', '.join('?' * len(row))})", row
        )
        return key

    def store_all(self, prepared: Iterable[Prepared], stored: list[str]) -> None:
        """Insert many records in one transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        stored += [self.store(*one) for one in prepared]
        self._connection.execute("COMMIT")

    def get(self, key: str) -> Any:
        """Select one record."""
        query = "SELECT document FROM records WHERE key = ?"
        return json.loads(self._connection.execute(query, (key,)).fetchone()[0])

    def query(self, substance: str, kelvin: float, kilopascal: float) -> list[tuple[str, Any]]:
        """Select the records of a substance at a state."""
        bounds = (kelvin - 1e-3, kelvin + 1e-3, kilopascal * 0.999999, kilopascal * 1.000001)
        rows = self._connection.execute(SELECT, ("propstore.property_data@v1", substance, *bounds))
        return [(key, json.loads(document)) for key, document in rows.fetchall()]


def seconds(work: Work) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(name: str, turns: Iterable[tuple[Work, Work]], budget: float, count: int = 1) -> None:
    """Let two ways to work take turns, and print the medians of their times and of the ratio."""
    own, other = zip(*((seconds(one), seconds(two)) for one, two in turns), strict=True)
    ratio = median(one / two for one, two in zip(own, other, strict=True))
    numbers = f"{median(own) / count * 1e6:>9.1f} {median(other) / count * 1e6:>9.1f}"
    print(f"{name:<36} {numbers} {ratio:>7.2f} {budget:>7}", flush=True)


def compare(store: ps.StorageBackend, by_hand: ByHand, count: int) -> None:
    """Print a row for each path."""

    def store_all(records: list[ps.PropertyData], stored: list[str]) -> None:
        with store.batch():
            stored += [store.store_object(one) for one in records]

    keys: list[tuple[str, str]] = []

    def batches(numbers: range) -> Iterable[tuple[Work, Work]]:
        for first in numbers:
            records = [record(number) for number in range(first, first + BATCH)]
            prepared = [by_hand.prepared(one) for one in records]
            own: list[str] = []
            other: list[str] = []
            yield partial(store_all, records, own), partial(by_hand.store_all, prepared, other)
            keys.extend(zip(own, other, strict=True))

    print(f"{count} records{'':<24} {'propstore':>13} {'sqlite3':>9} {'ratio':>7} {'budget':>7}")
    report("store in a batch, µs a record", batches(range(0, count, BATCH)), 3, BATCH)
    fresh = [record(number) for number in range(count, count + 100)]
    singles = [(one, by_hand.prepared(one)) for one in fresh]
    report(
        "store one, durable, µs",
        [(partial(store.store_object, r), partial(by_hand.store, *p)) for r, p in singles],
        2,
    )
    chosen = random.choices(keys, k=3000)
    report(
        "retrieve by key, µs",
        [(partial(store.retrieve_object, a), partial(by_hand.get, b)) for a, b in chosen],
        2.5,
    )
    asked = [record(random.randrange(count)) for _ in range(3000)]
    report("query, 2 hits, µs", [queries(store, by_hand, one) for one in asked], 3)
    report("query and making it, µs", [queries(store, by_hand, one, True) for one in asked], 3)
    report("a hit in compute_once / query, µs", [hits(store, one) for one in asked], 2)


def question(one: ps.PropertyData) -> ps.PropertyDataQuery:
    """Ask for the properties of a record's substance at its state."""
    return ps.PropertyDataQuery(
        substance=one.substance, thermodynamic_state=one.thermodynamic_state
    )


def queries(
    store: ps.StorageBackend, by_hand: ByHand, one: ps.PropertyData, is_made: bool = False
) -> tuple[Work, Work]:
    """Give the same query on both."""
    bare = partial(by_hand.query, one.substance.identity, *canonical(one.thermodynamic_state))
    if is_made:
        return lambda: store.query(question(one)), bare
    return partial(store.query, question(one)), bare


def hits(store: ps.StorageBackend, one: ps.PropertyData) -> tuple[Work, Work]:
    """Give what need not be computed, and the query for it."""

    def never() -> ps.PropertyData:
        raise AssertionError("there was no hit")

    query = question(one)
    return lambda: store.compute_once(query, never), lambda: store.query(query)


def import_seconds() -> float:
    """Give the processor time of a program that imports propstore and does nothing."""
    before = os.times()
    subprocess.run([sys.executable, "-c", "import propstore"], check=True)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def main() -> None:
    """Make two stores, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=10_000)
    count = parser.parse_args().records
    with tempfile.TemporaryDirectory() as folder, ps.open(Path(folder, "store")) as store:
        compare(store, ByHand(Path(folder, "by_hand.sqlite")), count)
    print(f"import propstore: {min(import_seconds() for _ in range(10)):.2f} s, budget 0.2 s")


if __name__ == "__main__":
    main()
