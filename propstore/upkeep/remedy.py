"""What a repair did."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Remedy"]


class Remedy(NamedTuple):
    """One thing that a repair did, or could not do.

    Attributes
    ----------
    key
        The record that it is about; None if it is about the store as a whole.
    what
        What was wrong and what was done about it, in words.
    """

    key: str | None
    what: str

    def __str__(self) -> str:
        return f"{self.key or 'catalog'}: {self.what}"
