"""The same records in each store: stored, retrieved, found, counted, and opened again."""

from __future__ import annotations

import importlib
import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.contender import Cannot, Contender
from benchmarks.filling import Filled, fill
from benchmarks.measuring import by_turns
from benchmarks.postgres_server import postgres_server
from benchmarks.progress import progress
from benchmarks.records import StateQuestion, entries, random_state, random_window
from benchmarks.scale import Scale
from benchmarks.tables import Remark, Table, Unit

__all__ = ["DifferentAnswerError", "compared", "operations", "run"]

PEERS = {
    "propstore_records": (
        "PropstoreRecords",
        "PropstoreMemory",
        "PropstoreTinyDB",
        "PropstorePostgres",
    ),
    "sqlite_records": ("SQLiteRecords",),
    "psycopg_records": ("PsycopgRecords",),
    "signac_records": ("SignacRecords",),
    "ase_records": ("AseRecords",),
    "tinydb_records": ("TinyDBRecords",),
    "diskcache_records": ("DiskcacheRecords",),
    "joblib_records": ("JoblibRecords",),
}
"""The contenders, by the file in ``benchmarks/peers``."""

REFERENCE = "sqlite3 by hand"
COLUMNS: dict[str, Unit] = {
    "store in batches": "s",
    "store one": "s",
    "retrieve": "s",
    "find by substance and state": "s",
    "make the question and find": "s",
    "find in a window": "s",
    "nearest state": "s",
    "count": "s",
    "reopen": "s",
    "size": "B",
}
COMPARED = 3
"""How many answers to each question are compared."""


class DifferentAnswerError(AssertionError):
    """Two contenders give different answers to one question."""


def run(scale: Scale) -> Iterator[Table]:
    """Measure stores of each size."""
    with postgres_server() as url:
        contenders = list(_contenders(url))
        for count in scale.records:
            with tempfile.TemporaryDirectory() as name:
                yield _measure(contenders, count, scale, Path(name))


def _contenders(url: str | None) -> Iterator[type[Contender]]:
    for module_name, class_names in PEERS.items():
        try:
            module = importlib.import_module(f"benchmarks.peers.{module_name}")
        except ImportError as error:
            progress(f"{module_name}: {error}")
            continue
        for name in class_names:
            contender = getattr(module, name)
            if hasattr(contender, "url"):
                contender.url = url
            if contender.is_available():
                yield contender
            else:
                progress(f"{contender.name}: is not available")


def _measure(contenders: Sequence[type[Contender]], count: int, scale: Scale, root: Path) -> Table:
    table = Table(f"store-{count}", f"Store: {count:,} records", REFERENCE, dict(COLUMNS))
    filled = fill(contenders, count, scale.filling, root)
    _enter_filling(table, filled, count)
    complete = {one.contender.name: one for one in filled if one.is_complete}
    for column, ways in operations(complete, count, scale.calls):
        progress(f"{count:,} records: {column}")
        able = compared(table, column, ways)
        for name, spread in by_turns(able, scale.calls, scale.patience).items():
            table.add(name, column, spread)
    for one in filled:
        _enter_notes(table, one.contender)
        one.contender.close()
    return table


def _enter_filling(table: Table, filled: Sequence[Filled], count: int) -> None:
    for one in filled:
        name = one.contender.name
        table.add(name, "store in batches", one.times)
        try:
            table.add(name, "size", [one.contender.size() / len(one.keys)])
        except Cannot as reason:
            table.add(name, "size", Remark(reason))
        if not one.is_complete:
            stopped = f"{name}: stopped after {len(one.keys):,} of {count:,} records in "
            stopped += f"{one.seconds:.0f} s; the rest is not measured at this size."
            for column in list(COLUMNS)[1:-1]:
                table.add(name, column, Remark(stopped))


def _enter_notes(table: Table, contender: Contender) -> None:
    for column, note in contender.notes.items():
        if table.spread(contender.name, column) is not None:
            table.notes[contender.name, column] = note


Way = Callable[[int], object]
Ways = dict[str, tuple[Way, Callable[[object], str]]]
"""By contender: what is called with a number, and what makes the answer comparable."""


def operations(complete: dict[str, Filled], count: int, calls: int) -> Iterator[tuple[str, Ways]]:
    """Give each operation, with the way in which each contender does it."""
    chance = random.Random(count)
    numbers = [chance.randrange(count) for _ in range(calls)]
    states = [random_state(count, chance) for _ in range(calls)]
    windows = [random_window(count, chance) for _ in range(calls)]

    def ways(make: Callable[[Filled], Way], form: Callable[[Contender, Any], str]) -> Ways:
        return {name: (make(one), partial(form, one.contender)) for name, one in complete.items()}

    def asking(one: Filled) -> Way:
        return lambda i: one.contender.query(one.contender.prepare_question(states[i]))

    yield "retrieve", ways(lambda one: lambda i: one.contender.retrieve(one.keys[numbers[i]]), _one)
    yield "find by substance and state", ways(partial(_finding, states), _many)
    yield "make the question and find", ways(asking, _many)
    yield "find in a window", ways(lambda one: lambda i: one.contender.window(windows[i]), _many)
    yield "nearest state", ways(lambda one: lambda i: one.contender.nearest(states[i]), _one)
    yield "count", ways(lambda one: lambda i: one.contender.count(windows[i]), _number)
    yield "reopen", ways(lambda one: lambda i: _reopen(one, numbers[i]), _one)
    yield "store one", ways(lambda one: _storing(one, count, calls), _nothing)


def _finding(states: Sequence[StateQuestion], one: Filled) -> Way:
    questions = [one.contender.prepare_question(state) for state in states]
    return lambda i: one.contender.query(questions[i])


def _reopen(one: Filled, number: int) -> Any:
    if one.contender.name == "propstore, memory":
        raise Cannot("cannot: it is gone when it is closed.")
    one.contender.close()
    one.contender.open()
    return one.contender.retrieve(one.keys[number])


def _storing(one: Filled, count: int, calls: int) -> Way:
    """Store further records; those that are compared are stored before those that are timed."""
    prepared = iter(one.contender.prepare(list(entries(count, count + calls + COMPARED))))
    return lambda _: one.contender.store(next(prepared))


def _one(contender: Contender, answer: Any) -> str:
    return json.dumps(contender.document(answer), sort_keys=True)


def _many(contender: Contender, answer: Sequence[Any]) -> str:
    return "\n".join(sorted(_one(contender, one) for one in answer))


def _number(_: Contender, answer: Any) -> str:
    return str(answer)


def _nothing(_: Contender, answer: Any) -> str:
    return str(answer is not None)


def compared(table: Table, column: str, ways: Ways) -> dict[str, Way]:
    """Compare the first answers, and give the ways of those who can do it."""
    able: dict[str, Way] = {}
    expected: list[str] | None = None
    for name, (way, form) in ways.items():
        try:
            answers = [form(way(number)) for number in range(COMPARED)]
        except Cannot as reason:
            table.add(name, column, Remark(reason))
            continue
        expected = answers if expected is None else expected
        for answer, other in zip(answers, expected, strict=True):
            if answer != other:
                raise DifferentAnswerError(
                    f"{column}: {name} gives\n{answer}\nand {next(iter(able))}\n{other}"
                )
        able[name] = way
    return able
