"""The results of the tasks of workflows, kept and read again by name and inputs."""

from propstore.objects.serializers.persistent import (
    FILE_PROTOCOL,
    S3_PROTOCOL,
    Folder,
    ObjectStoreAccess,
    PersistentSerializer,
    generate_name,
)
from propstore.workers.tasks.factory import storage_factory
from propstore.workers.tasks.identity import code_version, result_identity
from propstore.workers.tasks.ray_files import RayFileStorage
from propstore.workers.tasks.running import ResultOf, Task, run_graph, run_task
from propstore.workers.tasks.storage import TaskStorage

__all__ = [
    "FILE_PROTOCOL",
    "S3_PROTOCOL",
    "Folder",
    "ObjectStoreAccess",
    "PersistentSerializer",
    "RayFileStorage",
    "ResultOf",
    "Task",
    "TaskStorage",
    "code_version",
    "generate_name",
    "result_identity",
    "run_graph",
    "run_task",
    "storage_factory",
]
