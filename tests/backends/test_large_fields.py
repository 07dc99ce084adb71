"""Records with large fields, in every kind of store."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import propstore as ps
from propstore.ancillary.large_fields import large_fields
from propstore.backends.sqlite_storage import SQLiteStorage
from propstore.errors import (
    AncillaryDataError,
    ChangedExternalResourceError,
    InvalidDataError,
    MissingExternalResourceError,
    QueryError,
    SerializationError,
    UnknownFieldError,
)
from propstore.model.stored_data import registry
from propstore.upkeep.verification import verify_store
from tests.backends.three_hooks import DictBackend, JsonFolderBackend
from tests.large_samples import POSITIONS, Everything, Samples, Trajectory, everything, trajectory
from tests.samples import box, box_files

LATER = np.arange(600.0)


class TrajectoryQuery(ps.DataQuery):
    data_class: ClassVar[type[ps.StoredData]] = Trajectory
    label: str | None = None


def opened(kind, path, request):
    if kind in ("S3", "S3 netcdf"):
        files = request.getfixturevalue("s3").open(f"{path.parent.name}-{path.name}-{kind[3:]}")
        form = kind[3:] or "directory"
        return ps.LocalFileStorage(path, files=files, ancillary=form)
    return {
        "memory": lambda: ps.MemoryStorage(),
        "memory netcdf": lambda: ps.MemoryStorage(ancillary="netcdf"),
        "local": lambda: ps.LocalFileStorage(path),
        "local netcdf": lambda: ps.LocalFileStorage(path, ancillary="netcdf"),
        "tinydb": lambda: ps.TinyDBStorage(path),
        "dictionary": lambda: DictBackend(path),
        "json-folder": lambda: JsonFolderBackend(path),
    }[kind]()


KINDS = [
    "memory",
    "memory netcdf",
    "local",
    "local netcdf",
    "S3",
    "S3 netcdf",
    "tinydb",
    "dictionary",
    "json-folder",
]


@pytest.fixture(params=KINDS)
def store(request, tmp_path):
    with opened(request.param, tmp_path / "store", request) as one:
        yield one


@pytest.fixture(params=["local", "memory netcdf", "S3", "json-folder"])
def other(request, tmp_path):
    with opened(request.param, tmp_path / "other", request) as one:
        yield one


def names(files) -> set[str]:
    root = Path(files)
    return {os.fsdecode(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def verify(store):
    for match in store.find(ps.StoredData):
        for name in large_fields(type(match.record)):
            field = getattr(match.record, name)
            if field is not None:
                field.verify()
    if isinstance(store, SQLiteStorage):
        assert list(verify_store(store)) == []


def test_a_large_field_is_stored_and_retrieved(store):
    key = store.store_object(trajectory(notes="long"))
    record, files = store.retrieve_object(key, Trajectory)
    assert record == trajectory(notes="long")
    np.testing.assert_array_equal(record.positions.value, POSITIONS)
    assert record.notes.value == "long"
    assert names(files) == {"fields/positions.npy", "fields/notes.txt"}
    verify(store)


def test_every_kind_of_value_comes_back(store):
    key = store.store_object(everything())
    record, _ = store.retrieve_object(key, Everything)
    assert record == everything()
    for name in large_fields(Everything):
        before, after = getattr(everything(), name).value, getattr(record, name).value
        equal = after.equals if hasattr(after, "equals") else after.__eq__
        assert np.all(equal(before))
    verify(store)


def test_an_array_is_mapped_where_it_is_a_local_file_and_read_in_parts_elsewhere(store):
    record, files = store.retrieve_object(store.store_object(trajectory()))
    np.testing.assert_array_equal(record.positions[7], POSITIONS[7])
    np.testing.assert_array_equal(record.positions[-1, 2:4], POSITIONS[-1, 2:4])
    assert len(record.positions) == 10
    is_archive = hasattr(files, "archive")
    assert isinstance(record.positions.value, np.memmap) is not is_archive
    with pytest.raises(IndexError):
        record.positions[10]


def test_an_array_that_netcdf_has_no_type_for_comes_back_from_an_archive(store):
    odd = np.array([(1, "é")], dtype=[("x", ">i2"), ("y", "U3")])
    record, _ = store.retrieve_object(store.store_object(trajectory(odd)))
    np.testing.assert_array_equal(record.positions.value, odd)
    assert record.positions.value.dtype == odd.dtype


@pytest.mark.parametrize("array", [np.array(2.5), np.empty((0, 3)), np.zeros((2, 0))])
def test_arrays_without_axes_or_elements_come_back(store, array):
    record, _ = store.retrieve_object(store.store_object(trajectory(array)))
    np.testing.assert_array_equal(record.positions.value, array)
    assert record.positions.value.shape == array.shape


def test_users_files_stand_beside_large_fields(store, tmp_path):
    source = box_files(tmp_path / "files")
    key = store.store_object(trajectory(), source)
    record, files = store.retrieve_object(key)
    assert names(files) == {"box.pdb", "trajectories/run.dcd", "fields/positions.npy"}
    assert (Path(files) / "empty").is_dir()
    assert (Path(files) / "box.pdb").read_text() == "ATOM"
    np.testing.assert_array_equal(record.positions, POSITIONS)
    assert names(source) == {"box.pdb", "trajectories/run.dcd"}
    verify(store)


def test_a_record_is_found_with_its_large_fields(store):
    key = store.store_object(trajectory())
    store.store_object(trajectory(POSITIONS + 1, label="other"))
    found = store.find(Trajectory, ps.field("label") == "run").one()
    assert found.key == key
    np.testing.assert_array_equal(found.record.positions, POSITIONS)

    (matches,) = store.query(TrajectoryQuery(label="other")).values()
    np.testing.assert_array_equal(matches[0].record.positions, POSITIONS + 1)


def test_of_a_large_field_it_can_be_asked_whether_it_exists(store):
    store.store_object(trajectory(label="without"))
    store.store_object(trajectory(label="with", notes="x"))
    has_notes = ps.field("notes").exists()
    assert [match.record.label for match in store.find(Trajectory, has_notes)] == ["with"]
    assert [match.record.label for match in store.find(Trajectory, ~has_notes)] == ["without"]


def test_a_large_field_is_not_compared(store):
    for condition in (
        lambda: ps.field("notes") == "x",
        lambda: ps.field("notes").startswith("x"),
        lambda: ps.field("positions") > 3,
    ):
        with pytest.raises(QueryError):
            store.find(Trajectory, condition())
    with pytest.raises(UnknownFieldError):
        store.find(Trajectory, ps.field("notes.size").exists())


def test_equal_content_is_stored_once(store):
    key = store.store_object(trajectory())
    assert store.store_object(trajectory(POSITIONS.copy())) == key
    assert store.has_object(trajectory(POSITIONS.copy())) == key
    assert store.has_object(trajectory(POSITIONS + 1)) is None
    assert len(store) == 1
    verify(store)


def test_a_retrieved_record_is_stored_again_as_the_same(store):
    key = store.store_object(trajectory(notes="long"))
    record, files = store.retrieve_object(key)
    before = {path: path.stat().st_mtime_ns for path in Path(files).rglob("*")}
    assert store.store_object(record) == key
    assert store.store_object(record, Path(files)) == key
    record, files = store.retrieve_object(key)
    assert names(files) == {"fields/positions.npy", "fields/notes.txt"}
    assert {path: path.stat().st_mtime_ns for path in Path(files).rglob("*")} == before
    verify(store)


def test_a_record_goes_into_another_store(store, other, tmp_path):
    key = store.store_object(trajectory(notes="long"), box_files(tmp_path / "files"))
    record, files = store.retrieve_object(key)
    copied = other.store_object(record, Path(files), storage_key=key)
    record, files = other.retrieve_object(copied)
    assert record == trajectory(notes="long")
    np.testing.assert_array_equal(record.positions.value, POSITIONS)
    expected = {"box.pdb", "trajectories/run.dcd", "fields/positions.npy", "fields/notes.txt"}
    assert names(files) == expected
    verify(other)


def test_a_record_without_its_directory_brings_its_large_fields_into_another_store(store, other):
    record, _ = store.retrieve_object(store.store_object(trajectory()))
    copied, files = other.retrieve_object(other.store_object(record))
    store.close()
    np.testing.assert_array_equal(copied.positions.value, POSITIONS)
    assert names(files) == {"fields/positions.npy"}
    verify(other)


def test_a_field_goes_into_a_record_of_another_name(store):
    record, _ = store.retrieve_object(store.store_object(trajectory()))
    key = store.store_object(Samples(energies=record.positions))
    record, files = store.retrieve_object(key)
    assert names(files) == {"fields/energies.npy"}
    np.testing.assert_array_equal(record.energies, POSITIONS)


def test_a_result_that_is_computed_once_has_its_large_fields(store):
    for _ in range(2):
        found = store.compute_once(TrajectoryQuery(label="run"), trajectory)
        np.testing.assert_array_equal(found.record.positions.value, POSITIONS)
    assert len(store) == 1
    verify(store)


def test_the_record_with_the_most_information_keeps_its_own_content(store):
    key = store.store_object(Samples(energies=LATER[:100]))
    assert store.store_object(Samples(energies=LATER)) == key
    assert store.store_object(Samples(energies=LATER[:50])) == key
    record, files = store.retrieve_object(key)
    np.testing.assert_array_equal(record.energies, LATER)
    assert names(files) == {"fields/energies.npy"}
    assert len(store) == 1
    verify(store)


def test_files_that_come_later_are_added_to_a_record_that_had_large_fields_only(store, tmp_path):
    key = store.store_object(trajectory())
    assert store.store_object(trajectory(), box_files(tmp_path / "files")) == key
    record, files = store.retrieve_object(key)
    assert names(files) == {"box.pdb", "trajectories/run.dcd", "fields/positions.npy"}
    np.testing.assert_array_equal(record.positions, POSITIONS)
    assert store.store_object(trajectory()) == key
    assert "box.pdb" in names(store.retrieve_object(key)[1])
    verify(store)


def test_a_users_file_of_the_name_of_a_field_is_refused(store, tmp_path):
    (tmp_path / "files" / "fields").mkdir(parents=True)
    (tmp_path / "files" / "fields" / "positions.npy").write_bytes(b"mine")
    with pytest.raises(AncillaryDataError, match=r"positions\.npy.*another file"):
        store.store_object(trajectory(), tmp_path / "files")
    assert len(store) == 0


def test_a_users_file_in_the_place_of_the_folder_is_refused(store, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "fields").write_bytes(b"mine")
    with pytest.raises(AncillaryDataError, match=r"'fields'.*kept for the record's own fields"):
        store.store_object(trajectory(), tmp_path / "files")


def test_other_files_in_the_folder_of_the_fields_are_the_users(store, tmp_path):
    (tmp_path / "files" / "fields").mkdir(parents=True)
    (tmp_path / "files" / "fields" / "forces.npy").write_bytes(b"mine")
    _, files = store.retrieve_object(store.store_object(trajectory(), tmp_path / "files"))
    assert names(files) == {"fields/positions.npy", "fields/forces.npy"}
    assert (Path(files) / "fields" / "forces.npy").read_bytes() == b"mine"


def test_a_value_that_could_not_be_read_back_is_refused_and_nothing_is_stored(store):
    with pytest.raises(SerializationError):
        store.store_object(trajectory(np.array([None])))
    assert len(store) == 0


def test_a_bare_value_that_was_never_validated_is_refused(store):
    bare = trajectory().model_copy(update={"positions": POSITIONS})
    with pytest.raises(InvalidDataError, match="positions holds a bare ndarray"):
        store.store_object(bare)


def test_what_was_only_read_as_json_needs_its_files_to_be_stored(store, other, tmp_path):
    key = store.store_object(trajectory())
    record, files = store.retrieve_object(key)
    read = Trajectory.from_json(record.to_json())
    with pytest.raises(MissingExternalResourceError, match="retrieve the record from its store"):
        other.store_object(read)
    again, _ = other.retrieve_object(other.store_object(read, Path(files)))
    np.testing.assert_array_equal(again.positions, POSITIONS)


def test_a_type_that_is_not_known_is_copied_with_its_large_fields(store, other, monkeypatch):
    key = store.store_object(trajectory())
    with monkeypatch.context() as patched:
        patched.delitem(registry._classes, "tests.trajectory")
        unknown, files = store.retrieve_object(key)
        assert isinstance(unknown, ps.UnknownData)
        copied = other.store_object(unknown, Path(files))
        verify(other)
    record, _ = other.retrieve_object(copied)
    np.testing.assert_array_equal(record.positions, POSITIONS)


def test_a_removed_record_takes_its_large_fields_along(tmp_path):
    with ps.open(tmp_path / "store") as store:
        key = store.store_object(trajectory())
        record, _ = store.retrieve_object(key)
        store.remove_object(key)
        assert not list((tmp_path / "store").glob("ancillary/*/*"))
        with pytest.raises(MissingExternalResourceError):
            _ = record.positions.value


def test_a_type_that_needs_files_is_not_satisfied_by_large_fields(store):
    class NeedsFiles(ps.StoredData, type_name=f"tests.needs_files.n{id(store)}@v1"):
        requires_files = True
        positions: ps.Large[np.ndarray]

    with pytest.raises(AncillaryDataError, match="ancillary_data_path"):
        store.store_object(NeedsFiles(positions=POSITIONS))


def test_files_are_moved_in_beside_large_fields(tmp_path):
    for form in ("directory", "netcdf"):
        source = box_files(tmp_path / f"files-{form}")
        with ps.open(tmp_path / form, ancillary=form) as store:
            key = store.store_object(trajectory(), source, move=True)
            record, files = store.retrieve_object(key)
            assert not source.exists()
            assert {"box.pdb", "fields/positions.npy"} <= names(files)
            np.testing.assert_array_equal(record.positions, POSITIONS)
            verify(store)


def test_a_batch_that_fails_leaves_no_large_fields(tmp_path):
    def fail(store):
        with store.batch():
            store.store_object(trajectory())
            _ = 1 / 0

    with ps.open(tmp_path / "store") as store:
        with pytest.raises(ZeroDivisionError):
            fail(store)
        assert len(store) == 0
        assert not list((tmp_path / "store").glob("ancillary/*/*"))
        with store.batch():
            key = store.store_object(trajectory())
            np.testing.assert_array_equal(store.retrieve_object(key)[0].positions, POSITIONS)


def test_content_that_changed_is_not_copied_on(tmp_path):
    with ps.open(tmp_path / "store") as store, ps.open("memory:") as other:
        record, files = store.retrieve_object(store.store_object(trajectory()))
        (files / "fields" / "positions.npy").chmod(0o644)
        with (files / "fields" / "positions.npy").open("r+b") as stream:
            stream.seek(-1, os.SEEK_END)
            stream.write(b"x")
        with pytest.raises(ChangedExternalResourceError):
            other.store_object(record)
        assert len(other) == 0
        assert len(list(verify_store(store))) == 1


def test_changed_content_in_an_archive_is_found_when_it_is_loaded(tmp_path):
    import netCDF4

    with ps.open(tmp_path / "store", ancillary="netcdf") as store:
        key = store.store_object(trajectory())
        _, files = store.retrieve_object(key)
        with netCDF4.Dataset(files.archive, "a") as dataset:
            dataset["fields"]["positions"][0, 0, 0] = 99.0
        record, _ = store.retrieve_object(key)
        with pytest.raises(ChangedExternalResourceError):
            _ = record.positions.value


def test_in_an_archive_a_large_array_is_a_variable_with_units(tmp_path):
    import netCDF4

    with ps.open(tmp_path / "store", ancillary="netcdf") as store:
        key = store.store_object(
            trajectory(),
            arrays={"fields": np.arange(3)},
            units={"fields/positions": "nm"},
        )
        record, files = store.retrieve_object(key)
        np.testing.assert_array_equal(files.arrays()["fields"], np.arange(3))
        np.testing.assert_array_equal(record.positions, POSITIONS)
        with netCDF4.Dataset(files.archive) as dataset:
            (group,) = (one for one in dataset.groups.values() if "positions" in one.variables)
            np.testing.assert_array_equal(group["positions"][:], POSITIONS)
            assert group["positions"].units == "nm"


def test_beside_the_files_stands_the_reference(local):
    key = local.store_object(trajectory())
    sidecar = json.loads(next(local.root_directory.glob(f"ancillary/*/{key}-0.json")).read_text())
    reference = sidecar["record"]["positions"]["stored_apart"]
    (entry,) = sidecar["ancillary"]["files"]
    assert (entry["name"], entry["sha256"]) == (reference["name"], reference["sha256"])


def test_records_without_large_fields_may_have_a_folder_of_that_name(local, tmp_path):
    source = box_files(tmp_path / "files")
    (source / "fields").mkdir()
    (source / "fields" / "positions.npy").write_bytes(b"mine")
    _, files = local.retrieve_object(local.store_object(box(), source))
    assert (files / "fields" / "positions.npy").read_bytes() == b"mine"


def test_a_field_that_was_renamed_by_a_migration_still_has_its_file(local):
    class Old(ps.StoredData, type_name="tests.renamed@v1"):
        positions: ps.Large[np.ndarray]

    key = local.store_object(Old(positions=POSITIONS))
    registry._classes.pop("tests.renamed")

    class New(ps.StoredData, type_name="tests.renamed@v2"):
        coordinates: ps.Large[np.ndarray]

    @ps.migration("tests.renamed@v1")
    def rename(document):
        document["coordinates"] = document.pop("positions")
        return document

    record, _ = local.retrieve_object(key, New)
    np.testing.assert_array_equal(record.coordinates, POSITIONS)


def test_a_store_in_a_folder_needs_no_other_directory_for_a_large_field(tmp_path, monkeypatch):
    with ps.open(tmp_path / "store") as store:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
        key = store.store_object(trajectory())
        assert store.retrieve_object(key)[0] == trajectory()
        assert not list((tmp_path / "store" / "staging").iterdir())
