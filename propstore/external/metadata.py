"""What is known of a resource without its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Metadata"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """The size, time and digest of a resource.

    Parameters
    ----------
    size : int
        The number of bytes.
    modified : datetime or None
        When it was stored, in UTC; None where the storage doesn't say.
    digest : str
        The SHA-256 of the bytes, as 64 hexadecimal digits.
    """

    size: int
    modified: datetime | None
    digest: str
