"""Where records live."""

from propstore.backends.base import StorageBackend
from propstore.backends.index import Match
from propstore.backends.local import LocalFileStorage
from propstore.backends.memory import MemoryStorage
from propstore.backends.opening import open_store
from propstore.backends.selection import Selection
from propstore.backends.sqlite_storage import IncompleteAnswerWarning

__all__ = [
    "IncompleteAnswerWarning",
    "LocalFileStorage",
    "Match",
    "MemoryStorage",
    "Selection",
    "StorageBackend",
    "open_store",
]
