"""The part of the suite of storage backends that brings records from store to store."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from pathlib import Path

from propstore.backends import LocalFileStorage, MemoryStorage, StorageBackend
from propstore.model import ForceFieldData, StoredData
from propstore.query import contains
from propstore.testing.backend.under_test import BackendUnderTest, needs
from propstore.testing.samples import ETHANOL, box, box_files, density, tree

__all__ = ["TransfersSuite"]


class TransfersSuite(BackendUnderTest):
    """Records that are brought to a backend or from it are the same, under the same keys."""

    def test_records_come_with_their_keys_tags_provenance_and_files(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        with LocalFileStorage(tmp_path / "other") as other:
            _fill(other, tmp_path)
            report = store.update(other)
            assert report.added == report.total == len(other)
            assert _contents(store) == _contents(other)
            assert list(store.differences(other)) == []

    def test_records_go_with_their_keys_tags_provenance_and_files(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        _fill(store, tmp_path)
        with LocalFileStorage(tmp_path / "other") as other:
            other.update(store)
            assert _contents(other) == _contents(store)

    def test_what_is_there_is_not_brought_again(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        with LocalFileStorage(tmp_path / "other") as other:
            _fill(other, tmp_path)
            store.update(other)
            report = store.update(other)
            assert (report.added, report.present, report.total) == (0, len(other), len(other))

    @needs("can_archive")
    def test_an_archive_comes_with_its_files_and_arrays(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        import numpy as np

        energies = np.linspace(-42.0, -41.0, 100)
        with LocalFileStorage(tmp_path / "other") as other:
            key = other.store_object(
                box(), box_files(tmp_path / "files"), arrays={"energies": energies}
            )
            store.update(other)
            _, files = store.retrieve_object(key)
            assert files is not None
            assert not isinstance(files, Path)
            assert files.read("box.pdb") == b"ATOM"
            assert np.array_equal(files.arrays()["energies"][:], energies)

    def test_a_record_with_more_information_takes_the_place_of_another(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        key = store.store_object(box(4.0), box_files(tmp_path / "worse"))
        with MemoryStorage() as other:
            other.store_object(box(2.0), box_files(tmp_path / "better"))
            assert store.update(other).replaced == 1
        record, _ = store.retrieve_object(key)
        assert record is not None
        assert getattr(record, "statistical_inefficiency", None) == 2.0

    def test_what_differs_without_a_reason_to_replace_it_is_left_and_reported(
        self, store: StorageBackend
    ) -> None:
        mine = store.store_object(density(), tags={"project": "mine"})
        with MemoryStorage() as other:
            theirs = other.store_object(density(), tags={"project": "theirs"})
            (conflict,) = store.update(other).conflicts
        assert (conflict.key, conflict.other_key) == (theirs, mine)
        record, _ = store.retrieve_object(mine)
        assert record is not None
        assert record.tags == {"project": "mine"}

    def test_a_subset_has_the_records_that_its_own_name(self, store: StorageBackend) -> None:
        force_field = store.store_object(ForceFieldData(force_field_source="<SMIRNOFF/>"))
        wanted = store.store_object(density(substance=ETHANOL, force_field_id=force_field))
        store.store_object(density())
        with MemoryStorage() as other:
            assert store.subset(other, contains("CCO"), ~contains("O")).added == 2
            assert set(other.keys()) == {force_field, wanted}


def _fill(store: StorageBackend, directory: Path) -> None:
    store.store_object(density(), tags={"project": "solvents"})
    store.store_object(density("300 K"), storage_key="a-key-of-its-own")
    store.store_object(ForceFieldData(force_field_source="<SMIRNOFF/>"))
    store.store_object(box(), box_files(directory / "files of a box"))


def _contents(store: StorageBackend) -> dict[str, tuple[str, dict[str, bytes] | None]]:
    """Give all that a store has of its records: documents with provenance, and files."""
    contents: dict[str, tuple[str, dict[str, bytes] | None]] = {}
    for key, record, path in store.find(StoredData):
        files = None
        if path is not None:
            content = tree(Path(path)).items()
            files = {name: data for name, data in content if data is not None}
        contents[key] = (record.to_json(), files)
    return contents
