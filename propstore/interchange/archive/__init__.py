"""Collections: named sets of records, published as a folder or a file, and read from it."""

from propstore.interchange.archive.collection import Collection, find_collection
from propstore.interchange.archive.exporting import export_collection
from propstore.interchange.archive.importing import (
    CollectionImport,
    Conflict,
    import_collection,
)

__all__ = [
    "Collection",
    "CollectionImport",
    "Conflict",
    "export_collection",
    "find_collection",
    "import_collection",
]
