"""The manifest of a record's files: which there are, how large, and with which digest."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from propstore.errors import AncillaryDataError

__all__ = ["FileEntry", "Manifest"]

_KINDS = {"name": str, "size": int, "sha256": str, "mode": int, "modified": int}


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a record.

    Attributes
    ----------
    name
        The path inside the record's directory, with ``/`` between its parts, as `os.fsdecode`
        gives it.
    size
        The number of bytes.
    sha256
        The SHA-256 of the bytes, as 64 hexadecimal digits.
    mode
        The permission bits.
    modified
        When it was changed, in nanoseconds since 1970-01-01 UTC.
    """

    name: str
    size: int
    sha256: str
    mode: int
    modified: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a record's files are.

    Attributes
    ----------
    files
        The files, in the order of their names.
    directories
        The directories among them, each before those inside it.
    archive
        The archive that holds the files; None if they lie in a directory.
    """

    files: tuple[FileEntry, ...]
    directories: tuple[str, ...] = ()
    archive: FileEntry | None = None

    @property
    def size(self) -> int:
        """The number of bytes in all files."""
        return sum(entry.size for entry in self.files)

    def to_document(self) -> dict[str, Any]:
        """Give the manifest as JSON has it."""
        document = asdict(self)
        if self.archive is None:
            del document["archive"]
        return document

    @classmethod
    def from_document(cls, document: Any) -> Manifest:
        """Read a manifest from its JSON.

        Raises
        ------
        AncillaryDataError
            If it is none.
        """
        try:
            archive = document.get("archive")
            manifest = cls(
                files=tuple(_entry(entry) for entry in document["files"]),
                directories=tuple(document["directories"]),
                archive=None if archive is None else _entry(archive),
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise AncillaryDataError(f"this is no manifest of files: {error!r}") from error
        for name in (*(entry.name for entry in manifest.files), *manifest.directories):
            _check_name(name)
        return manifest


def _entry(document: dict[str, Any]) -> FileEntry:
    entry = FileEntry(**document)
    for name, kind in _KINDS.items():
        if type(getattr(entry, name)) is not kind:
            raise TypeError(f"{name} of {entry.name!r} is no {kind.__name__}")
    return entry


def _check_name(name: Any) -> None:
    parts = name.split("/") if isinstance(name, str) else [""]
    if "\0" in str(name) or any(part in ("", ".", "..") for part in parts):
        raise AncillaryDataError(f"{name!r} in a manifest is not the name of a file.")
