"""A workflow whose results are kept: run twice, it computes once.

Needs Dask: pip install 'propstore[dask]'.

Run: python examples/tasks.py [directory]
"""

import sys

import numpy as np

from propstore.workers.tasks import ResultOf, Task, TaskStorage, run_graph, storage_factory


def read_lengths(count: int) -> np.ndarray:
    """Give what stands for measured bond lengths, in nm."""
    print("  reading")
    return 0.1 + 0.001 * np.sin(np.arange(count))


def mean(lengths: np.ndarray) -> float:
    """Give the mean."""
    print("  taking the mean")
    return float(lengths.mean())


def spread(lengths: np.ndarray, center: float) -> float:
    """Give the root of the mean square distance from a center."""
    print("  measuring the spread")
    return float(np.sqrt(((lengths - center) ** 2).mean()))


def graph(count: int) -> dict[str, Task]:
    """Give the tasks for a number of bonds."""
    lengths = ResultOf("lengths")
    return {
        "lengths": Task(read_lengths, {"count": count}),
        "mean": Task(mean, {"lengths": lengths}),
        "spread": Task(spread, {"lengths": lengths, "center": ResultOf("mean")}),
    }


def run_with_dask(storage: TaskStorage) -> float:
    """Run the same tasks as a graph of Dask's."""
    import dask

    from propstore.workers.tasks import run_task

    @dask.delayed
    def node(name, function, **inputs):
        return run_task(storage, "with dask", name, function, inputs)

    lengths = node("lengths", read_lengths, count=1000)
    center = node("mean", mean, lengths=lengths)
    return float(node("spread", spread, lengths=lengths, center=center).compute())


def main(directory: str | None = None) -> None:
    """Run the workflow twice, then with another input, then with Dask."""
    kind = "memory" if directory is None else "file"
    options = {} if directory is None else {"path": directory}
    storage = storage_factory({"kind": kind, "options": options})
    for count in (1000, 1000, 2000):
        print(f"{count} bonds:")
        print(f"  spread: {run_graph(storage, 'bonds', graph(count))['spread']:.6f} nm")
    print("tasks with results:", storage.list_tasks(workflow_name="bonds", pattern="*"))
    print("with Dask:")
    print(f"  spread: {run_with_dask(storage):.6f} nm")


if __name__ == "__main__":
    main(*sys.argv[1:2])
