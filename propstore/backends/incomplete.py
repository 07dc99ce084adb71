"""What is said when an answer lacks records that this program can't read as their type."""

from __future__ import annotations

import warnings
from collections.abc import Collection

from propstore.model.stored_data import StoredData

__all__ = ["IncompleteAnswerWarning", "report_left_out"]


class IncompleteAnswerWarning(UserWarning):
    """Records that may belong to an answer could not be read as their type, and are left out."""


def report_left_out(left_out: Collection[str], record_type: type[StoredData]) -> None:
    """Warn that records of some types were left out of an answer, if there are any."""
    if left_out:
        warnings.warn(
            f"records of {', '.join(sorted(left_out))} were stored by a later program and are left "
            f"out of an answer about {record_type.__name__}.",
            IncompleteAnswerWarning,
            stacklevel=2,
        )
