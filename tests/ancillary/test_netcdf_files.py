"""Files in a netCDF archive."""

from __future__ import annotations

import hashlib
import io
import os
import socket
from pathlib import Path

import netCDF4
import pytest

from propstore.ancillary.netcdf import Compression, FileEntry, NetCDFArchive, write_archive
from propstore.ancillary.netcdf.digested_reader import DigestedReader
from propstore.ancillary.netcdf.incoming import IncomingFile
from propstore.errors import (
    AncillaryDataError,
    ExternalResourceExistsError,
    MissingExternalResourceError,
)
from tests.ancillary.netcdf_samples import contents, make_odd_tree, snapshot


@pytest.fixture
def source(tmp_path: Path) -> Path:
    directory = tmp_path / "source"
    directory.mkdir()
    return directory


@pytest.fixture
def archive_path(tmp_path: Path) -> Path:
    return tmp_path / "archive.nc"


def test_files_come_back_bit_for_bit_whatever_they_are_called(
    source: Path, archive_path: Path, tmp_path: Path
) -> None:
    make_odd_tree(source)
    write_archive(source, archive_path)
    with NetCDFArchive(archive_path) as archive:
        archive.extract(tmp_path / "extracted")
    assert snapshot(tmp_path / "extracted") == snapshot(source)


def test_a_thousand_files_come_back_bit_for_bit(
    source: Path, archive_path: Path, tmp_path: Path
) -> None:
    make_odd_tree(source, count=1000)
    written = write_archive(source, archive_path)
    assert len(written) > 1000
    NetCDFArchive(archive_path).extract(tmp_path / "extracted")
    assert contents(tmp_path / "extracted") == contents(source)


def test_a_file_of_200_megabytes_comes_back_bit_for_bit(
    source: Path, archive_path: Path, tmp_path: Path
) -> None:
    half = 1024 * 1024
    block = os.urandom(half) + bytes(half)
    with (source / "large.bin").open("wb") as stream:
        for number in range(100):
            stream.write(block[number:] + bytes(number))
    (written,) = write_archive(source, archive_path)
    assert written.size > 200_000_000
    with NetCDFArchive(archive_path) as archive:
        archive.extract(tmp_path / "extracted")
    assert contents(tmp_path / "extracted") == contents(source)


def test_modes_and_times_come_back(source: Path, archive_path: Path, tmp_path: Path) -> None:
    (source / "folder").mkdir()
    for name, mode, time in (
        ("folder/script", 0o750, 1_700_000_000_123_456_789),
        ("readonly", 0o400, -1_000_000_001),
        ("folder", 0o555, 1_600_000_000_000_000_001),
    ):
        path = source / name
        if not path.exists():
            path.touch()
        path.chmod(mode)
        os.utime(path, ns=(time, time))
    write_archive(source, archive_path)
    NetCDFArchive(archive_path).extract(tmp_path / "extracted")
    assert snapshot(tmp_path / "extracted") == snapshot(source)


def test_set_user_id_bits_are_not_kept(source: Path, archive_path: Path, tmp_path: Path) -> None:
    (source / "program").touch()
    (source / "program").chmod(0o4755)
    write_archive(source, archive_path)
    NetCDFArchive(archive_path).extract(tmp_path / "extracted")
    assert (tmp_path / "extracted" / "program").stat().st_mode & 0o7777 == 0o755


def test_files_are_listed_with_size_digest_mode_and_time(source: Path, archive_path: Path) -> None:
    (source / "sub").mkdir()
    path = source / "sub" / "notes.txt"
    path.write_bytes(b"water")
    path.chmod(0o640)
    os.utime(path, ns=(5, 5))
    expected = FileEntry(
        "sub/notes.txt", 5, hashlib.sha256(b"water").hexdigest(), mode=0o640, modified=5
    )
    assert write_archive(source, archive_path) == [expected]
    assert NetCDFArchive(archive_path).files() == [expected]


def test_a_directory_without_files_is_an_archive_without_files(
    source: Path, archive_path: Path, tmp_path: Path
) -> None:
    assert write_archive(source, archive_path) == []
    archive = NetCDFArchive(archive_path)
    assert archive.files() == []
    archive.extract(tmp_path / "extracted")
    assert list((tmp_path / "extracted").iterdir()) == []


