"""Where records live."""

from propstore.backends.base import StorageBackend
from propstore.backends.incomplete import IncompleteAnswerWarning
from propstore.backends.index import Match
from propstore.backends.local import LocalFileStorage
from propstore.backends.memory import MemoryStorage
from propstore.backends.opening import open_store
from propstore.backends.postgres import PostgresStorage
from propstore.backends.selection import Selection
from propstore.backends.tinydb import LargeCatalogWarning, TinyDBStorage

__all__ = [
    "IncompleteAnswerWarning",
    "LargeCatalogWarning",
    "LocalFileStorage",
    "Match",
    "MemoryStorage",
    "PostgresStorage",
    "Selection",
    "StorageBackend",
    "TinyDBStorage",
    "open_store",
]
