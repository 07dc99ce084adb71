"""The lock of the netCDF library.

Neither netCDF-C nor HDF5 is safe in several threads, not even on several files, so every call of
propstore's goes through one lock.
"""

from __future__ import annotations

import threading

__all__ = ["NETCDF_LOCK"]

NETCDF_LOCK = threading.RLock()
