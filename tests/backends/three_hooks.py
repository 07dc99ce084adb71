"""Two backends that write the three hooks and nothing else."""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path

from propstore import StorageBackend, StoredData
from propstore.model import load_document


class DictBackend(StorageBackend):
    """Keeps documents in a dictionary, and files where they are copied to."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.documents: dict[str, str] = {}
        self.directory = directory

    def _store_object(self, object_to_store, storage_key=None, ancillary_data_path=None):
        key = storage_key or uuid.uuid4().hex
        if ancillary_data_path is not None:
            shutil.rmtree(self.directory / key, ignore_errors=True)
            shutil.copytree(ancillary_data_path, self.directory / key)
        self.documents[key] = object_to_store.to_json()
        return key

    def _retrieve_object(self, storage_key, expected_type=None):
        if storage_key not in self.documents:
            return None, None
        path = self.directory / storage_key
        return load_document(self.documents[storage_key]), path if path.is_dir() else None

    def _object_exists(self, storage_key):
        return storage_key in self.documents


class JsonFolderBackend(StorageBackend):
    """Keeps each document as a JSON file in a folder; it can remove as well."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.directory = directory
        directory.mkdir(exist_ok=True)

    def _store_object(self, object_to_store, storage_key=None, ancillary_data_path=None):
        key = storage_key or uuid.uuid4().hex
        if ancillary_data_path is not None:
            shutil.rmtree(self.directory / key, ignore_errors=True)
            shutil.copytree(ancillary_data_path, self.directory / key)
        document = json.loads(object_to_store.to_json())
        (self.directory / f"{key}.json").write_text(json.dumps(document, indent=1))
        return key

    def _retrieve_object(self, storage_key, expected_type=None):
        if not self._object_exists(storage_key):
            return None, None
        record: StoredData = load_document((self.directory / f"{storage_key}.json").read_text())
        path = self.directory / storage_key
        return record, path if path.is_dir() else None

    def _object_exists(self, storage_key):
        return (self.directory / f"{storage_key}.json").is_file()

    def _remove_object(self, storage_key):
        (self.directory / f"{storage_key}.json").unlink()
        shutil.rmtree(self.directory / storage_key, ignore_errors=True)
