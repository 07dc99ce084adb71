"""Archives that are damaged, or not to be trusted."""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import netCDF4
import numpy
import pytest

from propstore.ancillary.netcdf import NetCDFArchive, write_archive
from propstore.errors import (
    AncillaryDataError,
    ChangedExternalResourceError,
    ExternalPermissionError,
    MissingExternalResourceError,
)

FRAMES = numpy.random.default_rng(0).random((100, 1000, 3))


@pytest.fixture
def archive_path(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    (source / "folder").mkdir(parents=True)
    (source / "a.txt").write_bytes(b"water")
    (source / "b.txt").write_bytes(b"methanol")
    (source / "folder" / "c.txt").write_bytes(b"ethanol")
    (source / "large.bin").write_bytes(bytes(range(256)) * 2000)
    numpy.save(source / "numbers.npy", numpy.arange(10.0))
    path = tmp_path / "archive.nc"
    write_archive(source, path, arrays={"frames": FRAMES}, compression=None)
    return path


def change(path: Path, edit: Callable[[Any], None]) -> None:
    """Change an archive as anybody could who has netCDF4."""
    with netCDF4.Dataset(path, "a") as dataset:
        dataset.set_auto_maskandscale(False)
        edit(dataset)


def set_file_name(name: str) -> Callable[[Any], None]:
    def edit(dataset: Any) -> None:
        names = [name, *dataset["files"].file_name[1:]]
        dataset["files"].setncattr("file_name", names)

    return edit


def set_attribute(variable: str, name: str, value: Any) -> Callable[[Any], None]:
    return lambda dataset: dataset[variable].setncattr(name, value)


def remove_attribute(variable: str, name: str) -> Callable[[Any], None]:
    return lambda dataset: dataset[variable].delncattr(name)


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "..", ".", "", "a/b", "a%2Fb", "%2e%2e", "nul%00", "%2Fx"]
)
def test_names_that_lead_elsewhere_are_refused(
    archive_path: Path, tmp_path: Path, name: str
) -> None:
    change(archive_path, set_file_name(name))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(AncillaryDataError, match="not to be trusted"):
        NetCDFArchive(archive_path).extract(tmp_path / "extracted")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["..", "a/b", "%2e%2e"])
def test_folders_that_lead_elsewhere_are_refused(archive_path: Path, name: str) -> None:
    change(archive_path, set_attribute("folder", "directory_name", name))
    with pytest.raises(AncillaryDataError, match="not to be trusted"):
        NetCDFArchive(archive_path).files()


@pytest.mark.parametrize(
    "edit",
    [
        set_file_name("b.txt"),
        set_attribute("large.bin", "file_name", "folder"),
        remove_attribute("files", "file_size"),
        remove_attribute("files", "file_name"),
        set_attribute("files", "file_size", [5, 5]),
        set_attribute("files", "file_size", 5),
        set_attribute("files", "file_mode", "rw-r--r--"),
        set_attribute("files", "file_sha256", ["0"] * 4),
        set_attribute("files", "file_stored_size", [-1, 128, 5, 8]),
        set_attribute("large.bin", "file_size", -512_000),
        set_attribute("large.bin", "file_stored_size", 512_001),
        remove_attribute("folder", "directory_name"),
        remove_attribute("folder", "directory_mode"),
        remove_attribute("frames", "numpy_dtype"),
        set_attribute("frames", "numpy_dtype", "<f4"),
        set_attribute("frames", "numpy_dtype", "<c16"),
        set_attribute("frames", "numpy_dtype", "|O"),
        set_attribute("frames", "numpy_dtype", "[os.system('true')]"),
        set_attribute("frames", "numpy_dtype", "water"),
        set_attribute("frames", "array_offset", -128),
        set_attribute("frames", "array_offset", 1_000),
        set_attribute("frames", "array_file", "other.npy"),
        set_attribute("frames", "array_file", "numbers.npy"),
    ],
)
def test_a_malformed_archive_is_an_error_that_says_so(
    archive_path: Path, edit: Callable[[Any], None]
) -> None:
    change(archive_path, edit)
    with pytest.raises(AncillaryDataError, match=r"archive\.nc (is malformed|has files that are)"):
        NetCDFArchive(archive_path).files()


def test_bytes_that_changed_are_an_error_wherever_they_are_read(
    archive_path: Path, tmp_path: Path
) -> None:
    def edit(dataset: Any) -> None:
        dataset["files"][:] = dataset["files"][:] ^ 1
        dataset["large.bin"][300_000] = 0

    change(archive_path, edit)
    with NetCDFArchive(archive_path) as archive:
        for name in ("a.txt", "large.bin"):
            with pytest.raises(ChangedExternalResourceError, match=name):
                archive.read(name)
            stream = archive.open(name)
            with stream, pytest.raises(ChangedExternalResourceError, match=name):
                deque(iter(partial(stream.read, 1000), b""), maxlen=0)
        with pytest.raises(ChangedExternalResourceError):
            archive.extract(tmp_path / "extracted")
    assert {path.name for path in tmp_path.iterdir()} == {"archive.nc", "source"}


