"""What propstore gives to those who write a storage, or test with one.

The suites are classes to inherit from, in the manner of zarr's ``StoreTests``. They need pytest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from propstore.testing.external_storage import ExternalStorageSuite

__all__ = ["ExternalStorageSuite"]

_MODULES = {"ExternalStorageSuite": "propstore.testing.external_storage"}

# Before they are imported, so that a failed assertion in a suite shows its values.
pytest.register_assert_rewrite("propstore.testing.external")


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
