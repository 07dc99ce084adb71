"""What a calculation gives back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from propstore.errors import UnfitResultError
from propstore.model.stored_data import StoredData
from propstore.model.validation import shown

__all__ = ["Result"]


@dataclass(frozen=True)
class Result:
    """A record, and the directory of its files if it has any."""

    record: StoredData
    directory: str | os.PathLike[str] | None = None

    @classmethod
    def of(cls, given: Any) -> Result:
        """Read what a calculation gave.

        Raises
        ------
        UnfitResultError
            If it is not a record, or a record and a directory.
        """
        record, directory = given, None
        if isinstance(given, tuple) and len(given) == 2:
            record, directory = given
        is_path = directory is None or isinstance(directory, str | os.PathLike)
        if not isinstance(record, StoredData) or not is_path:
            raise UnfitResultError(
                f"the calculation gave {shown(given)}; it has to give a record, or a record and "
                "the directory of its files."
            )
        return cls(record, directory)
