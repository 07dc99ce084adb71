"""The large fields of records, on their way into a store and out of it."""

from __future__ import annotations

import os
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from propstore.ancillary.area import Staged
from propstore.ancillary.field_content import FieldContent, file_ending
from propstore.ancillary.large import FOLDER, LARGE, Large, StoredApart
from propstore.ancillary.record_directory import RecordDirectory
from propstore.ancillary.record_files import RecordFiles
from propstore.ancillary.source import SourceDirectory
from propstore.errors import AncillaryDataError, InvalidDataError, PropstoreError
from propstore.external.digest import digest_path
from propstore.model.stored_data import StoredData

__all__ = ["bind_large_fields", "has_own_files", "large_fields", "set_apart"]


@cache
def large_fields(record_type: type[StoredData]) -> tuple[str, ...]:
    """Give the names of the fields of a record type that are kept apart.

    Raises
    ------
    TypeError
        If there is one in a list, a dictionary or a model among its fields, or one is declared as
        indexed.
    """
    fields = record_type.model_fields.items()
    names = tuple(name for name, info in fields if _is_large(info.annotation))
    if _count_large(record_type.__pydantic_core_schema__) > len(names):
        raise TypeError(
            f"{record_type.__name__} has a Large inside of another field; a large field is one of "
            "the record itself, declared as Large[...] or Large[...] | None."
        )
    indexed = set(record_type.indexed_fields).intersection(names)
    if indexed:
        raise TypeError(
            f"{record_type.__name__} can't have an index of its large {min(indexed)!r}."
        )
    return names


def bind_large_fields(record: StoredData | None, files: Path | RecordFiles | None) -> None:
    """Tell the large fields of a record that was read where their files are.

    Parameters
    ----------
    record
        The record, or None.
    files
        The files with which it was stored, or None.
    """
    if record is None or files is None:
        return
    for name in large_fields(type(record)):
        field = getattr(record, name)
        if isinstance(field, Large) and field.reference is not None:
            place = files if isinstance(files, RecordFiles) else RecordDirectory(files)
            # A record is frozen, and this is still part of reading it.
            record.__dict__[name] = Large.at(field.reference, place)


def has_own_files(record: StoredData, files: Staged | RecordFiles | Path | None) -> bool:
    """Tell whether a record has other files than those that its large fields are.

    Parameters
    ----------
    record
        The record.
    files
        Its files, staged or stored, or None.
    """
    fields = large_fields(type(record))
    if files is None or not fields:
        return files is not None
    apart = {f"{FOLDER}/{name}" for name in fields}
    return any(name.rpartition(".")[0] not in apart for name in _names(files))


@contextmanager
def set_apart(
    record: StoredData,
    path: str | os.PathLike[str] | None,
    scratch: Callable[[], AbstractContextManager[str]],
) -> Iterator[tuple[StoredData, SourceDirectory | None]]:
    """Write the large fields of a record to files.

    Parameters
    ----------
    record
        The record.
    path
        The directory of its files, or None. A field that has its file there already, as after the
        record and its files were retrieved together, is not written again.
    scratch
        Gives the directory for the other files, and removes it at the end.

    Yields
    ------
    tuple of StoredData and SourceDirectory
        The record with references to the files, and the files that are not in the directory, for
        as long as the block lasts; None if there are none.

    Raises
    ------
    AncillaryDataError
        If the directory has another file of the name of a field's, or one can't be written.
    InvalidDataError
        If a field holds a bare value, which a copy with ``model_copy(update=...)`` can.
    SerializationError, UnregisteredError
        If a value could not be read back as it is.
    MissingExternalResourceError, ChangedExternalResourceError
        If a field is kept in a file that is not there, or not what was stored.
    """
    fields = {name: getattr(record, name) for name in large_fields(type(record))}
    fields = {name: field for name, field in fields.items() if field is not None}
    for name, field in fields.items():
        if not isinstance(field, Large):
            raise InvalidDataError(f"{name} holds a bare {type(field).__name__}, and no Large.")
    if not fields:
        yield record, None
        return
    with scratch() as temporary:
        kept = {name: _keep(name, field, path, Path(temporary)) for name, field in fields.items()}
        files = SourceDirectory.scan(temporary)
        yield record.model_copy(update=kept), files if files.files else None


def _keep(
    name: str, field: Large[Any], path: str | os.PathLike[str] | None, directory: Path
) -> Large[Any]:
    """Write a field to its file in a directory, unless the user's directory has it."""
    if path is not None:
        present = f"{FOLDER}/{name}{file_ending(field.content.serializer)}"
        if (Path(path) / present).is_file():
            _check_same(Path(path) / present, field.content)
            return _at(Path(path), present, field.content)
    unnamed = directory / FOLDER / name
    try:
        unnamed.parent.mkdir(exist_ok=True)
        with unnamed.open("xb") as stream:
            content = field.write(stream)
        written = unnamed.rename(unnamed.with_suffix(file_ending(content.serializer)))
    except PropstoreError:
        raise
    except OSError as error:
        raise AncillaryDataError(f"the field {name!r} can't be stored: {error}") from error
    return _at(directory, f"{FOLDER}/{written.name}", content)


def _at(directory: Path, name: str, content: FieldContent) -> Large[Any]:
    # The files are there for a type that compares what is stored with what is to be.
    return Large.at(StoredApart(name=name, **content._asdict()), RecordDirectory(directory))


def _check_same(path: Path, content: FieldContent) -> None:
    if digest_path(path).digest != content.sha256:
        raise AncillaryDataError(
            f"{str(path)!r} is another file than the record's large field of this name, which is "
            "kept under it; leave it out or call it otherwise."
        )


def _names(files: Staged | RecordFiles | Path) -> list[str]:
    if isinstance(files, Staged):
        return [entry.name for entry in files.manifest.files]
    if isinstance(files, RecordFiles):
        return [entry.name for entry in files.files()]
    return [file.name for file in SourceDirectory.scan(files).files]


def _is_large(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, types.UnionType):
        options = [one for one in get_args(annotation) if one is not types.NoneType]
        return len(options) == 1 and _is_large(options[0])
    return annotation is Large or get_origin(annotation) is Large


def _count_large(schema: Any) -> int:
    """Count the large fields in a pydantic schema, however deep."""
    if isinstance(schema, Mapping):
        metadata = schema.get("metadata")
        is_large = isinstance(metadata, Mapping) and LARGE in metadata
        return is_large + sum(_count_large(part) for part in schema.values())
    if isinstance(schema, list | tuple):
        return sum(_count_large(part) for part in schema)
    return 0
