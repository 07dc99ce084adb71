"""Where in an external storage the parts of results are.

::

    workflows/<workflow>.json                                 that there is such a workflow
    tasks/<workflow>/<task>/<identity>.json                   which data are the result
    data/<workflow>/<generation>/value                        the bytes of the value
    data/<workflow>/<generation>/kept/...                     what serializers keep
    files/...                                                 what others keep

A generation is written once, and never changed. The file of a result is replaced in one step, so
that a reader sees the old generation or the new.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from propstore.workers.tasks.names import encoded_name

__all__ = [
    "DATA",
    "FILES",
    "SUFFIX",
    "TASKS",
    "WORKFLOWS",
    "generation_folder",
    "is_older",
    "new_generation",
    "result_location",
    "task_folder",
    "workflow_location",
]

WORKFLOWS = "workflows"
TASKS = "tasks"
DATA = "data"
FILES = "files"
SUFFIX = ".json"

_TIME_FORMAT = "%Y%m%dT%H%M%S"


def workflow_location(workflow: str) -> str:
    """Give the location of the file that says that there is a workflow."""
    return f"{WORKFLOWS}/{encoded_name('workflow', workflow)}{SUFFIX}"


def task_folder(workflow: str, task: str) -> str:
    """Give the directory of the results of a task."""
    return f"{TASKS}/{encoded_name('workflow', workflow)}/{encoded_name('task', task)}"


def result_location(workflow: str, task: str, identity: str) -> str:
    """Give the location of the file that leads to a result."""
    return f"{task_folder(workflow, task)}/{identity}{SUFFIX}"


def generation_folder(workflow: str, generation: str) -> str:
    """Give the directory of the data of a result."""
    return f"{DATA}/{encoded_name('workflow', workflow)}/{generation}"


def new_generation() -> str:
    """Name a generation that begins now."""
    return f"{datetime.now(UTC).strftime(_TIME_FORMAT)}-{uuid.uuid4().hex}"


def is_older(generation: str, age: timedelta) -> bool:
    """Say whether a generation began longer ago than that; not of what is no generation."""
    try:
        began = datetime.strptime(generation.partition("-")[0], _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return False
    return datetime.now(UTC) - began >= age
