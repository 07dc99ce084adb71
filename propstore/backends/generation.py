"""One of the records that have stood under a key, one after the other."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from propstore.backends.index import Files
from propstore.model.stored_data import StoredData

__all__ = ["Generation"]


class Generation(NamedTuple):
    """A record that stands under a key, or stood there until another replaced it.

    Attributes
    ----------
    number
        Which of the key's generations it is. Each has a number of its own, and later ones have
        higher numbers.
    record
        The record.
    path
        Its files: a directory, or what is path-like; None if it has none.
    replaced
        When the next generation took its place, in UTC; None if it is the one that stands.
    reason
        Why the next one took its place: in what it had more information. None if none did.
    """

    number: int
    record: StoredData
    path: Files | None
    replaced: datetime | None
    reason: str | None
