"""An array in a netCDF file of groups is a variable, for propstore and for everyone else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray

from propstore.errors import UnsupportedOperationError
from propstore.objects.groups import NetCDFStorage
from propstore.objects.groups.netcdf_value import NetCDFValue


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "groups.nc"


def test_an_array_is_a_compressed_variable(path: Path) -> None:
    with NetCDFStorage(path) as group:
        group["run/positions"] = np.zeros((1000, 10, 3), "f4")
    with netCDF4.Dataset(path) as dataset:
        variable = dataset["run/positions"]
        assert (variable.shape, variable.dtype) == ((1000, 10, 3), "f4")
        assert variable.filters()["zlib"]
        assert (variable[:] == 0).all()
    assert path.stat().st_size < 20_000


@pytest.mark.parametrize("compression", ["gzip", "", 5])
def test_an_unknown_compression_is_an_error_at_once(path: Path, compression: Any) -> None:
    with pytest.raises(ValueError, match="'zlib', 'zstd' and None"):
        NetCDFStorage(path, compression=compression)


def test_xarray_reads_arrays(path: Path) -> None:
    with NetCDFStorage(path) as group:
        group["energy"] = np.arange(5.0)
        group["times"] = np.array(["2024-01-01", "2024-01-02"], "M8[s]")
        group["flags"] = np.array([True, False])
    with xarray.open_dataset(path) as dataset:
        assert dataset["energy"].values.tolist() == [0, 1, 2, 3, 4]
        assert str(dataset["times"].values[1])[:10] == "2024-01-02"
        assert dataset["flags"].dtype == bool


def test_ncdump_reads_arrays_and_documents(path: Path) -> None:
    if shutil.which("ncdump") is None:
        pytest.skip("ncdump is not installed (Debian: netcdf-bin)")
    with NetCDFStorage(path) as group:
        group["energy"] = np.arange(3.0)
        group["run/settings"] = {"cutoff": 9.5}
    text = subprocess.run(["ncdump", path], check=True, capture_output=True, text=True).stdout
    assert "energy = 0, 1, 2 ;" in text
    assert "cutoff" in text


def test_large_arrays_inside_a_value_are_variables_too(path: Path) -> None:
    with NetCDFStorage(path) as group:
        group["run"] = {"positions": np.ones((10_000, 3)), "steps": [np.arange(3)] * 1000}
    with netCDF4.Dataset(path) as dataset:
        assert sorted(dataset.variables) == ["run", "run.pool", "run.positions"]
        assert (dataset["run.positions"][:] == 1).all()


def test_a_slice_is_read_without_the_rest(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).random((50, 1000))
    with NetCDFStorage(path) as group:
        group["a"] = values
    with NetCDFStorage(path, "r") as group:
        array = group.array("a")
        monkeypatch.setattr(NetCDFValue, "part", None)
        assert array[3].tolist() == values[3].tolist()
        assert array[3, 5] == values[3, 5]


def test_rows_are_appended_along_an_unlimited_dimension(path: Path) -> None:
    with NetCDFStorage(path) as group:
        group.create_array("energy", "f8").append([1.0])
    with NetCDFStorage(path) as group:
        group.array("energy").append([2.0, 3.0])
    with netCDF4.Dataset(path) as dataset:
        variable = dataset["energy"]
        assert dataset.dimensions[variable.dimensions[0]].isunlimited()
        assert variable[:].tolist() == [1, 2, 3]
        assert variable.chunking()[0] > 1000


def test_an_array_that_was_not_made_to_grow_says_so(path: Path) -> None:
    with NetCDFStorage(path) as group:
        group["a"] = np.arange(3)
        with pytest.raises(UnsupportedOperationError, match="create_array"):
            group.array("a").append([4])
        group["b"] = 1
    with NetCDFStorage(path, "r") as group:
        assert group["a"].tolist() == [0, 1, 2]


def test_an_array_that_netcdf_does_not_have_cannot_grow(path: Path) -> None:
    with NetCDFStorage(path) as group:
        with pytest.raises(UnsupportedOperationError, match="grow"):
            group.create_array("a", "O")
        group["a"] = 1


def test_an_array_of_the_same_form_takes_the_place_of_another(path: Path) -> None:
    with NetCDFStorage(path, compression=None) as group:
        group["a"], group["rest"] = np.zeros(100_000), np.zeros(10)
    size = path.stat().st_size
    for number in range(3):
        with NetCDFStorage(path, compression=None) as group:
            group["a"] = np.full(100_000, float(number))
    assert path.stat().st_size < size + 10_000


def test_a_file_does_not_grow_without_end_when_values_are_replaced(path: Path) -> None:
    with NetCDFStorage(path, compression=None) as group:
        group["kept"] = {"large": np.arange(20_000.0), "small": np.arange(3)}
        group.create_array("in/growing", "f8", (2,)).append(np.ones((1000, 2)))
    for number in range(10):
        with NetCDFStorage(path, compression=None) as group:
            group["a"] = np.full(100_000 + number, number)
            group["b/c"] = {"x": np.full(10_000 + number, number)}
            if number % 2:
                del group["b"]
    assert path.stat().st_size < 4_000_000
    with NetCDFStorage(path) as group:
        assert group["a"][-1] == 9
        assert group["kept"]["large"].tolist() == list(range(20_000))
        group.array("in/growing").append(np.zeros((1, 2)))
        assert group["in/growing"].shape == (1001, 2)


def test_a_netcdf_file_of_someone_else_is_refused(path: Path) -> None:
    with netCDF4.Dataset(path, "w") as dataset:
        dataset.createDimension("x", 3)
    with pytest.raises(ValueError, match="no format of propstore's groups"):
        NetCDFStorage(path, "r").__enter__()


def test_a_pool_of_one_byte_comes_back(path: Path) -> None:
    with NetCDFStorage(path) as group:
        group["a"] = b"x"
    with NetCDFStorage(path, "r") as group:
        assert group["a"] == b"x"


def test_a_large_document_is_characters_that_netcdf4_reads_as_text(path: Path) -> None:
    with NetCDFStorage(path) as group:
        group["a"] = "ö" * 20_000
    with netCDF4.Dataset(path) as dataset:
        assert str(dataset["a"][:]) == '"' + "ö" * 20_000 + '"'
    with NetCDFStorage(path, "r") as group:
        assert group["a"] == "ö" * 20_000


def test_values_change_between_small_and_large(path: Path) -> None:
    for size in (1, 3000, 20_000, 1, 20_000, 3000):
        value = {"x": [np.arange(size // 10 + 1)] * 10, "text": "x" * size}
        with NetCDFStorage(path) as group:
            group["a"] = value
        with NetCDFStorage(path, "r") as group:
            assert repr(group["a"]) == repr(value)
            assert list(group) == ["a"]


def test_a_file_that_is_open_is_read_any_number_of_times(path: Path) -> None:
    value = {"small": ["ä" * 50] * 20, "arrays": [np.arange(5)] * 50}
    with NetCDFStorage(path) as group:
        group["about"], group["object"] = value, {"large": "x" * 20_000, **value}
    with NetCDFStorage(path, "r") as held:
        for _ in range(300):
            with NetCDFStorage(path, "r") as group:
                assert repr(group["about"]) == repr(value)
                assert group["object"]["large"] == "x" * 20_000
        assert repr(held["about"]) == repr(value)


def test_rows_without_elements_do_not_grow(path: Path) -> None:
    with NetCDFStorage(path) as group:
        with pytest.raises(UnsupportedOperationError, match=r"\(0,\)"):
            group.create_array("a", "f8", (0,))
        group["b"] = 1
    with NetCDFStorage(path, "r") as group:
        assert dict(group) == {"b": 1}
