"""Python objects as bytes: serializers, groups of values in a file, and objects in files."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from propstore.objects.content import (
        ContentPointer,
        Contents,
        Digest,
        ExternalContentStorage,
        FileContentStorage,
        GetStreamDigest,
        MemoryContentStorage,
        ObjectContentStorage,
        RemovableStorage,
        Router,
        SavedContent,
        Storage,
        TagMap,
        hash_router,
    )
    from propstore.objects.groups import (
        GenericStorage,
        JSONStorage,
        MemoryGroupStorage,
        NetCDFStorage,
        StorageGroup,
        StorageKey,
        StoredArray,
    )
    from propstore.objects.saving import (
        ClassVersion,
        Listing,
        browse,
        load,
        save,
    )
    from propstore.objects.serializers import (
        ArrowSerializer,
        BytesSerializer,
        JsonSerializer,
        NumpySerializer,
        PandasSerializer,
        PickleSerializer,
        SerializedData,
        SerializedStream,
        Serializer,
        SerializerRegistry,
        TextSerializer,
        default_serializers,
    )
    from propstore.objects.serializers.dask_arrays import DaskArraySerializer
    from propstore.objects.values import (
        storable,
    )

__all__ = [
    "ArrowSerializer",
    "BytesSerializer",
    "ClassVersion",
    "ContentPointer",
    "Contents",
    "DaskArraySerializer",
    "Digest",
    "ExternalContentStorage",
    "FileContentStorage",
    "GenericStorage",
    "GetStreamDigest",
    "JSONStorage",
    "JsonSerializer",
    "Listing",
    "MemoryContentStorage",
    "MemoryGroupStorage",
    "NetCDFStorage",
    "NumpySerializer",
    "ObjectContentStorage",
    "PandasSerializer",
    "PickleSerializer",
    "RemovableStorage",
    "Router",
    "SavedContent",
    "SerializedData",
    "SerializedStream",
    "Serializer",
    "SerializerRegistry",
    "Storage",
    "StorageGroup",
    "StorageKey",
    "StoredArray",
    "TagMap",
    "TextSerializer",
    "browse",
    "default_serializers",
    "hash_router",
    "load",
    "save",
    "storable",
]

# Imported late: who needs the lock of netCDF from a package in here has no use for asyncio.
_MODULES = {
    "propstore.objects.content": (
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
    ),
    "propstore.objects.groups": (
        "GenericStorage",
        "JSONStorage",
        "MemoryGroupStorage",
        "NetCDFStorage",
        "StorageGroup",
        "StorageKey",
        "StoredArray",
    ),
    "propstore.objects.saving": (
        "ClassVersion",
        "Listing",
        "browse",
        "load",
        "save",
    ),
    "propstore.objects.serializers": (
        "ArrowSerializer",
        "BytesSerializer",
        "JsonSerializer",
        "NumpySerializer",
        "PandasSerializer",
        "PickleSerializer",
        "SerializedData",
        "SerializedStream",
        "Serializer",
        "SerializerRegistry",
        "TextSerializer",
        "default_serializers",
    ),
    "propstore.objects.serializers.dask_arrays": ("DaskArraySerializer",),
    "propstore.objects.values": ("storable",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE_OF[name]), name)
