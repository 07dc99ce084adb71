"""Large fields by themselves: what they take, what they equal, and what they never do."""

from __future__ import annotations

import dataclasses
import json
import pickle
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from pydantic import BaseModel, Field

import propstore as ps
from propstore.ancillary.field_content import file_ending, serializers, write_content
from propstore.ancillary.large import Large, StoredApart
from propstore.ancillary.large_fields import large_fields, set_apart
from propstore.ancillary.record_directory import RecordDirectory
from propstore.errors import (
    ChangedExternalResourceError,
    InvalidDataError,
    MissingExternalResourceError,
    SerializationError,
    UnregisteredError,
)
from propstore.objects.serializers import NumpySerializer
from tests.large_samples import POSITIONS, Everything, Trajectory, everything, trajectory


@pytest.fixture
def kept(tmp_path) -> Large[np.ndarray]:
    """Give positions that are kept in a local file."""
    (tmp_path / "fields").mkdir()
    with (tmp_path / "fields" / "positions.npy").open("wb") as stream:
        content = write_content(POSITIONS, stream)
    reference = StoredApart(name="fields/positions.npy", **content._asdict())
    return Large.at(reference, RecordDirectory(tmp_path))


def test_a_field_takes_a_value_and_gives_it_back():
    assert trajectory().positions.value is POSITIONS


def test_a_field_takes_another_large_field():
    assert trajectory(trajectory().positions) == trajectory()


@pytest.mark.parametrize("wrong", [[1.0, 2.0], None, Large([1.0]), 3.0])
def test_a_value_of_another_type_is_refused(wrong):
    with pytest.raises(InvalidDataError, match=r"Trajectory\.positions.*ndarray is needed"):
        trajectory(wrong)


def test_an_optional_field_may_be_left_out():
    assert trajectory().notes is None
    assert trajectory(notes="much").notes.value == "much"


@pytest.mark.parametrize("wanted", [object, np.ndarray | bytes, complex])
def test_a_type_that_nothing_writes_is_refused_when_the_class_is_declared(wanted):
    with pytest.raises(TypeError, match="nothing writes values of that type"):
        type("Wrong", (BaseModel,), {"__annotations__": {"field": Large[wanted]}})


def test_every_serializer_has_an_ending_for_its_files():
    assert "propstore.pickle@v1" not in serializers().names()
    endings = [file_ending(name) for name in serializers().names()]
    assert len(set(endings)) == len(endings)


def test_records_are_equal_by_the_content_of_their_large_fields():
    assert trajectory() == trajectory(POSITIONS.copy())
    assert hash(trajectory()) == hash(trajectory(POSITIONS.copy()))
    assert trajectory().identity() == trajectory(POSITIONS.copy()).identity()
    assert trajectory() != trajectory(POSITIONS + 1e-9)
    assert trajectory(notes="x") != trajectory()


def test_text_and_the_same_bytes_differ():
    assert Large("x") == Large("x")
    assert Large("x") != Large(b"x")
    assert Large("x") != "x"


def test_what_is_kept_equals_the_value_without_being_loaded(kept, tmp_path):
    (tmp_path / "fields" / "positions.npy").unlink()
    assert kept == Large(POSITIONS)
    assert hash(kept) == hash(Large(POSITIONS))
    assert repr(kept).startswith("<Large 'fields/positions.npy': 2528 bytes, sha256 ")


def test_the_representation_of_a_record_leaves_the_value_out():
    assert repr(trajectory()) == (
        "Trajectory(label='run', positions=<Large: numpy.ndarray>, notes=None)"
    )


def test_a_local_array_is_mapped_and_loaded_once(kept):
    assert isinstance(kept.value, np.memmap)
    assert kept.value is kept.value
    with pytest.raises(ValueError, match="read-only"):
        kept.value[0] = 0


def test_a_field_reads_as_its_value(kept):
    for field in (kept, Large(POSITIONS)):
        np.testing.assert_array_equal(np.asarray(field), POSITIONS)
        np.testing.assert_array_equal(np.array(field, dtype="f4"), POSITIONS.astype("f4"))
        np.testing.assert_array_equal(field[3, ..., 1:], POSITIONS[3, ..., 1:])
        np.testing.assert_array_equal(field[[1, 2], [3, 4]], POSITIONS[[1, 2], [3, 4]])
        assert len(field) == 10
        assert sum(1 for _ in field) == 10


def test_what_is_not_an_array_reads_as_its_value_too():
    assert Large({"a": 1})["a"] == 1
    assert list(Large({"a": 1})) == ["a"]
    assert len(Large("text")) == 4


