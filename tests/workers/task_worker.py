"""Saves results of tasks, in a process that the tests start, and may kill.

Run: python task_worker.py JOB DIRECTORY ARGUMENT
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from propstore.external import FileStorage
from propstore.workers.tasks import TaskStorage
from tests.workers.task_samples import Box, BoxSerializer, DyingOnRemoval, DyingSerializer


def save_once(directory: Path, data: str) -> None:
    """Save with a serializer that has the process killed, in writing or in removing."""
    storage = TaskStorage(FileStorage(directory))
    storage.register_persistent_serializers(
        DyingOnRemoval if data == "removal" else DyingSerializer
    )
    storage.save("w", "t", Box(data.encode()))


def save_often(directory: Path, count: str) -> None:
    """Save results of one name, each of which is one number many times."""
    storage = TaskStorage(FileStorage(directory))
    storage.register_persistent_serializers(BoxSerializer)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for number in range(int(count)):
        storage.save("w", "t", {"list": [number] * 1000, "box": Box(b"%d" % number)})


def save_large(directory: Path, megabytes: str) -> None:
    """Save and slice a dask array that does not fit into the memory that there may be."""
    import dask
    import dask.array as da
    import numpy as np

    from propstore.objects import DaskArraySerializer

    rows = int(megabytes) * 2**20 // 8000
    storage = TaskStorage(FileStorage(directory))
    storage.register_persistent_serializers(DaskArraySerializer)
    with dask.config.set(scheduler="threads", num_workers=2):
        da.ones((10, 10), chunks=5).sum().compute()  # starts the threads
        limit = _memory_in_use() + 200 * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        try:
            np.ones((rows, 1000))
        except MemoryError:
            sys.stdout.write("the array does not fit into memory\n")
        array = da.arange(rows * 1000, chunks=10**6, dtype="f8").reshape(rows, 1000)
        storage.save("w", "t", {"large": array})
        found = storage.read_task("w", "t")["large"]
        part = found[rows // 2, :3].compute().tolist()
        sys.stdout.write(f"{found.nbytes // 2**20} {part} {float(found.max())}\n")


def _memory_in_use() -> int:
    """Give the bytes that count for RLIMIT_DATA."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    raise LookupError("VmData")


if __name__ == "__main__":
    jobs = {"once": save_once, "often": save_often, "large": save_large}
    jobs[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
