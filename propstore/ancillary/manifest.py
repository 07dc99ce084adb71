"""The manifest of a record's files: which there are, how large, and with which digest."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["FileEntry", "Manifest"]


class FileEntry(BaseModel):
    """One file of a record.

    Attributes
    ----------
    name
        The path inside the record's directory, with ``/`` between its parts.
    size
        The number of bytes.
    sha256
        The SHA-256 of the bytes, as 64 hexadecimal digits.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    size: int
    sha256: str


class Manifest(BaseModel):
    """What a record's directory holds.

    Attributes
    ----------
    files
        The files, in the order of their names.
    empty_directories
        The directories that hold nothing, which no file tells of.
    """

    model_config = ConfigDict(frozen=True)

    files: tuple[FileEntry, ...]
    empty_directories: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The number of bytes in all files."""
        return sum(entry.size for entry in self.files)
