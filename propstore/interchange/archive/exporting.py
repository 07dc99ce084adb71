"""Publishing a collection as a folder, or as one file."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

from propstore.ancillary.record_directory import RecordDirectory
from propstore.errors import InterchangeError, ObjectNotFoundError
from propstore.interchange.archive.bag import PAYLOAD, complete_bag
from propstore.interchange.archive.collection import Collection, find_collection
from propstore.interchange.archive.layout import (
    CollectionIndex,
    Entry,
    document_path,
    files_path,
    readme,
)

if TYPE_CHECKING:
    from propstore.backends.base import StorageBackend

__all__ = ["ZIP_SUFFIX", "export_collection"]

ZIP_SUFFIX = ".zip"


def export_collection(
    store: StorageBackend, collection: Collection | str, target: str | os.PathLike[str]
) -> Path:
    """Write the records of a collection and their files, with checksums and a README.

    Parameters
    ----------
    store : StorageBackend
        The store that has the records.
    collection : Collection or str
        The collection, which need not be stored; or the name of one that is.
    target : path
        What to write: a folder, or one file if it ends in ``.zip``. It appears when it is whole.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    NoMatchError
        If there is no collection of that name.
    ObjectNotFoundError
        If the store lacks one of its records.
    InterchangeError
        If there is something at the target already, or it can't be written.
    """
    if isinstance(collection, str):
        collection = find_collection(store, collection)
    path = Path(target)
    if os.path.lexists(path):
        raise InterchangeError(f"{str(path)!r} exists already; a collection is written anew")
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        is_zip = path.suffix.lower() == ZIP_SUFFIX
        folder = temporary / path.stem if is_zip else temporary
        _write_folder(store, collection, folder)
        if is_zip:
            packed = temporary / path.name
            _pack(folder, packed)
            packed.rename(path)
        else:
            temporary.rename(path)
    except OSError as error:
        raise InterchangeError(f"{str(path)!r} can't be written: {error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return path


def _write_folder(store: StorageBackend, collection: Collection, directory: Path) -> None:
    (directory / PAYLOAD / "records").mkdir(parents=True)
    entries = [_write_record(store, key, directory) for key in collection.keys]
    index = CollectionIndex(name=collection.name, metadata=collection.metadata, records=entries)
    index.write(directory)
    (directory / "README.md").write_text(readme(collection, len(entries)), encoding="utf-8")
    complete_bag(
        directory,
        {"External-Identifier": collection.name, "Bag-Software-Agent": "propstore"},
    )


def _write_record(store: StorageBackend, key: str, directory: Path) -> Entry:
    record, files = store.retrieve_object(key)
    if record is None:
        raise ObjectNotFoundError(f"no record is stored under {key!r}, which the collection names")
    document_path(directory, key).write_text(record.to_json() + "\n", encoding="utf-8")
    if files is not None:
        _copy_files(RecordDirectory(os.fspath(files)), files_path(directory, key))
    return Entry(key=key, type=str(record.stored_type_name()), files=files is not None)


def _copy_files(source: RecordDirectory, target: Path) -> None:
    target.mkdir(parents=True)
    for entry in source.files():
        path = target / entry.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with source.open(entry.name) as stream, path.open("xb") as copy:
            shutil.copyfileobj(stream, copy)


def _pack(folder: Path, packed: Path) -> None:
    with ZipFile(packed, "x", ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, Path(folder.name) / path.relative_to(folder))
