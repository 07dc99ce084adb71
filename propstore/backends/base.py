"""The storage backend: what every store offers."""

from __future__ import annotations

from propstore.backends.computing import ComputingOnce
from propstore.backends.transferring import Transferring

__all__ = ["StorageBackend"]


class StorageBackend(ComputingOnce, Transferring):
    """Keeps records and their files under unique keys, and finds them again.

    A backend is a subclass with the three hooks ``_store_object``, ``_retrieve_object`` and
    ``_object_exists``; with them alone it is complete. They run under one reentrant lock, so they
    need not care about threads. A backend that can do more says so by overriding, as
    capabilities, ``_remove_object``, ``_transaction``, ``_staged`` and ``_make_index``.

    Parameters
    ----------
    read_only
        Whether everything that would write is refused.
    ancillary
        How the files of records are kept, unless ``store_object`` is told otherwise.
    """
