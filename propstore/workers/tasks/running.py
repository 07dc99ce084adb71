"""Running tasks whose results are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from propstore.errors import CircularCalculationError, InvalidDataError, MissingResultError
from propstore.workers.tasks.identity import code_version, result_identity
from propstore.workers.tasks.storage import TaskStorage

__all__ = ["ResultOf", "Task", "run_graph", "run_task"]


class ResultOf(NamedTuple):
    """The result of another task of the graph, as an input.

    Parameters
    ----------
    task : str
        Its name.
    """

    task: str


@dataclass(frozen=True)
class Task:
    """A function and its inputs.

    Parameters
    ----------
    function : callable
        The function, which takes its inputs by their names.
    inputs : mapping
        The inputs. `ResultOf` another task may stand for each, and in lists, tuples and dicts.
    version : str, optional
        The version of the function; by default that of its source, as `code_version` has it.
    """

    function: Callable[..., Any]
    inputs: Mapping[str, Any] = field(default_factory=dict)
    version: str | None = None

    @property
    def needs(self) -> set[str]:
        """The names of the tasks whose results are inputs."""
        return set(_needed(list(self.inputs.values())))


@dataclass(frozen=True)
class _MadeBy:
    """What stands for the result of a task in the identity of others."""

    identity: str


def run_task(
    storage: TaskStorage,
    workflow_name: str,
    task_name: str,
    function: Callable[..., Any],
    inputs: Mapping[str, Any],
    *,
    identity: Mapping[str, Any] | None = None,
    version: str | None = None,
) -> Any:
    """Give the result of a task: read it, or else call the function and save what it gives.

    Parameters
    ----------
    storage : TaskStorage
        Where results are kept.
    workflow_name, task_name : str
        Of what it is the result.
    function : callable
        The function, which takes its inputs by their names.
    inputs : mapping
        The inputs.
    identity : mapping, optional
        What stands for the inputs in the identity of the result, if they are too large for that
        or of no such kind.
    version : str, optional
        The version of the function; by default that of its source.

    Raises
    ------
    PropstoreError
        As `TaskStorage.read_task` and `TaskStorage.save` do, but for `MissingResultError`.
    """
    version = code_version(function) if version is None else version
    known = inputs if identity is None else identity
    try:
        return storage.read_task(workflow_name, task_name, inputs=known, version=version)
    except MissingResultError:
        result = function(**inputs)
    storage.save(workflow_name, task_name, result, inputs=known, version=version)
    if storage.always_read:
        return storage.read_task(workflow_name, task_name, inputs=known, version=version)
    return result


def run_graph(
    storage: TaskStorage, workflow_name: str, tasks: Mapping[str, Task]
) -> dict[str, Any]:
    """Run the tasks of a graph, but for those whose results are kept already.

    The identity of a task that needs the results of others has their identities in it: if an input
    or the code of a task was changed, it is run again, and so is all that depends on it.

    Parameters
    ----------
    storage : TaskStorage
        Where results are kept.
    workflow_name : str
        The workflow.
    tasks : mapping
        The tasks by their names.

    Returns
    -------
    dict
        The results by the names of the tasks.

    Raises
    ------
    InvalidDataError
        If a task needs one that is not in the graph.
    CircularCalculationError
        If tasks need one another.
    PropstoreError
        As `run_task` does.
    """
    storage.new_workflow(workflow_name)
    results: dict[str, Any] = {}
    makers: dict[str, _MadeBy] = {}
    for name in _in_order(tasks):
        task = tasks[name]
        inputs = {key: _filled(value, results) for key, value in task.inputs.items()}
        known = {key: _filled(value, makers) for key, value in task.inputs.items()}
        version = code_version(task.function) if task.version is None else task.version
        makers[name] = _MadeBy(result_identity(known, version))
        results[name] = run_task(
            storage, workflow_name, name, task.function, inputs, identity=known, version=version
        )
    return results


def _needed(value: Any) -> Iterator[str]:
    """Give the names of the tasks whose results are in an input."""
    if isinstance(value, ResultOf):
        yield value.task
    elif type(value) in (list, tuple, dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _needed(one)


def _filled(value: Any, results: Mapping[str, Any]) -> Any:
    """Give an input with the results of tasks that are in it."""
    if isinstance(value, ResultOf):
        return results[value.task]
    if type(value) is dict:
        return {key: _filled(one, results) for key, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_filled(one, results) for one in value)
    return value


def _in_order(tasks: Mapping[str, Task]) -> list[str]:
    for name, task in tasks.items():
        for needed in task.needs - tasks.keys():
            raise InvalidDataError(
                f"the task {name!r} needs the result of {needed!r}, which is not in the graph; "
                f"there are {', '.join(map(repr, tasks))}"
            )
    try:
        return list(TopologicalSorter({n: task.needs for n, task in tasks.items()}).static_order())
    except CycleError as error:
        raise CircularCalculationError(
            f"these tasks need one another: {', '.join(map(repr, error.args[1]))}"
        ) from error
