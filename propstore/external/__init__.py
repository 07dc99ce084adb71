"""Bytes at locations: in files, in memory, in an object store."""

from propstore.external.base import ExternalStorage
from propstore.external.copying import CopyProgress, copy_contents, copy_resource
from propstore.external.file import FileStorage
from propstore.external.memory import MemoryStorage
from propstore.external.metadata import Metadata
from propstore.external.object_store import ObjectStorage
from propstore.external.opening import open_storage
from propstore.external.write_mode import IfDigest, WriteMode

__all__ = [
    "CopyProgress",
    "ExternalStorage",
    "FileStorage",
    "IfDigest",
    "MemoryStorage",
    "Metadata",
    "ObjectStorage",
    "WriteMode",
    "copy_contents",
    "copy_resource",
    "open_storage",
]
