import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("matplotlib", reason="the extra 'bench' is not installed")

from benchmarks.__main__ import PARTS as KNOWN_PARTS
from benchmarks.budgets import budgets
from benchmarks.measuring import Spread, by_turns, in_rounds
from benchmarks.results import write
from benchmarks.short import OPERATIONS, short
from benchmarks.tables import Remark, Table

ROOT = Path(__file__).parents[2]
PARTS = {
    "store": "store-50",
    "hits": "hits",
    "workers": "workers",
    "files": "files-small",
    "frames": "frames",
    "archive": "archive-small",
    "objects": "objects-3",
    "footprint": "footprint",
}
TINY = """
import sys
from dataclasses import replace
from pathlib import Path
from benchmarks.__main__ import run
from benchmarks.scale import QUICK

if __name__ == "__main__":
    tiny = replace(
        QUICK, records=(50,), calls=3, patience=0.02, processes=2, results=3, calculation=0.002,
        texts=20, archived=100_000, large_file=100_000, frames=60, objects=(3,), arrays=80_000,
        listed=50, repeats=1,
    )
    run(sys.argv[2:], tiny, Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run every part at a very small scale; that answers are equal is a part of the run."""
    directory = tmp_path_factory.mktemp("results")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    script = directory / "tiny.py"
    script.write_text(TINY)
    subprocess.run(
        [sys.executable, script, directory, *PARTS], check=True, env=environment, timeout=200
    )
    return directory


def _cells(results: Path, part: str, name: str) -> list[dict[str, Any]]:
    tables = json.loads((results / f"{part}.json").read_text())["tables"]
    (table,) = [table for table in tables if table["name"] == name]
    return list(table["cells"])


@pytest.mark.parametrize("part", PARTS)
def test_each_part_writes_a_table_as_json_and_markdown_with_a_plot(
    results: Path, part: str
) -> None:
    assert any("median" in cell for cell in _cells(results, part, PARTS[part]))
    assert f"]({PARTS[part]}.png)" in (results / f"{part}.md").read_text()
    assert (results / f"{PARTS[part]}.png").read_bytes().startswith(b"\x89PNG")


def test_the_conditions_of_a_run_are_written_with_it(results: Path) -> None:
    conditions = json.loads((results / "store.json").read_text())["conditions"]

    assert {"processor", "cores", "Python", "propstore"} <= set(conditions)


def test_a_ratio_is_that_to_the_reference(results: Path) -> None:
    found = {
        (cell["row"], cell["column"]): cell
        for cell in _cells(results, "store", "store-50")
        if "median" in cell
    }
    own, other = found["propstore", "retrieve"], found["sqlite3 by hand", "retrieve"]

    assert own["ratio"] == pytest.approx(own["median"] / other["median"])
    assert other["ratio"] == 1.0


def test_workers_of_propstore_calculate_each_result_once(results: Path) -> None:
    calculated = {
        cell["row"]: cell["median"]
        for cell in _cells(results, "workers", "workers")
        if cell["column"] == "calculations"
    }

    assert {calculated[row] for row in calculated if row.startswith("propstore")} == {3}


def test_what_a_contender_does_not_have_is_said_with_the_reason(results: Path) -> None:
    pytest.importorskip("diskcache")
    (cell,) = [
        cell
        for cell in _cells(results, "store", "store-50")
        if (cell["row"], cell["column"]) == ("diskcache", "count")
    ]

    assert cell["remark"] == "cannot: diskcache finds by key only."


def test_different_answers_end_the_run(tmp_path: Path) -> None:
    from benchmarks.filling import fill
    from benchmarks.peers.propstore_records import PropstoreMemory
    from benchmarks.peers.sqlite_records import SQLiteRecords
    from benchmarks.store import DifferentAnswerError, compared, operations

    class Forgetful(SQLiteRecords):
        def query(self, question: Any) -> list[Any]:
            return super().query(question)[:-1]

    filled = fill([PropstoreMemory, Forgetful], 50, 60.0, tmp_path)
    by_name = {one.contender.name: one for one in filled}
    table = Table("store", "", None, {})
    (ways,) = [
        ways
        for column, ways in operations(by_name, 50, 3)
        if column == "find by substance and state"
    ]

    with pytest.raises(DifferentAnswerError, match="sqlite3 by hand gives"):
        compared(table, "find by substance and state", ways)
    for one in filled:
        one.contender.close()


