"""A hit in ``compute_once`` and in a cached function, beside the query for the same record."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator

import propstore as ps
from benchmarks.measuring import by_turns
from benchmarks.scale import Scale
from benchmarks.tables import Table

__all__ = ["run"]

RECORDS = 10_000
TURNS = 10
"""How many times as many calls as elsewhere are made: they are short."""

WATER = ps.Substance.from_components("O")
ENOUGH = ps.at_most("uncertainty", "0.05 kg/m**3")


def run(scale: Scale) -> Iterator[Table]:
    """Measure hits among 10,000 records, or as many as the smallest store has if they are fewer."""
    count = min(RECORDS, max(scale.records))
    states = [ps.ThermodynamicState((200 + 0.02 * i, "K"), "1 atm") for i in range(count)]
    table = Table("hits", f"Hits among {count:,} records", "query", {"time": "s"})
    with tempfile.TemporaryDirectory() as folder, ps.open(folder) as store:
        with store.batch():
            for state in states:
                store.store_object(_density(WATER, state))
        ways = _ways(store, states, scale.calls * TURNS)
        for name, spread in by_turns(ways, scale.calls * TURNS, scale.patience).items():
            table.add(name, "time", spread)
    yield table


def _density(substance: ps.Substance, state: ps.ThermodynamicState) -> ps.PropertyData:
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


def _query(state: ps.ThermodynamicState) -> ps.PropertyDataQuery:
    return ps.PropertyDataQuery(
        substance=WATER, thermodynamic_state=state, property_type="Density", phase="liquid"
    )


def _never(*_: object) -> ps.PropertyData:
    raise AssertionError("there was no hit")


def _ways(
    store: ps.StorageBackend, states: list[ps.ThermodynamicState], calls: int
) -> dict[str, Callable[[int], object]]:
    cached = store.cached(name="benchmark.density")(_density)
    for state in states[:100]:
        cached(WATER, state)
    asked = random.Random(1).choices(states, k=calls)
    return {
        "query": lambda i: store.query(_query(asked[i])),
        "compute_once": lambda i: store.compute_once(_query(asked[i]), _never),
        "compute_once, enough data": lambda i: store.compute_once(
            ps.Request(_query(asked[i]), ENOUGH), _never
        ),
        "cached function": lambda i: cached(WATER, states[i % 100]),
    }
