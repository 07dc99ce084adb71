"""The stores of OpenFF Evaluator's ``LocalFileStorage``, read without OpenFF Evaluator.

Such a store is a directory with ``object_keys.json``, which lists the keys of every type, and for
every key a document ``<key>.json`` and, where the type has files, a directory ``<key>/``.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from propstore.errors import AncillaryDataError, InterchangeError, InvalidDataError
from propstore.interchange.openff_documents import OpenFFObject, read_document
from propstore.interchange.report import ImportReport, Rejection
from propstore.model.records import ForceFieldData
from propstore.model.stored_data import ReplaceableData, StoredData

if TYPE_CHECKING:
    from propstore.backends.base import StorageBackend

__all__ = ["import_openff_store"]

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)


def import_openff_store(
    store: StorageBackend,
    directory: str | Path,
    *,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Store what a store of OpenFF Evaluator holds, under the keys that it has there.

    The files are copied; the source is not changed. A force field that the store has already
    keeps the key that it has, and the imported records then name that key.

    Parameters
    ----------
    store
        Where to.
    directory
        The root directory of OpenFF Evaluator's ``LocalFileStorage``.
    progress
        Called after every object with the number of those that are done.

    Returns
    -------
    ImportReport
        How many records were added and how many the store had; the keys whose document or
        directory is not there; and the keys of objects that are not valid, each with the reason.

    Raises
    ------
    InterchangeError
        If the directory is not a store of OpenFF Evaluator.
    """
    source = _Source(store, Path(directory))
    for done, (type_name, key) in enumerate(_listed_keys(source.directory), start=1):
        source.take(type_name, key)
        if progress is not None:
            progress(done)
    return ImportReport(source.added, source.present, tuple(source.rejected), tuple(source.missing))


class _ObjectKeys(BaseModel):
    """What ``object_keys.json`` holds: the keys of every type."""

    object_keys: dict[str, list[Any]]


def _listed_keys(directory: Path) -> list[tuple[str, Any]]:
    """Read the keys, each with its type, those of the force fields first."""
    path = directory / "object_keys.json"
    try:
        listed = _ObjectKeys.model_validate_json(path.read_bytes()).object_keys
    except OSError as error:
        raise InterchangeError(
            f"{str(directory)!r} is not a store of OpenFF Evaluator: "
            f"object_keys.json can't be read ({error.strerror})."
        ) from error
    except ValidationError as error:
        raise InterchangeError(
            f"{str(path)!r} is not a list of keys by OpenFF Evaluator: "
            f"{error.errors(include_url=False)[0]['msg']}."
        ) from error
    keys = [(type_name, key) for type_name, of_type in listed.items() for key in of_type]
    return sorted(keys, key=lambda entry: entry[0] != "ForceFieldData")


class _Source:
    """A store of OpenFF Evaluator while it is imported, and what became of its objects."""

    def __init__(self, store: StorageBackend, directory: Path) -> None:
        self._store = store
        self.directory = directory
        self.added = 0
        self.present = 0
        self.rejected: list[Rejection] = []
        self.missing: list[str] = []
        self._force_field_keys: dict[str, str] = {}

    def take(self, type_name: str, key: Any) -> None:
        """Import one object, or note why not."""
        try:
            self._take(type_name, key)
        except (InterchangeError, InvalidDataError, AncillaryDataError) as error:
            self.rejected.append(Rejection(str(key), str(error)))

    def _take(self, type_name: str, key: Any) -> None:
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise InterchangeError("it is not a key: letters, digits, '-' and '_' make one")
        document, files = self.directory / f"{key}.json", self.directory / key
        if not document.is_file():
            self.missing.append(key)
            return
        found = read_document(_text(document), self._force_field_keys)
        if found.type_name != type_name:
            raise InterchangeError(f"it is listed as {type_name} and is a {found.type_name}")
        if found.record.requires_files and not files.is_dir():
            self.missing.append(key)
            return
        _check_files(found.record, found.files, files)
        known = self._known_key(key, found.record)
        if known is None or self._has_more_information(known, found.record):
            self._store_object(key, found, files)
        self.added, self.present = self.added + (known is None), self.present + (known is not None)
        if known is not None and isinstance(found.record, ForceFieldData):
            self._force_field_keys[key] = known

    def _known_key(self, key: str, record: StoredData) -> str | None:
        """Give the key of the record in the store that stands for this one, or None."""
        if record.identity() is not None:
            return self._store.has_object(record)
        stored, _ = self._store.retrieve_object(key)
        return key if stored == record else None

    def _has_more_information(self, known: str, record: StoredData) -> bool:
        if not isinstance(record, ReplaceableData):
            return False
        stored, _ = self._store.retrieve_object(known, type(record))
        return stored is not None and type(record).most_information(stored, record) is record

    def _store_object(self, key: str, found: OpenFFObject, files: Path) -> None:
        source = files if found.record.requires_files else None
        if not found.files:
            self._store.store_object(found.record, source, tags=found.tags, storage_key=key)
            return
        with tempfile.TemporaryDirectory() as temporary:
            staged = Path(temporary) / key
            try:
                shutil.copytree(files, staged, symlinks=True)
                for name, text in found.files.items():
                    (staged / name).write_text(text, encoding="utf-8")
            except OSError as error:
                raise InterchangeError(f"its files can't be copied: {error}") from error
            self._store.store_object(found.record, staged, tags=found.tags, storage_key=key)


def _text(document: Path) -> str:
    try:
        return document.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InterchangeError(f"its document can't be read: {error}") from error


def _check_files(record: StoredData, additional: Iterable[str], directory: Path) -> None:
    """Refuse a record whose files are not there, or have the name of a file that is added."""
    named = [
        value
        for name, value in record
        if name.endswith(("_file_name", "_trajectory")) and isinstance(value, str)
    ]
    absent = [name for name in named if name not in additional and not (directory / name).is_file()]
    if absent:
        raise InterchangeError(f"its directory has no {', '.join(absent)}, which it names")
    taken = [name for name in additional if (directory / name).exists()]
    if taken:
        raise InterchangeError(f"its directory already has {', '.join(taken)}")
