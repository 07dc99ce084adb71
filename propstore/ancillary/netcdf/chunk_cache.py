"""How much of a variable HDF5 keeps in memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import netCDF4

__all__ = ["bound_chunk_cache"]

LEAST = 1024 * 1024  # bytes
MOST = 64 * 1024 * 1024  # bytes; what netCDF4 takes


def bound_chunk_cache(variable: netCDF4.Variable[Any]) -> netCDF4.Variable[Any]:
    """Have no more of a variable kept than what is needed to go through it from end to end.

    Those are the chunks beside each other along its first axis. Each variable that was touched
    keeps its own until the file is closed, so that many large ones would fill the memory.
    """
    chunks = variable.chunking()
    if not isinstance(chunks, str):  # "contiguous": there are no chunks
        abreast = chunks[0] * math.prod(variable.shape[1:]) * variable.dtype.itemsize
        variable.set_var_chunk_cache(size=min(MOST, max(LEAST, abreast)))
    return variable
