"""The conditions under which something is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from propstore.external.digest import checked_digest

__all__ = ["IfDigest", "WriteMode", "checked_write_mode"]


@dataclass(frozen=True, slots=True)
class IfDigest:
    """Store only if the content that is to be replaced is still the one that was seen.

    Parameters
    ----------
    digest : str
        The SHA-256 of the content that is expected, as 64 hexadecimal digits.

    Raises
    ------
    ValueError
        If the digest is not a SHA-256.
    """

    digest: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", checked_digest(self.digest))


WriteMode: TypeAlias = Literal["overwrite", "create"] | IfDigest
"""``"overwrite"`` whatever is there, ``"create"`` only where nothing is, or `IfDigest`."""


def checked_write_mode(mode: WriteMode) -> WriteMode:
    """Give a mode back, or say which there are.

    Raises
    ------
    ValueError
        If it is none of the modes.
    """
    if isinstance(mode, IfDigest) or mode in ("overwrite", "create"):
        return mode
    raise ValueError(f"the mode is {mode!r}; it has to be 'overwrite', 'create' or IfDigest(...)")
