"""Values under names in a netCDF file, in a JSON file, or in memory."""

from propstore.objects.groups.group import StorageGroup
from propstore.objects.groups.json_storage import JSONStorage
from propstore.objects.groups.keys import StorageKey
from propstore.objects.groups.memory import MemoryGroupStorage
from propstore.objects.groups.netcdf_storage import NetCDFStorage
from propstore.objects.groups.storage import GenericStorage
from propstore.objects.groups.stored_array import StoredArray

__all__ = [
    "GenericStorage",
    "JSONStorage",
    "MemoryGroupStorage",
    "NetCDFStorage",
    "StorageGroup",
    "StorageKey",
    "StoredArray",
]