def test_a_contender_that_would_take_too_long_is_measured_as_far_as_it_came(
    tmp_path: Path,
) -> None:
    from benchmarks.filling import BATCH, fill
    from benchmarks.peers.sqlite_records import SQLiteRecords

    (filled,) = fill([SQLiteRecords], 3 * BATCH, 0.0, tmp_path)
    filled.contender.close()

    assert (len(filled.keys), filled.is_complete) == (BATCH, False)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0], Spread(3.0, 3.0, 3.0, 1)),
        ([1.0, 2.0, 3.0, 4.0, 5.0], Spread(3.0, 2.0, 4.0, 5)),
    ],
)
def test_a_spread_is_the_median_and_the_quartiles(
    values: Sequence[float], expected: Spread
) -> None:
    assert Spread.of(values) == expected


def test_those_who_take_turns_are_called_with_the_same_numbers() -> None:
    called: dict[str, list[int]] = {"one": [], "other": []}

    found = by_turns({name: called[name].append for name in called}, 5, 60.0)

    assert called == {"one": [0, 1, 2, 3, 4], "other": [0, 1, 2, 3, 4]}
    assert found["one"].samples == 5


def test_one_who_has_no_time_left_is_called_once_all_the_same() -> None:
    assert by_turns({"one": lambda _: None}, 1, 0.0)["one"].samples == 1


def test_the_first_round_does_not_count() -> None:
    called: list[int] = []

    assert len(in_rounds({"one": called.append}, 2)["one"]) == 2
    assert called == [0, 1, 2]


def test_a_remark_is_given_once_below_the_table() -> None:
    table = Table("name", "Title", None, {"a": "s", "b": "s"})
    for column in table.units:
        table.add("one", column, Remark("cannot: it is no store."))

    assert table.to_markdown().count("it is no store") == 1
    assert table.to_markdown().count("cannot (1)") == 2


def test_a_budget_that_is_missed_is_said_to_be(tmp_path: Path) -> None:
    table = Table("hits", "Hits", "query", {"time": "s"})
    table.add("query", "time", [1.0])
    table.add("compute_once", "time", [3.0])
    write(tmp_path, "hits", "quick", [table])

    found = budgets(tmp_path)

    assert found.notes["a hit in compute_once, to query", "of the budget"] == "missed."


def test_the_short_table_is_of_the_store_and_the_workers(tmp_path: Path) -> None:
    store = Table("store-10000", "Store", "sqlite3 by hand", dict.fromkeys(OPERATIONS, "s"))
    for operation in OPERATIONS:
        store.add("sqlite3 by hand", operation, [1.0, 2.0, 4.0])
        store.add("diskcache", operation, Remark("cannot: it is no store."))
    workers = Table("workers", "Workers", "ideal", {"calculations": ""})
    workers.add("diskcache, memoize", "calculations", [130.0])
    write(tmp_path, "store", "ordinary", [store])
    write(tmp_path, "workers", "ordinary", [workers])

    found = short(tmp_path)

    assert found is not None
    assert found.cells["sqlite3 by hand", "retrieve"] == Spread(2.0, 2.0, 2.0, 1)
    assert found.cells["diskcache", "retrieve"] == Remark("cannot: it is no store.")
    assert found.cells["diskcache", "calculations"] == Spread(130.0, 130.0, 130.0, 1)


def test_there_is_no_short_table_of_stores_of_other_sizes(tmp_path: Path) -> None:
    write(tmp_path, "hits", "quick", [Table("hits", "Hits", None, {})])

    assert short(tmp_path) is None


def test_the_commands_that_the_pages_name_measure_something():
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.py")]
    text = "\n".join(page.read_text() for page in pages)
    parts = set(re.findall(r"python -m benchmarks ([a-z]\w*)", text))
    assert parts <= set(KNOWN_PARTS)
    files = re.findall(r"python (?:-m benchmarks\.|benchmarks/)([a-z]\w*)", text)
    assert all(
        'if __name__ == "__main__"' in (ROOT / f"benchmarks/{name}.py").read_text()
        for name in files
    )
    assert {"archive", "hot_paths"} <= {*parts, *files}
