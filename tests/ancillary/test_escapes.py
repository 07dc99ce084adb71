"""Names that would lead out of a record's files, on everything that takes one."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from propstore.ancillary.archived_files import ArchivedFiles
from propstore.ancillary.area import FileArea
from propstore.ancillary.cache import FileCache
from propstore.ancillary.local_area import LocalFileArea
from propstore.ancillary.manifest import Manifest
from propstore.ancillary.netcdf import NetCDFArchive
from propstore.ancillary.record_directory import RecordDirectory
from propstore.ancillary.record_files import RecordFiles
from propstore.ancillary.remote_area import RemoteFileArea
from propstore.ancillary.submission import AncillaryForm, Submission
from propstore.errors import (
    AncillaryDataError,
    ExternalPermissionError,
    InvalidLocationError,
    MissingExternalResourceError,
)
from propstore.external import FileStorage, MemoryStorage

KEY = "a" * 32
ESCAPES = {
    "empty": "",
    "dot": ".",
    "parent": "..",
    "above": "../secret.npy",
    "by a detour": "folder/../../secret.npy",
    "absolute": "{outside}/secret.npy",
    "NUL": "nul\0byte",
    "not UTF-8": "surrogate\ud800",
    "long name": "n" * 256,
    "long path": "/".join(["segment"] * 2000),
}
READINGS: dict[str, Callable[[Any, str], object]] = {
    "open": lambda files, name: files.open(name),
    "read": lambda files, name: files.read(name),
    "arrays": lambda files, name: files.arrays()[name.removesuffix(".npy")],
}


def store(area: FileArea, source: Path, form: AncillaryForm) -> str:
    with area.stage(Submission(source, form)) as staged:
        placed = staged.place(KEY, 0, "{}")
        placed.finish()
    return placed.location


@pytest.fixture
def source(tmp_path: Path) -> Path:
    directory = tmp_path / "source"
    (directory / "folder").mkdir(parents=True)
    (directory / "folder" / "file").write_bytes(b"content")
    return directory


@pytest.fixture(params=["local", "remote"])
def area(request: pytest.FixtureRequest, tmp_path: Path) -> FileArea:
    if request.param == "local":
        return LocalFileArea(FileStorage(tmp_path / "store" / "root"))
    return RemoteFileArea(MemoryStorage(), FileCache(tmp_path / "store" / "cache"))


@pytest.fixture(params=["directory", "netcdf", "the archive itself"])
def files(
    request: pytest.FixtureRequest, area: FileArea, source: Path
) -> RecordDirectory | RecordFiles | NetCDFArchive:
    form: AncillaryForm = "directory" if request.param == "directory" else "netcdf"
    found = area.open(store(area, source, form))
    if request.param != "the archive itself":
        return found
    assert isinstance(found, ArchivedFiles)
    return NetCDFArchive(found.archive)


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
@pytest.mark.parametrize("name", ESCAPES.values(), ids=ESCAPES)
def test_a_name_that_leads_out_of_the_files_is_missing(
    files: Any, reading: Callable[[Any, str], object], name: str, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    places = [outside]
    if isinstance(files, RecordDirectory):
        places.append(Path(files).parent)
    for place in places:
        (place / "secret.npy").write_bytes(b"secret")
    with pytest.raises(MissingExternalResourceError):
        reading(files, name.format(outside=outside))


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_a_link_that_leads_out_of_a_directory_is_not_followed(
    source: Path, reading: Callable[[Any, str], object], tmp_path: Path
) -> None:
    (tmp_path / "secret.npy").write_bytes(b"secret")
    (source / "link.npy").symlink_to(tmp_path / "secret.npy")
    with pytest.raises((MissingExternalResourceError, AncillaryDataError)):
        reading(RecordDirectory(source), "link.npy")


@pytest.mark.parametrize("form", ["directory", "netcdf"])
def test_an_array_that_is_not_there_is_the_key_error_of_any_mapping(
    area: FileArea, source: Path, form: AncillaryForm
) -> None:
    arrays = area.open(store(area, source, form)).arrays()
    with pytest.raises(KeyError, match="there is no array 'missing'"):
        arrays["missing"]
    assert arrays.get("missing") is None


def test_a_file_that_may_not_be_read_is_not_missing(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = RecordDirectory(source)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything
    with pytest.raises(ExternalPermissionError):
        files.read("folder/file")


MALFORMED = [
    "",
    ".",
    "..",
    "../file",
    "a/../../file",
    "/etc/passwd",
    "a//b",
    "a/",
    "nul\0",
    7,
    None,
]


def entry(name: Any) -> dict[str, Any]:
    return {"name": name, "size": 0, "sha256": "0" * 64, "mode": 0o644, "modified": 0}


@pytest.mark.parametrize("name", MALFORMED, ids=repr)
def test_a_manifest_with_a_file_that_leads_out_is_refused(name: Any) -> None:
    with pytest.raises(AncillaryDataError, match="manifest"):
        Manifest.from_document({"files": [entry(name)], "directories": []})


@pytest.mark.parametrize("name", MALFORMED, ids=repr)
def test_a_manifest_with_a_folder_that_leads_out_is_refused(name: Any) -> None:
    with pytest.raises(AncillaryDataError, match="manifest"):
        Manifest.from_document({"files": [], "directories": [name]})


LOCATIONS = [
    "ancillary/../../outside",
    "../outside",
    "/etc",
    "ancillary/nul\0",
    "ancillary/../../outside.nc",
]
OPERATIONS: dict[str, Callable[[FileArea, str], object]] = {
    "open and list": lambda area, location: area.open(location).files(),
    "open and materialise": lambda area, location: area.open(location).materialise(),
    "pin": lambda area, location: area.pin(location).__enter__(),
    "stage again": lambda area, location: area.stage_again(location).__enter__(),
    "remove": lambda area, location: area.remove(location),
    "changed": lambda area, location: area.changed(location),
    "size": lambda area, location: area.size(location),
    "faults": lambda area, location: list(area.faults(location)),
    "sidecar": lambda area, location: area.sidecar(location),
    "receive": lambda area, location: area.receive(location, area),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize("location", LOCATIONS, ids=repr)
def test_a_location_that_leads_out_of_the_store_is_refused(
    area: FileArea, operation: Callable[[FileArea, str], object], location: str, tmp_path: Path
) -> None:
    outside = tmp_path / "store" / "outside"
    outside.mkdir(parents=True)
    (outside / "secret").write_bytes(b"secret")
    with pytest.raises(InvalidLocationError):
        operation(area, location)
    assert (outside / "secret").read_bytes() == b"secret"


@pytest.mark.parametrize("location", LOCATIONS, ids=repr)
@pytest.mark.parametrize("operation", ["is_pinned", "describe", "set_aside"])
def test_a_local_location_that_leads_out_of_the_store_is_refused(
    tmp_path: Path, operation: str, location: str
) -> None:
    area = LocalFileArea(FileStorage(tmp_path / "root"))
    arguments: dict[str, tuple[Any, ...]] = {
        "is_pinned": (),
        "describe": (KEY, 0, "{}"),
        "set_aside": (tmp_path / "aside",),
    }
    with pytest.raises(InvalidLocationError):
        getattr(area, operation)(location, *arguments[operation])
