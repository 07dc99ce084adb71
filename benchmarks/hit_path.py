"""A hit in ``compute_once`` and in a cached function, beside ``query`` for the same record.

Run: python benchmarks/hit_path.py [RECORDS]
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import propstore as ps

ROUNDS = 2000
WATER = ps.Substance.from_components("O")


def density(substance: ps.Substance, state: ps.ThermodynamicState) -> ps.PropertyData:
    """Give a density, which is not a physical one."""
    return ps.PropertyData(
        property_type="Density",
        substance=substance,
        thermodynamic_state=state,
        phase="liquid",
        value="997 kg/m**3",
        uncertainty="0.02 kg/m**3",
        source="benchmark",
    )


def query(state: ps.ThermodynamicState) -> ps.PropertyDataQuery:
    """Ask for the density at a state."""
    return ps.PropertyDataQuery(
        substance=WATER, thermodynamic_state=state, property_type="Density", phase="liquid"
    )


def never(*_: object) -> ps.PropertyData:
    """Fail: on the hit path nothing is calculated."""
    raise AssertionError("there was no hit")


def microseconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e6


def compare(store: ps.StorageBackend, states: list[ps.ThermodynamicState]) -> None:
    """Print the medians, each in a row with its ratio to the query."""
    cached = store.cached(name="benchmark.density")(density)
    enough = ps.at_most("uncertainty", "0.05 kg/m**3")
    for state in states[:100]:
        cached(WATER, state)
    ways: dict[str, Callable[[ps.ThermodynamicState], object]] = {
        "query": lambda state: store.query(query(state)),
        "compute_once": lambda state: store.compute_once(query(state), never),
        "compute_once, enough data": lambda state: store.compute_once(
            ps.Request(query(state), enough), never
        ),
        "cached function": lambda state: cached(WATER, states[hash(state) % 100]),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):  # by turns, so that a machine that slows down slows all of them down
        state = random.choice(states)
        for name, way in ways.items():
            times[name].append(microseconds(lambda way=way, state=state: way(state)))  # type: ignore[misc]
    by_query = statistics.median(times["query"])
    print(f"{'a hit':<28} {'median':>10} {'ratio':>7}")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:<28} {median:>7.0f} µs {median / by_query:>7.2f}")


def main() -> None:
    """Make a store, and compare."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    states = [ps.ThermodynamicState((200 + 0.02 * i, "K"), "1 atm") for i in range(count)]
    with tempfile.TemporaryDirectory() as folder, ps.open(folder) as store:
        with store.batch():
            for state in states:
                store.store_object(density(WATER, state))
        print(f"{count} records")
        compare(store, states)


if __name__ == "__main__":
    main()
