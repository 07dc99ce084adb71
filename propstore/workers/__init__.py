"""Sharing the work: units and their files, and Python objects kept beside the records."""

from propstore.workers.context import Context
from propstore.workers.executors import RayExecutor
from propstore.workers.loader import Loader, load_one, load_stream
from propstore.workers.manifest import ContentManifest
from propstore.workers.removal import Orphan, list_orphans, remove_one, remove_orphans
from propstore.workers.saver import Saver, save_one, save_stream
from propstore.workers.staging import StorageManager

__all__ = [
    "ContentManifest",
    "Context",
    "Loader",
    "Orphan",
    "RayExecutor",
    "Saver",
    "StorageManager",
    "list_orphans",
    "load_one",
    "load_stream",
    "remove_one",
    "remove_orphans",
    "save_one",
    "save_stream",
]