def test_folders_nest_as_deep_as_paths_go(source: Path, archive_path: Path, tmp_path: Path) -> None:
    deepest = source.joinpath(*["d"] * 300)
    deepest.mkdir(parents=True)
    (deepest / "file").write_bytes(b"deep")
    write_archive(source, archive_path)
    NetCDFArchive(archive_path).extract(tmp_path / "extracted")
    assert contents(tmp_path / "extracted") == contents(source)


def test_files_are_read_without_extracting_them(source: Path, archive_path: Path) -> None:
    (source / "small").write_bytes(b"small")
    (source / "large").write_bytes(b"0123456789" * 100_000)
    write_archive(source, archive_path)
    before = sorted(archive_path.parent.rglob("*"))
    with NetCDFArchive(archive_path) as archive:
        assert archive.read("small") == b"small"
        assert archive.read("large") == b"0123456789" * 100_000
        assert archive.open("large").readline() == b"0123456789" * 100_000
    assert sorted(archive_path.parent.rglob("*")) == before


def test_a_stream_can_be_sought_in(source: Path, archive_path: Path) -> None:
    data = os.urandom(1_000_000)
    (source / "large").write_bytes(data)
    write_archive(source, archive_path)
    with NetCDFArchive(archive_path).open("large") as stream:
        assert stream.seekable()
        assert stream.seek(-10, io.SEEK_END) == 999_990
        assert stream.read() == data[-10:]
        stream.seek(500_000)
        assert stream.read(3) == data[500_000:500_003]
        assert stream.seek(7, io.SEEK_CUR) == 500_010
        assert stream.read(300_000) == data[500_010:800_010]
        stream.seek(2_000_000)
        assert stream.read(1) == b""
        stream.seek(0)
        assert stream.read() == data


def test_a_stream_has_no_negative_positions(source: Path, archive_path: Path) -> None:
    (source / "file").write_bytes(b"content")
    write_archive(source, archive_path)
    with NetCDFArchive(archive_path).open("file") as stream:
        with pytest.raises(ValueError, match="position -1"):
            stream.seek(-8, io.SEEK_END)
        with pytest.raises(ValueError, match="whence"):
            stream.raw.seek(0, 7)


def test_an_unknown_file_is_an_error_that_names_near_ones(source: Path, archive_path: Path) -> None:
    (source / "trajectory.dcd").touch()
    write_archive(source, archive_path)
    with pytest.raises(MissingExternalResourceError, match=r"trajctory.*trajectory\.dcd"):
        NetCDFArchive(archive_path).read("trajctory.dcd")


def test_an_archive_is_used_again_after_it_was_closed(source: Path, archive_path: Path) -> None:
    (source / "file").write_bytes(b"content")
    write_archive(source, archive_path)
    archive = NetCDFArchive(archive_path)
    assert archive.read("file") == b"content"
    archive.close()
    assert archive.read("file") == b"content"
    archive.close()


def test_a_link_to_a_file_inside_is_kept_as_that_file(
    source: Path, archive_path: Path, tmp_path: Path
) -> None:
    (source / "file").write_bytes(b"content")
    (source / "link").symlink_to("file")
    write_archive(source, archive_path)
    NetCDFArchive(archive_path).extract(tmp_path / "extracted")
    link = tmp_path / "extracted" / "link"
    assert link.read_bytes() == b"content"
    assert not link.is_symlink()


@pytest.mark.parametrize("target", ["../outside", "nowhere", "link", ".", "folder"])
def test_a_link_to_anything_else_is_refused(source: Path, archive_path: Path, target: str) -> None:
    (source.parent / "outside").write_bytes(b"secret")
    (source / "folder").mkdir()
    (source / "link").symlink_to(target)
    with pytest.raises(AncillaryDataError, match="link"):
        write_archive(source, archive_path)
    assert not archive_path.exists()


def test_pipes_and_sockets_are_refused(source: Path, archive_path: Path) -> None:
    os.mkfifo(source / "pipe")
    with pytest.raises(AncillaryDataError, match="pipe"):
        write_archive(source, archive_path)
    (source / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.fspath(source / "socket"))
        with pytest.raises(AncillaryDataError, match="socket"):
            write_archive(source, archive_path)


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_source_has_to_be_a_directory(tmp_path: Path, archive_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AncillaryDataError, match=f"{name}.* (is not a directory|does not exist)"):
        write_archive(tmp_path / name, archive_path)