def test_an_empty_file_that_should_have_bytes_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "empty").touch()
    write_archive(tmp_path / "source", tmp_path / "a.nc")
    change(tmp_path / "a.nc", set_attribute("files", "file_sha256", "0" * 64))
    with pytest.raises(ChangedExternalResourceError, match="empty"):
        NetCDFArchive(tmp_path / "a.nc").read("empty")


def test_an_array_that_changed_makes_its_file_an_error(archive_path: Path) -> None:
    def edit(dataset: Any) -> None:
        dataset["frames"][50, 0, 0] = 0

    change(archive_path, edit)
    with pytest.raises(ChangedExternalResourceError, match=r"frames\.npy"):
        NetCDFArchive(archive_path).read("frames.npy")


def test_a_frame_is_read_without_the_others_and_not_when_it_is_damaged(archive_path: Path) -> None:
    content = bytearray(archive_path.read_bytes())
    position = content.find(FRAMES[70].tobytes())
    assert position > 0
    content[position + 1000] ^= 1
    archive_path.write_bytes(content)
    with NetCDFArchive(archive_path) as archive:
        frames = archive.arrays()["frames"]
        numpy.testing.assert_array_equal(frames[69], FRAMES[69])
        numpy.testing.assert_array_equal(frames[71:], FRAMES[71:])
        with pytest.raises(AncillaryDataError, match=r"archive\.nc can't be read"):
            frames[70]


@pytest.mark.parametrize("length", [0, 1, 100, 4000, 20_000, -1])
def test_a_truncated_archive_is_an_error(archive_path: Path, length: int) -> None:
    archive_path.write_bytes(archive_path.read_bytes()[:length])
    with pytest.raises(AncillaryDataError, match=r"archive\.nc can't be opened"):
        NetCDFArchive(archive_path).files()


def test_garbage_is_an_error(archive_path: Path) -> None:
    archive_path.write_bytes(os.urandom(10_000))
    with pytest.raises(AncillaryDataError, match=r"archive\.nc can't be opened"):
        NetCDFArchive(archive_path).files()


def test_a_netcdf_file_of_others_is_an_error(tmp_path: Path) -> None:
    netCDF4.Dataset(tmp_path / "other.nc", "w").close()
    with pytest.raises(AncillaryDataError, match="no archive that propstore wrote"):
        NetCDFArchive(tmp_path / "other.nc").files()


def test_an_archive_of_a_later_format_is_an_error(archive_path: Path) -> None:
    change(archive_path, lambda dataset: dataset.setncattr("propstore_archive", 2))
    with pytest.raises(AncillaryDataError, match="reads format 1"):
        NetCDFArchive(archive_path).files()


def test_a_missing_archive_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MissingExternalResourceError, match=r"missing\.nc"):
        NetCDFArchive(tmp_path / "missing.nc").files()
    with pytest.raises(MissingExternalResourceError, match="no archive"):
        NetCDFArchive(tmp_path).read("file")


def test_an_archive_that_may_not_be_read_is_an_error(
    archive_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not by a mode, which the superuser may be running this in spite of.
    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(netCDF4, "Dataset", denied)
    with pytest.raises(ExternalPermissionError, match=r"archive\.nc may not be read"):
        NetCDFArchive(archive_path).files()


def test_an_archive_in_a_directory_that_is_not_utf_8_is_an_error(archive_path: Path) -> None:
    directory = archive_path.parent / os.fsdecode(b"not utf-8 \xff")
    directory.mkdir()
    with pytest.raises(AncillaryDataError, match="can't be written"):
        write_archive(None, directory / "a.nc", arrays={"x": [1]})
    assert list(directory.iterdir()) == []
    archive_path.rename(directory / "a.nc")
    with pytest.raises(AncillaryDataError, match="can't be opened"):
        NetCDFArchive(directory / "a.nc").files()


def test_modes_in_an_archive_give_no_rights_that_files_do_not_have(
    archive_path: Path, tmp_path: Path
) -> None:
    change(archive_path, set_attribute("large.bin", "file_mode", 0o104777))
    NetCDFArchive(archive_path).extract(tmp_path / "extracted")
    assert (tmp_path / "extracted" / "large.bin").stat().st_mode & 0o7777 == 0o777
