"""Content: bytes in storages, known by their digest."""

from propstore.objects.content.contents import Contents
from propstore.objects.content.digest import Digest, GetStreamDigest
from propstore.objects.content.external import (
    ExternalContentStorage,
    FileContentStorage,
    MemoryContentStorage,
    ObjectContentStorage,
)
from propstore.objects.content.router import ContentPointer, Router, hash_router
from propstore.objects.content.saved import SavedContent
from propstore.objects.content.storage import RemovableStorage, Storage, TagMap

__all__ = [
    "ContentPointer",
    "Contents",
    "Digest",
    "ExternalContentStorage",
    "FileContentStorage",
    "GetStreamDigest",
    "MemoryContentStorage",
    "ObjectContentStorage",
    "RemovableStorage",
    "Router",
    "SavedContent",
    "Storage",
    "TagMap",
    "hash_router",
]
