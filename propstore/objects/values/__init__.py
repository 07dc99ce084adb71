"""Python values as a JSON document with arrays beside it, and back."""

from propstore.objects.values.classes import ClassTable, storable
from propstore.objects.values.packed import FreshValue, PackedValue, Summary
from propstore.objects.values.packer import Packer
from propstore.objects.values.unpacker import Unpacker

__all__ = [
    "ClassTable",
    "FreshValue",
    "PackedValue",
    "Packer",
    "Summary",
    "Unpacker",
    "storable",
]
