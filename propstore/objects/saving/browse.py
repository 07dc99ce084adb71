"""Looking into a file without making anything of what it holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from propstore.objects.groups import StorageGroup
from propstore.objects.saving.class_version import ClassVersion
from propstore.objects.saving.header import Header
from propstore.objects.saving.pickled import read_pickle_header
from propstore.objects.saving.save import HEADER_KEY, OBJECT_KEY
from propstore.objects.saving.saved_file import head_of, is_pickle, open_groups
from propstore.objects.values.raw_document import Part, parts_of

__all__ = ["Listing", "browse"]


@dataclass(frozen=True)
class Listing:
    """What is in a file; ``print`` shows it as a table.

    Parameters
    ----------
    backend : str
        What wrote it.
    type : ClassVersion or None
        The type of the object, with its version; None for a file of groups.
    classes : tuple of ClassVersion
        The classes of what is in the object, with their versions.
    metadata : dict
        What the user said of it.
    parts : tuple of Part
        What is in it, each with its path, its type, and the shape and dtype of an array; of a
        pickle, nobody knows more than the type of the whole.
    """

    backend: str
    type: ClassVersion | None
    classes: tuple[ClassVersion, ...]
    metadata: dict[str, Any]
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        lines = [f"{self.backend} file"]
        versions = () if self.type is None else (self.type, *self.classes)
        for version in dict.fromkeys(versions):
            commit = "" if version.commit is None else f", commit {version.commit[:10]}"
            changed = " (changed)" if version.is_dirty else ""
            package = f"{version.package} {version.version or '(no version)'}"
            lines.append(f"  {version.name}: {package}{commit}{changed}, Python {version.python}")
        lines += [f"  {key} = {value!r}" for key, value in self.metadata.items()]
        width = max((len(part.path) for part in self.parts), default=0)
        lines += [f"{part.path or '.':{width}}  {_shown(part)}" for part in self.parts]
        return "\n".join(lines)


def browse(filename: str | os.PathLike[str]) -> Listing:
    """List what is in a file that `save`, or a storage of groups, wrote.

    No object is made, and no class is looked up.

    Raises
    ------
    NotAStoreError
        If there is no such file.
    StoreFormatError, SerializationError
        If it can't be read.
    """
    head = head_of(filename)
    if is_pickle(head):
        with Path(filename).open("rb") as stream:
            backend, header = read_pickle_header(stream, str(filename))
        return _listing(backend, header, (Part("", header.type.name, None, None),))
    backend, storage = open_groups(filename, head, classes=(), unknown_as_plain=True)
    with storage as group:
        if HEADER_KEY not in group or OBJECT_KEY not in group:
            return Listing(backend, None, (), {}, tuple(_values_in(group, "")))
        header = Header.from_document(group[HEADER_KEY], str(filename))
        return _listing(backend, header, tuple(parts_of(group._read(OBJECT_KEY).document())))


def _listing(backend: str, header: Header, parts: tuple[Part, ...]) -> Listing:
    return Listing(backend, header.type, header.classes, header.metadata, parts)


def _values_in(group: StorageGroup, way: str) -> Iterator[Part]:
    for key in group:
        path = f"{way}{key}"
        if key.is_group:
            yield Part(path, "group", None, None)
            yield from _values_in(group[key], f"{path}/")
        else:
            yield Part(path, *_summary(group, key))


def _summary(group: StorageGroup, name: str) -> tuple[str, tuple[int, ...] | None, str | None]:
    summary = group._read(name).summary
    return summary.type, summary.shape, summary.dtype


def _shown(part: Part) -> str:
    return part.type if part.shape is None else f"{part.type} {part.shape} {part.dtype or ''}"
