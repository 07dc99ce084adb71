"""Collections: published from one store, and imported into another."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

import propstore as ps
from propstore.errors import InterchangeError, NoMatchError, ObjectNotFoundError
from propstore.interchange.archive import (
    Collection,
    Conflict,
    export_collection,
    find_collection,
    import_collection,
)
from tests.backends.three_hooks import DictBackend
from tests.samples import box, box_files, density


class Spectrum(ps.StoredData, type_name="tests.test_collections_spectrum@v1"):
    """A record that has a large field."""

    name: str
    intensities: ps.Large[Any]


@pytest.fixture
def source(tmp_path: Path) -> ps.StorageBackend:
    """A store with two densities, a force field and a simulation that names it."""
    store = ps.open(tmp_path / "source")
    force_field = store.store_object(ps.ForceFieldData(force_field_source="<SMIRNOFF/>"))
    store.store_object(density(), tags={"project": "water"}, storage_key="density-1")
    store.store_object(density("310 K"), storage_key="density-2")
    files = box_files(tmp_path / "files")
    store.store_object(box(force_field_id=force_field), files, storage_key="simulation")
    return store


@pytest.fixture
def collection(source: ps.StorageBackend) -> Collection:
    """The collection of all of them, which the store has."""
    collection = Collection(
        name="Water, 2026", keys=tuple(source.keys()), metadata={"authors": ["Marie"], "year": 2026}
    )
    source.store_object(collection)
    return collection


@pytest.fixture(params=["folder", "bag.zip"])
def published(
    request: pytest.FixtureRequest,
    source: ps.StorageBackend,
    collection: Collection,
    tmp_path: Path,
) -> Path:
    """The collection as a folder, and as one file."""
    return export_collection(source, collection.name, tmp_path / request.param)


def files_of(store: ps.StorageBackend, key: str) -> dict[str, bytes]:
    _, files = store.retrieve_object(key)
    assert files is not None
    root = Path(files)
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_a_collection_is_found_by_its_name(
    source: ps.StorageBackend, collection: Collection
) -> None:
    assert find_collection(source, "Water, 2026") == collection
    with pytest.raises(NoMatchError, match="no collection 'Air'; there are 'Water, 2026'"):
        find_collection(source, "Air")


def test_a_collection_is_a_set_that_takes_the_place_of_one_of_its_name() -> None:
    with ps.open("memory:") as store:
        store.store_object(Collection(name="a", keys=("k1", "k2", "k1")))
        assert find_collection(store, "a").keys == ("k1", "k2")
        store.store_object(Collection(name="a", keys=("k3",), metadata={"x": 1}))
        store.store_object(Collection(name="b"))
        assert find_collection(store, "a") == Collection(name="a", keys=("k3",), metadata={"x": 1})
        assert len(store) == 2


def test_what_is_imported_is_what_was_exported(
    published: Path, source: ps.StorageBackend, collection: Collection, tmp_path: Path
) -> None:
    with ps.open(tmp_path / "target") as target:
        report = import_collection(target, published)
        assert report.summary() == "4 added, 0 present already, 0 conflicts"
        assert set(report.keys) == set(collection.keys)
        for key in collection.keys:
            assert target.retrieve_object(key)[0] == source.retrieve_object(key)[0]
        assert files_of(target, "simulation") == files_of(source, "simulation")
        assert target.retrieve_object("density-1")[0].tags == {"project": "water"}  # type: ignore[union-attr]
        found = find_collection(target, "Water, 2026")
        assert set(found.keys) == set(collection.keys)
        assert found.metadata == collection.metadata


def test_an_import_can_be_repeated(published: Path, tmp_path: Path) -> None:
    with ps.open(tmp_path / "target") as target:
        import_collection(target, published)
        before = target.keys()
        assert import_collection(target, published).summary() == (
            "0 added, 4 present already, 0 conflicts"
        )
        assert target.keys() == before


@pytest.mark.parametrize("kind", ["memory", "three-hooks"])
def test_a_collection_is_imported_into_a_store_of_any_kind(
    published: Path, tmp_path: Path, kind: str
) -> None:
    target = ps.open("memory:") if kind == "memory" else DictBackend(tmp_path / "target")
    with target:
        assert import_collection(target, published).added == 4
        assert import_collection(target, published).present == 4
        assert len(files_of(target, "simulation")) == 2


def test_other_content_is_a_conflict_and_stays(published: Path, tmp_path: Path) -> None:
    with ps.open(tmp_path / "target") as target:
        force_field = target.store_object(ps.ForceFieldData(force_field_source="<SMIRNOFF/>"))
        longer = box(1.0, force_field_id=force_field)  # of more information than in the source
        key = target.store_object(longer, box_files(tmp_path / "other"))
        target.store_object(density("350 K"), storage_key="density-2")
        report = import_collection(target, published)
        assert (report.added, report.present) == (1, 1)
        assert sorted(report.conflicts) == [
            Conflict("density-2", "density-2", "it is the key of another record here"),
            Conflict("simulation", key, "the record has another content here"),
        ]
        assert "2 conflicts\n  " in report.summary()
        assert target.retrieve_object("density-2")[0] == density("350 K")
        assert target.retrieve_object(key)[0] == longer
        assert target.keys(Collection) == []


def test_other_files_are_a_conflict(published: Path, tmp_path: Path) -> None:
    with ps.open(tmp_path / "target") as target:
        import_collection(target, published)
        record, _ = target.retrieve_object("simulation")
        assert record is not None
        target.remove_object("simulation")
        target.store_object(record, box_files(tmp_path / "other", "HETATM"), storage_key="s2")
        assert import_collection(target, published).conflicts == (
            Conflict("simulation", "s2", "the record has other files here"),
        )


def test_another_collection_of_the_name_is_a_conflict(published: Path, tmp_path: Path) -> None:
    with ps.open(tmp_path / "target") as target:
        key = target.store_object(Collection(name="Water, 2026", keys=("other",)))
        (conflict,) = import_collection(target, published).conflicts
        assert conflict[:2] == ("Water, 2026", key)
        assert find_collection(target, "Water, 2026").keys == ("other",)


def test_a_record_that_has_another_key_here_is_referred_to_by_it(
    published: Path, tmp_path: Path
) -> None:
    with ps.open(tmp_path / "target") as target:
        force_field = target.store_object(ps.ForceFieldData(force_field_source="<SMIRNOFF/>"))
        report = import_collection(target, published)
        assert report.conflicts == ()
        simulation, _ = target.retrieve_object("simulation", ps.StoredSimulationData)
        assert simulation is not None
        assert simulation.force_field_id == force_field
        assert force_field in find_collection(target, "Water, 2026").keys


def rewrite_checksums(folder: Path) -> None:
    """Make a folder a bag again, as one could who has changed it on purpose."""
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        names = [line.split("  ")[1] for line in (folder / manifest).read_text().splitlines()]
        (folder / manifest).write_text(
            "".join(f"{sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
        )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("records/density-2.json", "{}", "'density-2' can't be read: .* it has no 'type'"),
        ("records/density-2.json", b"\xff", "'density-2' can't be read: 'utf-8' codec"),
        ("collection.json", {"name": ""}, "collection.json' can't be read"),
        ("collection.json", {"key": "../../density-2"}, "collection.json' can't be read"),
        ("collection.json", {"key": "other"}, "'other' can't be read: .* No such file"),
        ("collection.json", {"files": True}, "files of the record 'density-1' are missing"),
    ],
)
def test_what_can_t_be_read_is_an_error_before_anything_is_stored(
    source: ps.StorageBackend, tmp_path: Path, name: str, content: Any, message: str
) -> None:
    keys = ("density-1", "density-2")
    folder = export_collection(source, Collection(name="c", keys=keys), tmp_path / "folder")
    path = folder / "data" / name
    if isinstance(content, dict):
        document = json.loads(path.read_text())
        for part in (document, document["records"][0]):
            part.update({key: value for key, value in content.items() if key in part})
        content = json.dumps(document)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    rewrite_checksums(folder)
    with ps.open("memory:") as target:
        with pytest.raises(InterchangeError, match=message):
            import_collection(target, folder)
        assert len(target) == 0


def test_a_line_that_is_no_checksum_is_an_error(source: ps.StorageBackend, tmp_path: Path) -> None:
    folder = export_collection(source, Collection(name="c"), tmp_path / "folder")
    (folder / "manifest-sha256.txt").write_text("no digest\n")
    with ps.open("memory:") as target, pytest.raises(InterchangeError, match="'no digest'"):
        import_collection(target, folder)


def test_a_suffix_may_be_written_in_capitals(source: ps.StorageBackend, tmp_path: Path) -> None:
    path = export_collection(source, Collection(name="c", keys=("density-1",)), tmp_path / "c.ZIP")
    with ps.open("memory:") as target:
        assert import_collection(target, path).added == 1


def test_any_damage_to_a_file_is_reported_or_without_effect(
    source: ps.StorageBackend, tmp_path: Path
) -> None:
    path = export_collection(source, Collection(name="c", keys=("density-1",)), tmp_path / "c.zip")
    data = path.read_bytes()
    for position in range(0, len(data), 7):
        path.write_bytes(data[:position] + bytes([data[position] ^ 0x55]) + data[position + 1 :])
        with ps.open("memory:") as target:
            try:
                assert import_collection(target, path).added == 1
            except InterchangeError:
                assert len(target) == 0


def test_a_file_with_paths_that_lead_out_writes_nothing_there(
    source: ps.StorageBackend, tmp_path: Path
) -> None:
    path = export_collection(source, Collection(name="c", keys=("density-1",)), tmp_path / "c.zip")
    outside = tmp_path / "outside.txt"
    with ZipFile(path, "a") as archive:
        archive.writestr(f"../../../../../..{outside}", "x")
        archive.writestr(str(outside), "x")
    with ps.open("memory:") as target:
        assert import_collection(target, path).added == 1
    assert not outside.exists()


def test_large_fields_are_part_of_it(tmp_path: Path) -> None:
    with ps.open(tmp_path / "source") as source, ps.open(tmp_path / "target") as target:
        key = source.store_object(Spectrum(name="water", intensities=np.arange(1000.0)))
        export_collection(source, Collection(name="s", keys=(key,)), tmp_path / "folder")
        source.close()
        shutil.rmtree(tmp_path / "source")
        assert import_collection(target, tmp_path / "folder").added == 1
        found, _ = target.retrieve_object(key, Spectrum)
        assert found is not None
        assert np.array_equal(found.intensities.value, np.arange(1000.0))


def test_a_published_folder_is_checked_and_read_without_propstore(
    source: ps.StorageBackend, collection: Collection, tmp_path: Path
) -> None:
    folder = export_collection(source, collection, tmp_path / "folder")
    subprocess.run(
        ["sha256sum", "--check", "--quiet", "manifest-sha256.txt"], cwd=folder, check=True
    )
    readme = (folder / "README.md").read_text()
    assert readme.startswith("# Water, 2026\n")
    assert '"Marie"' in readme
    code = readme.split("In Python:\n\n")[1].split("\n\nWith propstore")[0]
    program = "\n".join(line.removeprefix("    ") for line in code.splitlines())
    found = subprocess.run(
        [sys.executable, "-I", "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "density-1 propstore.property_data@v1" in found.stdout.splitlines()
    assert json.loads((folder / "data/records/density-1.json").read_text())["value"] == {
        "value": 997.0,
        "unit": "kg/m**3",
    }


def test_a_changed_folder_is_refused_and_nothing_is_stored(
    source: ps.StorageBackend, collection: Collection, tmp_path: Path
) -> None:
    folder = export_collection(source, collection, tmp_path / "folder")
    document = folder / "data/records/density-1.json"
    document.write_text(document.read_text().replace("997.0", "998.0"))
    (folder / "data/records/density-2.json").unlink()
    (folder / "data/new.txt").write_text("new")
    with ps.open("memory:") as target:
        with pytest.raises(InterchangeError) as caught:
            import_collection(target, folder)
        assert len(target) == 0
    message = str(caught.value)
    assert "3 faults" in message
    assert "data/records/density-1.json was changed" in message
    assert "data/records/density-2.json is missing" in message
    assert "data/new.txt is not in the manifest" in message


def test_a_link_in_a_folder_is_refused(
    source: ps.StorageBackend, collection: Collection, tmp_path: Path
) -> None:
    folder = export_collection(source, collection, tmp_path / "folder")
    (folder / "data/link").symlink_to("/etc/hostname")
    with ps.open("memory:") as target, pytest.raises(InterchangeError, match="is a link"):
        import_collection(target, folder)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 no zip", "zip", "folder"])
def test_what_is_no_collection_is_refused(content: bytes | str | None, tmp_path: Path) -> None:
    path = tmp_path / "source.zip"
    if content == "zip":
        with ZipFile(path, "w") as archive:
            archive.writestr("a/b.txt", "text")
    elif content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with ps.open("memory:") as target, pytest.raises(InterchangeError):
        import_collection(target, path)


def test_nothing_is_written_over(source: ps.StorageBackend, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(InterchangeError, match="exists already"):
        export_collection(source, Collection(name="c"), tmp_path / "there")


@pytest.mark.parametrize("target", ["folder", "file.zip"])
def test_a_failed_export_leaves_nothing(
    source: ps.StorageBackend, tmp_path: Path, target: str
) -> None:
    collection = Collection(name="c", keys=("density-1", "missing"))
    with pytest.raises(ObjectNotFoundError, match="'missing', which the collection names"):
        export_collection(source, collection, tmp_path / "out" / target)
    assert list((tmp_path / "out").iterdir()) == []


def test_file_names_may_be_any(source: ps.StorageBackend, tmp_path: Path) -> None:
    files = tmp_path / "odd"
    files.mkdir()
    for name in ("50%.txt", "a b", "é", " %0A", "*star", "box.pdb"):
        (files / name).write_text(name)
    with ps.open(tmp_path / "target") as target, ps.open(tmp_path / "source2") as odd:
        key = odd.store_object(box(), files)
        export_collection(odd, Collection(name="odd", keys=(key,)), tmp_path / "folder")
        assert import_collection(target, tmp_path / "folder").added == 1
        assert files_of(target, key) == files_of(odd, key)


def test_archived_files_and_arrays_are_published_as_files(tmp_path: Path) -> None:
    with ps.open(tmp_path / "source") as source, ps.open(tmp_path / "target") as target:
        files = box_files(tmp_path / "files")
        key = source.store_object(
            box(), files, ancillary="netcdf", arrays={"energy": np.arange(3.0)}
        )
        folder = export_collection(source, Collection(name="a", keys=(key,)), tmp_path / "folder")
        published = folder / "data" / "files" / key
        assert (published / "box.pdb").read_text() == "ATOM"
        assert import_collection(target, folder).added == 1
        assert files_of(target, key) == files_of(source, key)


def test_a_record_of_an_unknown_type_is_not_lost(tmp_path: Path) -> None:
    document = {"type": "elsewhere.thing@v1", "value": 5}
    with ps.open(tmp_path / "source") as source, ps.open(tmp_path / "target") as target:
        key = source.store_object(ps.UnknownData(document=document))
        export_collection(source, Collection(name="a", keys=(key,)), tmp_path / "folder")
        assert import_collection(target, tmp_path / "folder").added == 1
        record, _ = target.retrieve_object(key)
        assert isinstance(record, ps.UnknownData)
        assert record.document["value"] == 5
