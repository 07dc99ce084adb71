"""What propstore gives to those who write a storage, or test with one.

The suites are classes to inherit from, in the manner of zarr's ``StoreTests``. They need pytest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from propstore.testing.external_storage import ExternalStorageSuite
    from propstore.testing.faults import FaultInjector
    from propstore.testing.group_storage import GroupSuite
    from propstore.testing.storage_backend import StorageBackendSuite

__all__ = ["ExternalStorageSuite", "FaultInjector", "GroupSuite", "StorageBackendSuite"]

_MODULES = {
    "ExternalStorageSuite": "propstore.testing.external_storage",
    "FaultInjector": "propstore.testing.faults",
    "GroupSuite": "propstore.testing.group_storage",
    "StorageBackendSuite": "propstore.testing.storage_backend",
}

# Before they are imported, so that a failed assertion in a suite shows its values.
pytest.register_assert_rewrite(
    "propstore.testing.backend", "propstore.testing.external", "propstore.testing.groups"
)


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