def test_a_file_that_grows_while_it_is_archived_is_refused() -> None:
    file = IncomingFile("log", 3, 0o644, 0, lambda: io.BytesIO(b"12345"))
    with DigestedReader(file) as reader:
        reader.copy_to(io.BytesIO(), 3)
        with pytest.raises(AncillaryDataError, match=r"log.* 3 bytes"):
            reader.finish()


def test_a_file_that_shrinks_while_it_is_archived_is_refused() -> None:
    file = IncomingFile("log", 9, 0o644, 0, lambda: io.BytesIO(b"12345"))
    with DigestedReader(file) as reader, pytest.raises(AncillaryDataError, match=r"log.* 9 bytes"):
        reader.copy_to(io.BytesIO(), 9)


def test_a_file_that_cannot_be_read_is_an_error() -> None:
    def failing() -> io.BufferedReader:
        return io.BufferedReader(FailingStream())

    class FailingStream(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object, /) -> int:
            raise OSError("the disk is broken")

    reader = DigestedReader(IncomingFile("log", 9, 0o644, 0, failing))
    with reader, pytest.raises(AncillaryDataError, match=r"log.* the disk is broken"):
        reader.copy_to(io.BytesIO(), 9)


def test_a_file_that_vanishes_is_an_error(source: Path) -> None:
    file = IncomingFile("log", 9, 0o644, 0, lambda: (source / "log").open("rb"))
    with pytest.raises(AncillaryDataError, match="'log' can't be read"):
        DigestedReader(file).__enter__()


def test_extracting_to_a_directory_that_is_not_there_is_an_error(
    source: Path, archive_path: Path
) -> None:
    write_archive(source, archive_path)
    archive = NetCDFArchive(archive_path)
    with pytest.raises(AncillaryDataError, match=r"archive\.nc can't be extracted"):
        archive.extract(source / "missing" / "target")
    assert repr(archive) == f"NetCDFArchive({str(archive_path)!r})"


def test_an_empty_directory_can_be_extracted_to(source: Path, archive_path: Path) -> None:
    (source / "file").write_bytes(b"content")
    write_archive(source, archive_path)
    target = archive_path.parent / "target"
    target.mkdir()
    NetCDFArchive(archive_path).extract(target)
    assert contents(target) == contents(source)


def test_nothing_is_extracted_over_what_is_there(source: Path, archive_path: Path) -> None:
    (source / "file").write_bytes(b"content")
    write_archive(source, archive_path)
    target = archive_path.parent / "target"
    target.mkdir()
    (target / "other").touch()
    with pytest.raises(ExternalResourceExistsError, match="target"):
        NetCDFArchive(archive_path).extract(target)
    assert [path.name for path in target.iterdir()] == ["other"]


@pytest.mark.parametrize("compression", ["zlib", "zstd"])
def test_files_and_arrays_are_compressed(
    source: Path, archive_path: Path, compression: Compression
) -> None:
    with netCDF4.Dataset("scratch", "w", diskless=True) as dataset:
        if compression == "zstd" and not dataset.has_zstd_filter():
            pytest.skip("the netCDF library has no zstd filter")
    (source / "log").write_bytes(b"energy 0.0\n" * 100_000)
    write_archive(source, archive_path, arrays={"zeros": [0] * 100_000}, compression=compression)
    assert archive_path.stat().st_size < 100_000
    with netCDF4.Dataset(archive_path) as dataset:
        assert all(dict(variable.filters())[compression] for variable in dataset.variables.values())


def test_without_compression_files_are_stored_as_they_are(source: Path, archive_path: Path) -> None:
    (source / "log").write_bytes(b"energy 0.0\n" * 100_000)
    write_archive(source, archive_path, compression=None)
    assert archive_path.stat().st_size > 1_100_000
    assert NetCDFArchive(archive_path).read("log") == b"energy 0.0\n" * 100_000


def test_zstd_without_its_filter_is_an_error_that_says_what_works(
    source: Path, archive_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WithoutZstd(netCDF4.Dataset):
        def has_zstd_filter(self) -> bool:
            return False

    monkeypatch.setattr(netCDF4, "Dataset", WithoutZstd)
    with pytest.raises(AncillaryDataError, match="compression='zlib'"):
        write_archive(source, archive_path, compression="zstd")
    assert not archive_path.exists()
