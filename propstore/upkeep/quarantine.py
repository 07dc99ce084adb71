"""The folder of a store for what could not be read, or may be the only copy of something."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from propstore.ancillary import FileArea, LocalFileArea
from propstore.ancillary.copying import unused_name
from propstore.errors import ExternalResourceError
from propstore.external.durable import atomic_write, make_directories

__all__ = ["QUARANTINE", "keep_document", "quarantine_directory", "set_aside"]

QUARANTINE = "quarantine"


def quarantine_directory(root: Path) -> Path:
    """Give the folder in which things are put today; nothing in it is ever removed by propstore."""
    return root / QUARANTINE / f"{datetime.now(UTC):%Y-%m-%d}"


def keep_document(directory: Path, key: str, generation: int, document: str) -> None:
    """Write a record's document to a quarantine, such as it is: even the types may be wrong."""
    make_directories(directory)
    name = f"{_nameable(key)}-{_nameable(generation)}.document.json"
    with atomic_write(unused_name(directory / name)) as stream:
        stream.write(str(document).encode(errors="surrogateescape"))


def set_aside(area: FileArea, location: str, directory: Path) -> str:
    """Move the files at a location to a quarantine, if they are local, and say so."""
    if not isinstance(area, LocalFileArea):
        return f"the files at {location} are left as they are"
    try:
        area.set_aside(location, directory)
    except ExternalResourceError as error:
        return f"its files can't be reached ({error})"
    return f"the files at {location} are in {directory.parent.name}/{directory.name}"


def _nameable(value: object) -> str:
    return "".join(one for one in str(value) if one.isascii() and one.isalnum())[:64]
