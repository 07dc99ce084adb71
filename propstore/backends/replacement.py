"""Whether one record takes the place of another of its identity, and why."""

from __future__ import annotations

from typing import Any

from propstore.ancillary.large_fields import has_own_files
from propstore.errors import InvalidDataError
from propstore.model.stored_data import ReplaceableData, StoredData
from propstore.model.validation import shown

__all__ = ["reason_to_replace"]


def reason_to_replace(
    record: StoredData, files: Any, stored: StoredData, stored_files: Any
) -> str | None:
    """Say why a record takes the place of the one that is stored under its identity.

    Parameters
    ----------
    record, files
        The record and its files; None if it has none.
    stored, stored_files
        The one that is stored.

    Returns
    -------
    str or None
        The reason in words; None if the stored one stays.

    Raises
    ------
    InvalidDataError
        If the type's ``most_information`` gives neither of the two.
    """
    if has_own_files(record, files) and not has_own_files(stored, stored_files):
        return "it has files, and the one before had none"
    if not isinstance(record, ReplaceableData) or type(stored) is not type(record):
        return None
    best = type(record).most_information(stored, record)
    if best is not record and best is not stored:
        raise InvalidDataError(
            f"most_information of {type(record).__name__} gave {best!r}, "
            "which is neither of the two records."
        )
    if best is stored:
        return None
    return f"most_information of {type(record).__name__} chose it: {_differences(stored, record)}"


def _differences(stored: ReplaceableData, record: ReplaceableData) -> str:
    before, now = stored.identity_document(), record.identity_document()
    changes = [
        f"{name} {shown(getattr(stored, name))} → {shown(getattr(record, name))}"
        for name in now
        if name not in record.identity_fields and before.get(name) != now[name]
    ]
    return ", ".join(changes) or "all its fields are equal"