def test_a_changed_file_is_found_when_it_is_verified(kept, tmp_path):
    kept.verify()
    path = tmp_path / "fields" / "positions.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert kept.value.shape == POSITIONS.shape  # a map is not read, and so not checked
    with pytest.raises(ChangedExternalResourceError):
        kept.verify()


@pytest.mark.parametrize("content", [b"", b"text", bytes(3000)])
def test_a_file_that_is_no_array_any_more_has_changed(kept, tmp_path, content):
    (tmp_path / "fields" / "positions.npy").write_bytes(content)
    with pytest.raises(ChangedExternalResourceError):
        _ = kept.value


def test_an_array_of_another_size_is_not_mapped(kept, tmp_path):
    np.save(tmp_path / "fields" / "positions.npy", POSITIONS[:5])
    with pytest.raises(ChangedExternalResourceError):
        _ = kept.value
    with pytest.raises(ChangedExternalResourceError):
        _ = kept[0]


def test_an_array_of_the_same_name_in_another_file_does_not_take_its_place(kept, tmp_path):
    (tmp_path / "fields" / "positions.npy").unlink()
    np.savez(tmp_path / "fields.npz", positions=POSITIONS + 1)
    with pytest.raises(MissingExternalResourceError, match=r"fields/positions\.npy"):
        _ = kept.value


def test_a_file_that_is_gone_is_missing(kept, tmp_path):
    (tmp_path / "fields" / "positions.npy").unlink()
    for use in (lambda: kept.value, lambda: kept[0], lambda: len(kept), kept.verify):
        with pytest.raises(MissingExternalResourceError, match=r"fields/positions\.npy"):
            use()


def test_what_is_not_stored_has_nothing_to_verify():
    Large(POSITIONS).verify()


def test_a_value_that_is_not_stored_is_no_json():
    with pytest.raises(InvalidDataError, match="when a store keeps the record"):
        trajectory().to_json()


def test_the_document_has_a_reference_in_the_place_of_the_value(tmp_path):
    with set_apart(trajectory(), None, TemporaryDirectory) as (record, files):
        assert [file.name for file in files.files] == ["fields/positions.npy"]
        field = json.loads(record.to_json())["positions"]
        read = Trajectory.from_json(record.to_json())
    assert field["stored_apart"].keys() == {"name", "sha256", "size", "serializer"}
    assert read == trajectory()
    assert read.identity() == trajectory().identity()


def test_the_json_schema_of_a_record_type_says_what_stands_in_the_place_of_the_value():
    schema = Trajectory.model_json_schema()
    field = schema["properties"]["positions"]
    assert field["required"] == ["stored_apart"]
    reference = field["properties"]["stored_apart"]
    assert reference["required"] == ["name", "sha256", "size", "serializer"]


def test_a_reference_whose_files_are_not_known_says_so():
    with set_apart(trajectory(), None, TemporaryDirectory) as (record, _):
        read = Trajectory.from_json(record.to_json())
    with pytest.raises(MissingExternalResourceError, match="retrieve the record from its store"):
        _ = read.positions.value


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "fields/../../secret.npy"},
        {"name": "/etc/passwd"},
        {"name": "positions.npy"},
        {"name": "fields/positions.npy\n"},
        {"sha256": "0" * 63},
        {"size": -1},
        {"more": 1},
    ],
)
def test_a_reference_that_propstore_does_not_write_is_refused(changed):
    reference = {"name": "fields/positions.npy", "sha256": "0" * 64, "size": 1, "serializer": "x"}
    with pytest.raises(InvalidDataError):
        trajectory({"stored_apart": reference | changed})


def test_a_link_out_of_the_files_is_not_followed(kept, tmp_path):
    secret = tmp_path.parent / f"{tmp_path.name}-secret.npy"
    (tmp_path / "fields" / "positions.npy").rename(secret)
    (tmp_path / "fields" / "positions.npy").symlink_to(secret)
    with pytest.raises(MissingExternalResourceError):
        _ = kept.value


def test_nothing_is_unpickled(tmp_path):
    class Evil:
        def __reduce__(self) -> Any:
            return pytest.fail, ("it was unpickled",)

    (tmp_path / "fields").mkdir()
    for serializer in ("propstore.pickle@v1", "propstore.numpy@v1"):
        with (tmp_path / "fields" / "positions.npy").open("wb") as stream:
            stream.write(pickle.dumps(Evil()))
        content = write_content((tmp_path / "fields" / "positions.npy").read_bytes())
        reference = StoredApart(
            name="fields/positions.npy", **content._replace(serializer=serializer)._asdict()
        )
        with pytest.raises((UnregisteredError, SerializationError)):
            _ = Large.at(reference, RecordDirectory(tmp_path)).value


