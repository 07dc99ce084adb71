"""Records in memory, for tests, trials and short-lived work."""

from __future__ import annotations

from typing import Any

from propstore.ancillary import AncillaryForm, LocalFileArea
from propstore.backends.sqlite_storage import SQLiteStorage
from propstore.backends.temporary import TemporaryFolder
from propstore.errors import UnsupportedOperationError
from propstore.external import FileStorage

__all__ = ["MemoryStorage"]


class MemoryStorage(SQLiteStorage):
    """Keeps records in memory until the store is closed or the process ends.

    Files that belong to records lie in a temporary directory meanwhile.

    Parameters
    ----------
    ancillary
        How the files of records are kept, unless ``store_object`` is told otherwise.
    """

    def __init__(self, *, ancillary: AncillaryForm = "directory") -> None:
        super().__init__(None, ancillary=ancillary)
        self._temporary: TemporaryFolder | None = None

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
            self._temporary.remove()
            self._temporary = None

    @property
    def area(self) -> LocalFileArea:
        """Where the files of the records are."""
        with self._lock:  # of two folders, one would be gone at once, with what is in it
            if self._temporary is None:
                self._temporary = TemporaryFolder()
            return LocalFileArea(FileStorage(self._temporary.path))
