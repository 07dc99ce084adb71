"""A record's files as an archive, in an object store, or both: the same answers as a directory."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

import propstore as ps
from propstore.ancillary import RecordFiles
from propstore.errors import (
    AncillaryDataError,
    ChangedExternalResourceError,
    MissingExternalResourceError,
    NotAStoreError,
)
from propstore.external import FileStorage
from propstore.upkeep.verification import verify_store
from tests.samples import box, box_files, density


def tree(directory: Path) -> dict[str, bytes | None]:
    return {
        os.fsdecode(path.relative_to(directory)): path.read_bytes() if path.is_file() else None
        for path in sorted(directory.rglob("*"))
    }


def odd_files(directory: Path) -> Path:
    box_files(directory)
    names = [
        "a b",
        " lead",
        "trail ",
        "x[1]",
        "a:b",
        "ünïcode",
        ".hidden",
        "%41",
        "new\nline",
        "#?&",
    ]
    for name in names:
        (directory / name).write_text(name)
    (directory / os.fsdecode(b"not-utf8-\xff")).write_text("bytes")
    (directory / ("long" * 60)).write_text("long")
    (directory / "nothing").touch()
    (directory / "deep" / "er" / "still").mkdir(parents=True)
    (directory / "deep" / "er" / "file").write_bytes(os.urandom(5000))
    np.save(directory / "positions.npy", np.arange(300.0).reshape(10, 10, 3))
    np.savez(directory / "packed.npz", a=np.arange(3), b=np.eye(2))
    return directory


@pytest.fixture(params=["directory", "netcdf"])
def form(request):
    return request.param


@pytest.fixture(params=["beside", "directory elsewhere", "S3"])
def store(request, form, tmp_path):
    files = None
    if request.param == "directory elsewhere":
        files = str(tmp_path / "elsewhere")
    elif request.param == "S3":
        files = request.getfixturevalue("s3").open(f"{tmp_path.name}-{form}")
    with ps.LocalFileStorage(tmp_path / "store", files=files, ancillary=form) as opened:
        yield opened


def test_odd_names_and_empty_files_come_back_bit_for_bit(store, tmp_path):
    source = odd_files(tmp_path / "files")
    key = store.store_object(box(), source)
    _, files = store.retrieve_object(key)
    assert tree(Path(files)) == tree(source)
    assert list(verify_store(store)) == []


def test_modes_and_times_come_back(store, tmp_path):
    source = box_files(tmp_path / "files")
    (source / "box.pdb").chmod(0o640)
    os.utime(source / "box.pdb", (1e9, 1e9))
    _, files = store.retrieve_object(store.store_object(box(), source))
    status = (files / "box.pdb").stat()
    assert (status.st_mode & 0o777, status.st_mtime) == (0o640, 1e9)


def test_files_are_listed_and_read_without_asking_for_a_path(store, tmp_path):
    source = odd_files(tmp_path / "files")
    _, files = store.retrieve_object(store.store_object(box(), source))
    listed = {entry.name: entry.size for entry in files.files()}
    assert listed == {n: len(c) for n, c in tree(source).items() if c is not None}
    assert files.read("deep/er/file") == (source / "deep" / "er" / "file").read_bytes()
    with files.open("box.pdb") as stream:
        assert stream.read(2) == b"AT"
        assert stream.read() == b"OM"
    if isinstance(files, RecordFiles):
        fetched = Path(os.environ["PROPSTORE_CACHE"]).rglob("deep/er/file")
        assert not any(path.read_bytes() == files.read("deep/er/file") for path in fetched)


def test_a_file_that_is_not_there_is_missing(store, tmp_path):
    _, files = store.retrieve_object(store.store_object(box(), box_files(tmp_path / "files")))
    for name in ("nowhere", "../catalog.sqlite", "/etc/passwd", "trajectories"):
        with pytest.raises(MissingExternalResourceError):
            files.read(name)


def test_arrays_are_read_where_they_are(store, tmp_path):
    source = odd_files(tmp_path / "files")
    _, files = store.retrieve_object(store.store_object(box(), source))
    arrays = files.arrays()
    assert {"positions", "packed.npz/a", "packed.npz/b"} <= set(arrays)
    np.testing.assert_array_equal(arrays["packed.npz/a"][...], np.arange(3))
    frame = arrays["positions"][7]
    np.testing.assert_array_equal(frame, np.arange(300.0).reshape(10, 10, 3)[7])
    dataset = files.to_xarray()
    np.testing.assert_array_equal(dataset["positions"][3], arrays["positions"][3])


def test_a_replacement_and_a_removal_work_alike(store, tmp_path):
    key = store.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
    _, old = store.retrieve_object(key)
    store.store_object(box(1.0), box_files(tmp_path / "new", "NEW"))
    _, new = store.retrieve_object(key)
    assert (old.read("box.pdb"), new.read("box.pdb")) == (b"OLD", b"NEW")
    store.remove_object(key)
    assert list(store.area._storage.iter_contents("ancillary")) == []


def test_what_is_moved_leaves_its_place_and_a_failed_batch_leaves_it(store, tmp_path):
    source = box_files(tmp_path / "files")
    with pytest.raises(ZeroDivisionError), store.batch():
        store.store_object(box(), source, move=True)
        _ = 1 / 0
    assert source.is_dir()
    assert list(store.area._storage.iter_contents("ancillary")) == []
    _, files = store.retrieve_object(store.store_object(box(), source, move=True))
    assert not source.exists()
    assert (files / "box.pdb").read_text() == "ATOM"


def test_a_record_that_is_not_stored_leaves_no_files(store, tmp_path):
    store.store_object(box(1.0), box_files(tmp_path / "best"))
    before = sorted(store.area._storage.iter_contents("ancillary"))
    store.store_object(box(2.0), box_files(tmp_path / "worse"))
    assert sorted(store.area._storage.iter_contents("ancillary")) == before


def test_changed_content_is_found_when_it_is_verified(store, tmp_path):
    key = store.store_object(box(), box_files(tmp_path / "files"))
    storage = store.area._storage
    changed = next(n for n in storage.iter_contents("ancillary") if not n.endswith(".json"))
    storage.store_bytes(changed, b"changed")
    faults = list(verify_store(store))
    assert [fault.key for fault in faults] == [key]
    assert "has changed" in faults[0].what or "another size" in faults[0].what


def test_changed_content_that_is_fetched_is_refused(tmp_path, s3):
    storage = s3.open(tmp_path.name)
    with ps.LocalFileStorage(tmp_path / "store", files=storage) as store:
        _, files = store.retrieve_object(store.store_object(box(), box_files(tmp_path / "files")))
        changed = next(n for n in storage.iter_contents("ancillary") if n.endswith("box.pdb"))
        storage.store_bytes(changed, b"evil")
        with pytest.raises(ChangedExternalResourceError):
            files.read("box.pdb")
        with pytest.raises(ChangedExternalResourceError):
            Path(files)


def test_arrays_that_are_no_files_are_kept_with_their_units(store, tmp_path):
    energies = np.linspace(-1.0, 1.0, 100)
    key = store.store_object(
        box(),
        box_files(tmp_path / "files"),
        arrays={"energies": energies},
        units={"energies": "kJ mol-1"},
    )
    _, files = store.retrieve_object(key)
    assert files.arrays()["energies"].units == "kJ mol-1"
    np.testing.assert_array_equal(files.to_xarray()["energies"], energies)
    assert (files / "box.pdb").read_text() == "ATOM"


def test_arrays_alone_are_files_enough(store):
    _, files = store.retrieve_object(store.store_object(box(), arrays={"x": np.arange(5)}))
    np.testing.assert_array_equal(np.load(files / "x.npy"), np.arange(5))


def test_arrays_want_an_archive(store):
    with pytest.raises(AncillaryDataError, match="ancillary='netcdf'"):
        store.store_object(box(), arrays={"x": np.arange(5)}, ancillary="directory")
    with pytest.raises(AncillaryDataError, match="'zip' is not"):
        store.store_object(box(), arrays={"x": np.arange(5)}, ancillary="zip")


def test_a_store_remembers_where_its_files_are(tmp_path):
    place = str(tmp_path / "elsewhere")
    with ps.open(tmp_path / "store", files=place) as store:
        key = store.store_object(box(), box_files(tmp_path / "files"))
    with ps.open(tmp_path / "store", read_only=True) as store:
        assert (store.retrieve_object(key)[1] / "box.pdb").read_text() == "ATOM"
        assert pickle.loads(pickle.dumps(store)).retrieve_object(key)[1].read("box.pdb") == b"ATOM"
    with pytest.raises(NotAStoreError, match="elsewhere.*not in.*other"):
        ps.open(tmp_path / "store", files=str(tmp_path / "other"))


def test_a_store_whose_files_are_here_is_not_told_otherwise(tmp_path):
    ps.open(tmp_path / "store").close()
    with pytest.raises(NotAStoreError, match="'here'"):
        ps.open(tmp_path / "store", files=str(tmp_path / "other"))


def test_the_archive_is_read_by_netcdf4_without_propstore(tmp_path):
    import netCDF4

    with ps.open(tmp_path / "store", ancillary="netcdf") as store:
        _, files = store.retrieve_object(store.store_object(box(), arrays={"x": np.arange(5)}))
        with netCDF4.Dataset(files.archive) as dataset:
            np.testing.assert_array_equal(dataset["x"][:], np.arange(5))


def test_the_cache_keeps_to_its_bound_and_never_removes_what_is_in_use(tmp_path):
    from propstore.ancillary import FileCache, RemoteFileArea, Submission

    cache = FileCache(tmp_path / "cache", limit=15_000)
    area = RemoteFileArea(FileStorage(tmp_path / "remote"), cache)
    opened = []
    for number in range(4):
        source = tmp_path / f"files-{number}"
        source.mkdir()
        (source / "big").write_bytes(bytes([number]) * 10_000)
        with area.stage(Submission(source)) as staged:
            placed = staged.place(f"{number:032x}", 0, '{"type": "tests.x@v1"}')
        opened.append((source, area.open(placed.location)))
    in_use = Path(opened[0][1])
    for source, files in opened[1:3]:
        assert tree(Path(files)) == tree(source)
    assert in_use.is_dir()
    held = sum(path.stat().st_size for path in (tmp_path / "cache").rglob("big"))
    assert held == 30_000  # all are in use
    source, last = opened[3]
    del files
    opened.clear()
    assert tree(Path(last)) == tree(source)
    held = sum(path.stat().st_size for path in (tmp_path / "cache").rglob("big"))
    assert held == 10_000


@pytest.mark.parametrize("is_whole", [False, True])
def test_what_was_written_to_in_the_cache_is_fetched_again(tmp_path, is_whole):
    files = FileStorage(tmp_path / "remote")
    with ps.LocalFileStorage(tmp_path / "store", files=files) as store:
        source = box_files(tmp_path / "files")
        os.utime(source / "box.pdb", (1e9, 1e9))
        _, stored = store.retrieve_object(store.store_object(box(), source))
        if is_whole:
            fetched = Path(stored) / "box.pdb"
        else:
            with stored.open("box.pdb") as stream:
                fetched = Path(stream.name)
        fetched.write_bytes(b"EVIL")  # of the same size
        assert stored.read("box.pdb") == b"ATOM"
        with stored.open("box.pdb") as stream:
            assert stream.read() == b"ATOM"


def test_a_cache_that_can_not_be_written_to_says_so(tmp_path):
    from propstore.ancillary import FileCache

    entry = FileCache(tmp_path / "cache").entry("x")
    (entry.path / "taken").mkdir()
    with pytest.raises(IsADirectoryError):
        entry.obtain("taken", lambda path: path.write_bytes(b"x"), Path.is_file)


def test_a_property_may_have_files_in_an_archive_at_the_call(tmp_path):
    with ps.open(tmp_path / "store") as store:
        key = store.store_object(density(), box_files(tmp_path / "files"), ancillary="netcdf")
        _, files = store.retrieve_object(key)
        assert isinstance(files, RecordFiles)
        assert [entry.name for entry in files.files()] == ["box.pdb", "trajectories/run.dcd"]