@pytest.mark.parametrize(
    "value", [np.array([None]), np.ma.masked_array([1.0]), np.array([{}], dtype=object)]
)
def test_an_array_that_would_need_pickle_is_refused(value):
    with pytest.raises(SerializationError):
        trajectory(value).identity()


def test_a_mapped_array_is_written_as_the_array_that_it_is(tmp_path):
    np.save(tmp_path / "x.npy", POSITIONS)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert trajectory(mapped) == trajectory()
    assert trajectory(mapped[::2]) == trajectory(POSITIONS[::2])


def test_a_large_array_is_written_without_a_second_one_in_memory(tmp_path):
    import tracemalloc

    array = np.zeros(40_000_000, dtype="u1").reshape(-1, 2)[:, :1]  # not contiguous
    tracemalloc.start()
    try:
        with (tmp_path / "x").open("wb") as stream:
            write_content(array, stream)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000 + 2**24 + 2**20
    finally:
        tracemalloc.stop()


def test_the_digest_is_that_of_the_file(tmp_path):
    content = write_content(POSITIONS)
    data = NumpySerializer().serialize_data(POSITIONS)["data"]
    assert content == write_content(data)._replace(serializer="propstore.numpy@v1")


def test_records_are_pickled_with_their_large_fields(kept):
    for field in (kept, Large(POSITIONS)):
        loaded = pickle.loads(pickle.dumps(trajectory(field)))
        assert loaded == trajectory()
        np.testing.assert_array_equal(loaded.positions, POSITIONS)


def test_every_kind_of_value_comes_back(tmp_path):
    with set_apart(everything(), None, TemporaryDirectory) as (record, files):
        place = RecordDirectory(files.path)
        for name in large_fields(Everything):
            before = getattr(everything(), name).value
            after = Large.at(getattr(record, name).reference, place).value
            assert type(after) in (type(before), np.memmap)
            equal = after.equals if hasattr(after, "equals") else after.__eq__
            assert np.all(equal(before))


class Inner(BaseModel, frozen=True):
    positions: Large[np.ndarray]


@dataclasses.dataclass(frozen=True)
class Plain:
    positions: Large[np.ndarray]


@pytest.mark.parametrize(
    "annotation",
    [
        list[Large[bytes]],
        dict[str, Large[bytes]],
        Inner,
        Inner | None,
        list[Inner],
        Plain,
        Large[bytes] | str,
    ],
)
def test_a_large_field_inside_of_another_field_is_refused(annotation):
    namespace = {"__annotations__": {"field": annotation, "own": Large[bytes]}}
    record_type = type("Nested", (ps.StoredData,), namespace)
    with pytest.raises(TypeError, match="Nested has a Large inside of another field"):
        large_fields(record_type)


def test_the_large_fields_of_a_type_are_found_with_whatever_else_is_said_of_them():
    class Described(ps.StoredData):
        plain: int
        first: Annotated[Large[bytes], Field(description="the first")]
        second: Large[bytes] | None = Field(default=None)
        third: Large = Large(b"")  # type: ignore[type-arg]

    assert large_fields(Described) == ("first", "second", "third")


def test_a_large_field_has_no_index():
    class Indexed(ps.StoredData):
        indexed_fields = ("positions",)
        positions: Large[np.ndarray]

    with pytest.raises(TypeError, match="can't have an index of its large 'positions'"):
        large_fields(Indexed)


@settings(max_examples=50, deadline=None)
@given(data=st.data(), shape=npst.array_shapes(max_dims=3, min_side=0, max_side=4))
def test_a_part_of_an_archived_array_is_what_numpy_gives(tmp_path_factory, data, shape):
    from propstore.ancillary.archived_files import ArchivedFiles
    from propstore.ancillary.netcdf import write_archive

    directory = tmp_path_factory.mktemp("archive")
    array = np.arange(np.prod(shape), dtype="f8").reshape(shape)
    with set_apart(trajectory(array), None, TemporaryDirectory) as (record, files):
        write_archive(files, directory / "archive.nc")
    archived = ArchivedFiles(lambda: directory / "archive.nc", lambda: pytest.fail("unpacked"))
    field = Large.at(record.positions.reference, archived)
    for index in data.draw(st.lists(npst.basic_indices(shape), min_size=1, max_size=5)):
        expected = array[index]
        np.testing.assert_array_equal(field[index], expected)
        assert np.shape(field[index]) == np.shape(expected)
    if array.ndim:
        assert len(field) == len(array)
    np.testing.assert_array_equal(field, array)
