"""In what two records, with their files, differ."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from propstore.ancillary import RecordFiles
from propstore.ancillary.record_directory import RecordDirectory
from propstore.ancillary.sidecar import Sidecar
from propstore.model.declaration import OUTSIDE_IDENTITY
from propstore.model.stored_data import StoredData, UnknownData
from propstore.model.validation import shown

__all__ = ["differences", "digests"]

NAMES_SHOWN = 3


def differences(
    record: StoredData,
    files: Path | RecordFiles | None,
    other: StoredData,
    other_files: Path | RecordFiles | None,
) -> str:
    """Say in what one record differs from another, their files and tags included.

    Who stored each, and when, is no difference.

    Returns
    -------
    str
        In words; empty if they do not differ.
    """
    texts = []
    if record.to_json() != other.to_json():  # as that of a copy is, which is much faster to see
        if record != other:
            texts.append(_differing_fields(record, other))
        if record.tags != other.tags:
            texts.append(_differing_entries("tag", record.tags, other.tags))
    if files is not None or other_files is not None:
        ours, theirs = digests(files), digests(other_files)
        if ours != theirs:
            texts.append(_differing_files(ours, theirs))
    return "; ".join(texts)


def digests(files: Path | RecordFiles | None) -> dict[str, str]:
    """Give the SHA-256 of each of a record's files, by its name.

    It is that of what was stored, where the store has written it down; so a file that was damaged
    since is not taken for another.
    """
    if files is None:
        return {}
    if isinstance(files, RecordFiles):
        return {entry.name: entry.sha256 for entry in files.files()}
    beside = files.with_name(f"{files.name}.json")
    if isinstance(files, RecordDirectory) and beside.is_file():
        entries = Sidecar.from_bytes(beside.read_bytes()).manifest.files
    else:
        entries = tuple(RecordDirectory(files).files())
    return {entry.name: entry.sha256 for entry in entries}


def _differing_fields(record: StoredData, other: StoredData) -> str:
    if record.stored_type_name() != other.stored_type_name():
        return f"it is a {record.stored_type_name()}, the other a {other.stored_type_name()}"
    return _differing_entries("", _fields(record), _fields(other))


def _fields(record: StoredData) -> Mapping[str, Any]:
    fields = record.document if isinstance(record, UnknownData) else dict(record)
    return {name: value for name, value in fields.items() if name not in OUTSIDE_IDENTITY}


def _differing_entries(kind: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    names = [name for name in {**ours, **theirs} if ours.get(name, ...) != theirs.get(name, ...)]
    texts = [
        f"{kind} {name} {_value(ours, name)}, in the other {_value(theirs, name)}".strip()
        for name in names
    ]
    return _some(texts)


def _value(entries: Mapping[str, Any], name: str) -> str:
    return shown(entries[name]) if name in entries else "none"


def _differing_files(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    if not ours or not theirs:
        return (
            f"it has {'files' if ours else 'no files'}, the other {'files' if theirs else 'none'}"
        )
    names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    return _some([f"the file {name}" for name in sorted(names)])


def _some(texts: list[str]) -> str:
    text = "; ".join(texts[:NAMES_SHOWN])
    return text if len(texts) <= NAMES_SHOWN else f"{text}; and {len(texts) - NAMES_SHOWN} more"
