"""The files that belong to a record."""

from propstore.ancillary.area import FileArea, Placed, Staged
from propstore.ancillary.cache import FileCache
from propstore.ancillary.large import Large
from propstore.ancillary.local_area import LocalFileArea
from propstore.ancillary.manifest import FileEntry, Manifest
from propstore.ancillary.record_directory import RecordDirectory
from propstore.ancillary.record_files import RecordFiles
from propstore.ancillary.remote_area import RemoteFileArea
from propstore.ancillary.submission import AncillaryForm, Submission

__all__ = [
    "AncillaryForm",
    "FileArea",
    "FileCache",
    "FileEntry",
    "Large",
    "LocalFileArea",
    "Manifest",
    "Placed",
    "RecordDirectory",
    "RecordFiles",
    "RemoteFileArea",
    "Staged",
    "Submission",
]
