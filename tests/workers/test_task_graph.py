"""Running graphs of tasks whose results are kept, and what makes a result another one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

import propstore as ps
from propstore.errors import CircularCalculationError, InvalidDataError, UncacheableError
from propstore.workers.tasks import (
    ResultOf,
    Task,
    TaskStorage,
    code_version,
    result_identity,
    run_graph,
    run_task,
    storage_factory,
)
from tests.samples import density

calls: list[str] = []


@pytest.fixture
def storage() -> TaskStorage:
    calls.clear()
    return storage_factory({"kind": "memory"})


def start(value: int) -> Any:
    calls.append("start")
    return np.arange(value)


def total(array: Any, factor: float = 1.0) -> float:
    calls.append("total")
    return float(array.sum() * factor)


def graph(value: int = 5, factor: float = 1.0, version: str | None = None) -> dict[str, Task]:
    return {
        "total": Task(total, {"array": ResultOf("start"), "factor": factor}),
        "start": Task(start, {"value": value}, version),
    }


def test_a_graph_is_run_in_order_and_its_results_are_kept(storage: TaskStorage) -> None:
    results = run_graph(storage, "operations", graph())
    assert results["total"] == 10
    assert calls == ["start", "total"]
    assert storage.list_tasks(workflow_name="operations", pattern="*") == ["start", "total"]
    assert storage.read_task(workflow_name="operations", task_name="total") == 10


def test_what_was_kept_is_not_run_again(storage: TaskStorage) -> None:
    run_graph(storage, "operations", graph())
    calls.clear()
    assert run_graph(storage, "operations", graph())["total"] == 10
    assert calls == []


def test_another_input_runs_what_depends_on_it_only(storage: TaskStorage) -> None:
    run_graph(storage, "operations", graph())
    calls.clear()
    assert run_graph(storage, "operations", graph(factor=2))["total"] == 20
    assert calls == ["total"]
    calls.clear()
    assert run_graph(storage, "operations", graph(value=3))["total"] == 3
    assert calls == ["start", "total"]
    calls.clear()
    assert run_graph(storage, "operations", graph())["total"] == 10  # is kept still
    assert calls == []


def test_another_version_of_the_code_runs_all_that_depends_on_it(storage: TaskStorage) -> None:
    run_graph(storage, "operations", graph(version="1"))
    calls.clear()
    run_graph(storage, "operations", graph(version="2"))
    assert calls == ["start", "total"]


def test_results_of_tasks_may_be_in_lists_tuples_and_dicts(storage: TaskStorage) -> None:
    def gather(parts: list[Any]) -> list[Any]:
        calls.append("gather")
        return parts

    def tasks(value: int) -> dict[str, Task]:
        parts = [ResultOf("start"), (ResultOf("start"),), {"a": ResultOf("start")}, 5]
        return {
            "gather": Task(gather, {"parts": parts}),
            "start": Task(lambda value: value, {"value": value}, "1"),
        }

    assert run_graph(storage, "w", tasks(1))["gather"] == [1, (1,), {"a": 1}, 5]
    assert run_graph(storage, "w", tasks(2))["gather"] == [2, (2,), {"a": 2}, 5]
    run_graph(storage, "w", tasks(2))
    assert calls == ["gather", "gather"]


def test_an_input_that_is_an_identity_is_not_the_result_of_a_task(storage: TaskStorage) -> None:
    tasks = {
        "a": Task(total, {"array": np.arange(3)}),
        "b": Task(total, {"array": ResultOf("c")}),
        "c": Task(start, {"value": 4}),
    }
    assert run_graph(storage, "w", tasks)["b"] == 6
    made_of = result_identity({"value": 4}, code_version(start))
    assert not storage.file_exists("w", "b", inputs={"array": made_of}, version=code_version(total))


def test_always_read_goes_on_with_what_is_read(storage: TaskStorage) -> None:
    given = [1, 2]
    assert run_task(storage, "w", "a", lambda: given, {}, version="1") is given
    storage.always_read = True
    found = run_task(storage, "w", "b", lambda: given, {}, version="1")
    assert found == given
    assert found is not given


def test_a_failing_task_keeps_what_was_done_before(storage: TaskStorage) -> None:
    def fail(array: Any) -> None:
        raise ArithmeticError("no convergence")

    tasks = {**graph(), "fail": Task(fail, {"array": ResultOf("start")})}
    with pytest.raises(ArithmeticError, match="no convergence"):
        run_graph(storage, "operations", tasks)
    assert "start" in storage.list_tasks("operations")
    assert "fail" not in storage.list_tasks("operations")


def test_a_graph_that_needs_itself_is_refused(storage: TaskStorage) -> None:
    tasks = {
        "a": Task(total, {"array": ResultOf("b")}),
        "b": Task(total, {"array": ResultOf("a")}),
    }
    with pytest.raises(CircularCalculationError, match="'a'"):
        run_graph(storage, "w", tasks)
    assert calls == []


def test_a_graph_that_needs_what_it_has_not_is_refused(storage: TaskStorage) -> None:
    with pytest.raises(InvalidDataError, match="'a' needs the result of 'b'.*there are 'a'"):
        run_graph(storage, "w", {"a": Task(total, {"array": ResultOf("b")})})


def test_a_function_without_source_needs_a_version(storage: TaskStorage) -> None:
    with pytest.raises(UncacheableError, match="version='1'"):
        run_graph(storage, "w", {"a": Task(len, {"obj": [1]})})


@dataclass
class Settings:
    cutoff: float
    terms: list[str]


class Model(BaseModel):
    cutoff: float
    terms: list[str]


class OpenModel(BaseModel, extra="allow"):
    cutoff: float


class Lengths(np.ndarray[Any, Any]):
    """An array that has more than its elements."""

    unit = "m"


DIFFERENT: list[Any] = [
    None,
    0,
    0.5,
    "0",
    True,
    [],
    (),
    {},
    set(),
    frozenset(),
    b"",
    bytearray(),
    float("inf"),
    float("-inf"),
    {"a": 1},
    {1: "a"},
    [("a", 1)],
    np.zeros(2),
    np.zeros(2, "f4"),
    np.zeros((1, 2)),
    np.array([None, 0.0]),
    [0.0, 0.0],
    Settings(1.0, ["bonds"]),
    Settings(1.0, ["angles"]),
    Model(cutoff=1.0, terms=["bonds"]),
    Model(cutoff=1.0, terms=["angles"]),
    OpenModel(cutoff=1.0, terms="bonds"),  # type: ignore[call-arg]
    OpenModel(cutoff=1.0, terms="angles"),  # type: ignore[call-arg]
    np.ma.masked_array([1, 2], mask=[True, False]),
    np.ma.masked_array([1, 2], mask=[False, True]),
    np.ma.masked_array([1, 2]),
    np.array([1, 2]),
    ps.Quantity("1 nm"),
    density(),
    density("310 K"),
    1 + 2j,
    date(2026, 1, 1),
    0.1,
    0.1 + 1e-16,
    123456789012345.0,
    123456789012346.0,
    2**70,
    2**70 + 1,
]


def test_inputs_that_differ_are_different_identities() -> None:
    identities = [result_identity({"x": value}) for value in DIFFERENT]
    assert len(set(identities)) == len(identities)
    assert len({result_identity({"x": 1}), result_identity({"y": 1}), result_identity()}) == 3
    assert result_identity({}, "1") != result_identity({}, "2")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (np.float64(0.5), 0.5),
        (np.int32(5), 5),
        (ps.Quantity("1 nm"), ps.Quantity("10 angstrom")),
        (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3))),
        (np.arange(10)[::2], np.array([0, 2, 4, 6, 8])),
        (Settings(1.0, ["x"]), Settings(1, ["x"])),
        (ps.Quantity("0.1 nm") * 3, ps.Quantity("0.3 nm")),
        (density(), density()),
    ],
)
def test_inputs_that_are_the_same_are_one_identity(one: Any, other: Any) -> None:
    assert result_identity({"x": one}) == result_identity({"x": other})


def test_dask_arrays_are_inputs_by_what_they_compute() -> None:
    da = pytest.importorskip("dask.array", reason="dask is not installed")
    assert result_identity({"x": da.arange(5)}) == result_identity({"x": da.arange(5)})
    assert result_identity({"x": da.arange(5)}) != result_identity({"x": da.arange(6)})


def test_the_identity_is_the_same_in_every_process() -> None:
    code = (
        "from propstore.workers.tasks import result_identity;"
        "print(result_identity({'x': {'a', 'b', 'c'}, 'y': {'k': (1, 2.5)}}, '1'))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
        ).stdout
        for env in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    }
    assert found == {result_identity({"y": {"k": (1, 2.5)}, "x": {"a", "b", "c"}}, "1") + "\n"}


@pytest.mark.parametrize(
    "value", [open, object(), [1, {"f": open}], Path("file"), np.zeros(3).view(Lengths)]
)
def test_what_has_no_content_can_t_be_an_input(value: Any) -> None:
    with pytest.raises(InvalidDataError, match="the input x"):
        result_identity({"x": value})


@pytest.mark.parametrize(
    ("inputs", "version", "message"),
    [
        ([1, 2], None, "the inputs are"),
        ({1: "a"}, None, "the name of an input is 1"),
        ({}, 1, "the version is 1; it has to be text, such as '1'"),
    ],
)
def test_inputs_have_names_and_a_version_is_text(inputs: Any, version: Any, message: str) -> None:
    with pytest.raises(InvalidDataError, match=message):
        result_identity(inputs, version)


def test_an_input_in_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(InvalidDataError, match="in itself"):
        result_identity({"x": value})


def test_the_version_of_code_follows_its_source() -> None:
    assert code_version(start) == code_version(start)
    assert code_version(start) != code_version(total)
