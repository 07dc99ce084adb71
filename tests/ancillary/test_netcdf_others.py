"""Archives read without propstore, and xarray's datasets in archives."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import netCDF4
import numpy
import pytest

from propstore.ancillary.netcdf import NetCDFArchive, write_archive
from propstore.errors import AncillaryDataError
from tests.ancillary.netcdf_samples import contents, make_odd_tree

PAGE = Path(__file__).parents[2] / "docs" / "netcdf-archives.md"


def run_snippet(containing: str) -> None:
    """Run the Python of the documentation that contains a text, in the current directory."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (found,) = (block for block in blocks if containing in block)
    Path("snippet.py").write_text(found, encoding="utf-8")
    runpy.run_path("snippet.py")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    directory = tmp_path / "source"
    directory.mkdir()
    make_odd_tree(directory)
    generator = numpy.random.default_rng(0)
    arrays = directory / "arrays"
    arrays.mkdir()
    values: dict[str, Any] = {
        "big-endian": generator.random((7, 3)).astype(">f8"),
        "bool": numpy.array([True, False]),
        "complex": generator.random((4, 2)) * 1j,
        "default-fill": numpy.array([9.969209968386869e36]),
        "fortran": numpy.asarray(generator.random((5, 4)), order="F"),
        "half": generator.random(5).astype("f2"),
        "nan": numpy.array([numpy.nan]),
        "none": numpy.zeros((0, 3)),
        "scalar": numpy.array(1),
        "structured": numpy.array([(1, "é")], [("a", "i1"), ("b", "U2")]),
        "tagged": numpy.array([(b"\0x", 1)], [("tag", "S4"), ("n", "i4")]),
        "text": numpy.array(["water", "é"]),
        "times": numpy.array(["2026-01-01", "NaT"], "M8[ns]"),
    }
    for name, array in values.items():
        numpy.save(arrays / f"{name}.npy", array)
    numpy.savez(arrays / "all.npz", **values)
    numpy.savez_compressed(arrays / "compressed.npz", **values)
    return directory


def test_everything_is_restored_by_the_lines_in_the_documentation(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_archive(source, tmp_path / "record.nc")
    monkeypatch.chdir(tmp_path)
    run_snippet("def restore")
    assert contents(tmp_path / "restored") == contents(source)


def test_the_example_in_the_documentation_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("input/system.xml", "output/trajectory.dcd"):
        path = tmp_path / "run-17" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"content")
    run_snippet("write_archive(")
    assert (tmp_path / "somewhere" / "positions.npy").is_file()


def test_netcdf4_reads_arrays_with_their_units(tmp_path: Path) -> None:
    values = numpy.arange(12.0).reshape(4, 3)
    write_archive(None, tmp_path / "a.nc", arrays={"positions": values}, units={"positions": "nm"})
    with netCDF4.Dataset(tmp_path / "a.nc") as dataset:
        assert dataset.data_model == "NETCDF4"
        assert dataset["positions"].units == "nm"
        assert dataset["positions"].shape == (4, 3)
        numpy.testing.assert_array_equal(dataset["positions"][:], values)


def test_netcdf4_reads_complex_numbers_and_text(tmp_path: Path) -> None:
    arrays = {"z": numpy.array([1 + 2j, 3]), "text": numpy.array(["water", "é"])}
    write_archive(None, tmp_path / "a.nc", arrays=arrays)
    with netCDF4.Dataset(tmp_path / "a.nc", auto_complex=True) as dataset:
        numpy.testing.assert_array_equal(dataset["z"][:], arrays["z"])
        assert list(dataset["text"][:]) == ["water", "é"]


def test_folders_are_groups_and_files_have_their_attributes(tmp_path: Path) -> None:
    (tmp_path / "source" / "sub").mkdir(parents=True)
    (tmp_path / "source" / "sub" / "a").write_bytes(b"aa")
    (tmp_path / "source" / "sub" / "b").write_bytes(b"b")
    (tmp_path / "source" / "sub" / "large").write_bytes(bytes(300_000))
    written = write_archive(tmp_path / "source", tmp_path / "a.nc")
    with netCDF4.Dataset(tmp_path / "a.nc") as dataset:
        files, large = dataset["sub"]["files"], dataset["sub"]["large"]
        assert files[:].tobytes() == b"aab"
        assert files.file_name == ["a", "b"]
        assert list(files.file_size) == [2, 1]
        assert large.file_sha256 == written[2].sha256
        assert large.file_modified == written[2].modified
        assert large[:].tobytes() == bytes(300_000)


