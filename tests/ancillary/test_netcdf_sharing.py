"""Archives in several threads and processes, and writers that fail."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pytest

from propstore.ancillary.netcdf import NetCDFArchive, write_archive
from propstore.errors import AncillaryDataError

WRITER = """
import os, pathlib, sys
from propstore.ancillary.netcdf import write_archive
source, path = map(pathlib.Path, sys.argv[1:])
print("ready", flush=True)
write_archive(source, path)
"""


def test_threads_share_archives(tmp_path: Path) -> None:
    frames = numpy.random.default_rng(0).random((200, 100, 3))
    (tmp_path / "source").mkdir()
    for number in range(50):
        (tmp_path / "source" / f"file-{number}").write_bytes(os.urandom(1000) * number)
    paths = [tmp_path / "a.nc", tmp_path / "b.nc"]
    for path in paths:
        write_archive(tmp_path / "source", path, arrays={"frames": frames})

    def read(number: int) -> None:
        archive = archives[number % 2]
        numpy.testing.assert_array_equal(archive.arrays()["frames"][number], frames[number])
        name = f"file-{number % 50}"
        assert archive.read(name) == (tmp_path / "source" / name).read_bytes()
        if number % 40 == 0:
            archive.close()
        if number % 50 == 0:
            write_archive(tmp_path / "source", tmp_path / f"{number}.nc")

    archives = [NetCDFArchive(path) for path in paths]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(read, range(200)))
    for archive in archives:
        archive.close()


def test_processes_read_one_archive_at_the_same_time(tmp_path: Path) -> None:
    write_archive(None, tmp_path / "a.nc", arrays={"x": numpy.arange(10)})
    script = """
import sys
from propstore.ancillary.netcdf import NetCDFArchive
archive = NetCDFArchive(sys.argv[1])
print(archive.arrays()["x"][3], flush=True)
sys.stdin.read()
print(archive.arrays()["x"][4], flush=True)
"""
    command = [sys.executable, "-c", script, os.fspath(tmp_path / "a.nc")]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "3\n"
    # Both have it open now.
    assert [process.communicate()[0] for process in processes] == ["4\n", "4\n"]


def test_reading_changes_nothing_on_read_only_media(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    path = media / "a.nc"
    write_archive(None, path, arrays={"x": numpy.arange(10)})
    path.chmod(0o444)
    media.chmod(0o555)
    content, status = path.read_bytes(), path.stat()
    with NetCDFArchive(path) as archive:
        assert archive.arrays()["x"][3] == 3
        archive.extract(tmp_path / "extracted")
        assert list(media.iterdir()) == [path]
    assert path.read_bytes() == content
    assert path.stat().st_mtime_ns == status.st_mtime_ns
    media.chmod(0o755)


def test_an_archive_replaces_another_while_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    write_archive(None, path, arrays={"x": numpy.arange(10)})
    with NetCDFArchive(path) as archive:
        assert archive.arrays()["x"][3] == 3
        write_archive(None, path, arrays={"x": numpy.zeros(10)})
        assert archive.arrays()["x"][4] == 4
    with NetCDFArchive(path) as archive:
        assert archive.arrays()["x"][4] == 0


def test_an_archive_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "new").touch()
    write_archive(None, tmp_path / "a.nc", arrays={"x": [1]})
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.nc", "new")]
    assert modes[0] == modes[1]


def test_a_failed_write_leaves_what_there_was(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    write_archive(None, path, arrays={"x": numpy.arange(10)})
    content = path.read_bytes()
    xarray = pytest.importorskip("xarray", reason="attributes come with xarray's arrays")
    bad = xarray.DataArray([1.0], dims="x", attrs={"cannot be held": {}})
    with pytest.raises(AncillaryDataError, match="cannot be held"):
        write_archive(None, path, arrays={"first": numpy.zeros(1000), "bad": bad})
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AncillaryDataError, match="can't be written"):
        write_archive(None, tmp_path / "missing" / "a.nc", arrays={"x": [1]})


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2, 0.5])
def test_a_killed_writer_leaves_what_there_was(tmp_path: Path, delay: float) -> None:
    path = tmp_path / "a.nc"
    write_archive(None, path, arrays={"x": numpy.arange(10)})
    content = path.read_bytes()
    source = tmp_path / "source"
    source.mkdir()
    (source / "large").write_bytes(os.urandom(80_000_000))
    command = [sys.executable, "-c", WRITER, os.fspath(source), os.fspath(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while not list(tmp_path.glob(".*.tmp")):
            assert process.poll() is None
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert path.read_bytes() == content


def test_importing_it_imports_no_library(tmp_path: Path) -> None:
    script = """
import sys
import propstore.ancillary.netcdf
print(sorted({"netCDF4", "numpy", "xarray"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout == "[]\n"
