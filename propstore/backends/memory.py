"""Records in memory, for tests, trials and short-lived work."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from propstore.ancillary import RecordDirectories
from propstore.backends.sqlite_storage import SQLiteStorage
from propstore.errors import UnsupportedOperationError
from propstore.external import FileStorage

__all__ = ["MemoryStorage"]


class MemoryStorage(SQLiteStorage):
    """Keeps records in memory until the store is closed or the process ends.

    Files that belong to records lie in a temporary directory meanwhile.
    """

    def __init__(self) -> None:
        super().__init__(None)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def __repr__(self) -> str:
        return "MemoryStorage()"

    def __reduce__(self) -> Any:
        raise UnsupportedOperationError(
            "a MemoryStorage lives in one process and can't be pickled; open a store in a folder."
        )

    def close(self) -> None:
        """Forget everything."""
        super().close()
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    @property
    def _directories(self) -> RecordDirectories:
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="propstore-")
        return RecordDirectories(FileStorage(Path(self._temporary.name)))