def test_ncdump_reads_an_archive(source: Path, tmp_path: Path) -> None:
    if shutil.which("ncdump") is None:
        pytest.skip("ncdump is not installed (Debian: netcdf-bin)")
    write_archive(source, tmp_path / "a.nc", arrays={"x": [1.5, 2.5]}, units={"x": "nm"})
    done = subprocess.run(
        ["ncdump", "-v", "x", os.fspath(tmp_path / "a.nc")],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert "x = 1.5, 2.5" in done.stdout
    assert 'x:units = "nm"' in done.stdout


def test_xarray_opens_an_archive_and_every_folder_in_it(source: Path, tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    values = numpy.arange(12.0).reshape(4, 3)
    write_archive(source, tmp_path / "a.nc", arrays={"x": values}, units={"x": "nm"})
    with xarray.open_dataset(tmp_path / "a.nc") as dataset:
        numpy.testing.assert_array_equal(dataset["x"], values)
        assert dataset["x"].attrs["units"] == "nm"
    with xarray.open_dataset(tmp_path / "a.nc", group="arrays") as dataset:
        dataset.load()
        assert dataset["bool"].dtype == bool
        assert dataset["times"].values[0] == numpy.datetime64("2026-01-01")
        assert numpy.isnat(dataset["times"].values[1])
        assert list(dataset["text"].values) == ["water", "é"]


def example_dataset(xarray: Any) -> Any:
    return xarray.Dataset(
        {
            "positions": (
                ("frame", "atom", "axis"),
                numpy.arange(24.0).reshape(4, 2, 3),
                {"units": "nm", "scale": [1, 2, 3]},
            ),
            "energy": ("frame", numpy.arange(4, dtype=">f4"), {"units": "kJ/mol"}),
            "box": (("axis", "axis_2"), numpy.eye(3)),
            "flag": ((), numpy.array(True)),
        },
        coords={
            "frame": ("frame", [0, 10, 20, 30], {"units": "ps"}),
            "axis": ["x", "y", "z"],
            "when": ("frame", numpy.arange(4).astype("M8[ns]")),
        },
        attrs={"title": "water", "Conventions": "CF-1.8", "comment": "none"},
    )


def test_a_dataset_comes_back_identical(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    dataset = example_dataset(xarray)
    write_archive(None, tmp_path / "a.nc", arrays=dataset)
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        xarray.testing.assert_identical(archive.to_xarray(), dataset)
        assert archive.to_xarray()["energy"].dtype == ">f4"


def test_a_dataset_is_identical_for_xarray_itself(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    dataset = example_dataset(xarray)
    write_archive(None, tmp_path / "a.nc", arrays=dataset)
    with xarray.open_dataset(tmp_path / "a.nc") as found:
        xarray.testing.assert_equal(found.drop_vars("files").reset_coords(), dataset.reset_coords())
        assert set(found.coords) == set(dataset.coords)


def test_a_dataset_is_read_when_it_is_used(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    values = numpy.random.default_rng(0).random((100, 1000, 3))
    arrays = xarray.Dataset({"x": (("frame", "atom", "axis"), values)})
    write_archive(None, tmp_path / "a.nc", arrays=arrays, compression=None)
    content = bytearray((tmp_path / "a.nc").read_bytes())
    content[content.find(values[70].tobytes())] ^= 1
    (tmp_path / "a.nc").write_bytes(content)
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        lazy = archive.to_xarray()["x"]
        numpy.testing.assert_array_equal(lazy.isel(frame=5), values[5])
        numpy.testing.assert_array_equal(lazy.isel(frame=[3, 1], axis=0), values[[3, 1], :, 0])
        with pytest.raises(AncillaryDataError):
            lazy.load()


def test_arrays_of_xarray_bring_their_coordinates(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    dataset = example_dataset(xarray)
    arrays = {"positions": dataset["positions"], "energy": dataset["energy"]}
    write_archive(None, tmp_path / "a.nc", arrays=arrays)
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        found = archive.to_xarray()
    expected = dataset[["positions", "energy"]].drop_attrs(deep=False)
    xarray.testing.assert_identical(found, expected)


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        (lambda x: {"a": x([1], dims="i"), "b": x([1, 2], dims="i")}, "'i' is 2 long in 'b'"),
        (lambda x: {"a": x([1], dims="i"), "i": x([1], dims="j")}, "name of a dimension"),
        (lambda x: {"a": x([1], dims="length_3")}, "length_3"),
        (lambda x: {"a": x([1], dims="i/j")}, "no dimension of the name 'i/j'"),
        (lambda x: {"a": x([1], dims="i", coords={"b c": 1})}, "no coordinate of the name 'b c'"),
        (lambda x: {"a": x([1], dims="i", attrs={"scale_factor": 2})}, "scale_factor"),
        (lambda x: {"a": x([1], dims="i", coords={"b": 1}), "b": [2]}, "'b' is both"),
        (
            lambda x: {"a": x([1], dims="i", coords={"b": 1}), "c": x([1], coords=[("b", [2])])},
            "not the same one",
        ),
    ],
)
def test_arrays_at_odds_are_refused(tmp_path: Path, arrays: Any, problem: str) -> None:
    xarray = pytest.importorskip("xarray")
    with pytest.raises(AncillaryDataError, match=problem):
        write_archive(None, tmp_path / "a.nc", arrays=arrays(xarray.DataArray))
    assert list(tmp_path.iterdir()) == []


def test_without_xarray_an_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_archive(None, tmp_path / "a.nc", arrays={"x": [1]})
    monkeypatch.delitem(sys.modules, "propstore.ancillary.netcdf.dataset", raising=False)
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match=r"propstore\[xarray\]"):
        NetCDFArchive(tmp_path / "a.nc").to_xarray()


def test_arrays_of_files_are_in_the_dataset_by_their_names(source: Path, tmp_path: Path) -> None:
    pytest.importorskip("xarray")
    write_archive(source, tmp_path / "a.nc")
    with NetCDFArchive(tmp_path / "a.nc") as archive:
        dataset = archive.to_xarray().load()
    numpy.testing.assert_array_equal(
        dataset["arrays/fortran"], numpy.load(source / "arrays" / "fortran.npy")
    )
    assert "arrays/all.npz/nan" in dataset
