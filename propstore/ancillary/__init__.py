"""The files that belong to a record."""

from propstore.ancillary.directory import (
    CommittedDirectory,
    RecordDirectories,
    StagedDirectory,
)
from propstore.ancillary.manifest import FileEntry, Manifest

__all__ = [
    "CommittedDirectory",
    "FileEntry",
    "Manifest",
    "RecordDirectories",
    "StagedDirectory",
]
