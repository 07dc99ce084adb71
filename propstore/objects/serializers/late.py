"""Libraries that are needed only by those who use them."""

from __future__ import annotations

from typing import Any

__all__ = ["import_pyarrow"]


def import_pyarrow() -> Any:
    """Import pyarrow.

    Raises
    ------
    ImportError
        If it is not installed; the message tells how to.
    """
    try:
        import pyarrow
        import pyarrow.ipc
    except ImportError as error:
        raise ImportError(
            "tables need pyarrow, which is not installed: pip install 'propstore[pandas]'"
        ) from error
    return pyarrow
