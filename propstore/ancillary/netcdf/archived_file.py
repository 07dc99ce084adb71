"""A file as an archive knows it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ArchivedFile"]


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file in an archive.

    Parameters
    ----------
    name : str
        Its path from the archived directory, with slashes, as `os.fsdecode` gives it.
    size : int
        Its size in bytes.
    sha256 : str
        The SHA-256 of its bytes, as 64 hexadecimal digits.
    mode : int
        Its permission bits.
    modified : int
        When it was changed, in nanoseconds since 1970-01-01 UTC.
    """

    name: str
    size: int
    sha256: str
    mode: int
    modified: int
