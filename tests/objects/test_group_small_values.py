"""Small values of a netCDF file of groups are in one attribute of their group."""

from __future__ import annotations

import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from propstore.errors import StoreFormatError
from propstore.objects import browse, load, save
from propstore.objects.groups import NetCDFStorage, netcdf_storage

OLD_FILES = Path(__file__).parent / "old_files"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "groups.nc"


def lines_of(path: Path) -> list[str]:
    with netCDF4.Dataset(path) as dataset:
        return str(dataset.propstore_values).split("\n")


def test_a_small_object_is_saved_without_any_variable(path: Path) -> None:
    save({"x": np.arange(3)}, path, "netcdf", metadata={"author": "Marie"})
    with netCDF4.Dataset(path) as dataset:
        assert not dataset.variables
    assert load(path, "x").tolist() == [0, 1, 2]
    assert browse(path).metadata == {"author": "Marie"}


def test_the_document_is_ascii_and_the_pool_base64(path: Path) -> None:
    value = {"word": 'Größe "\U0001f9ea"\n', "x": np.arange(3, dtype="u1"), "y": b""}
    with NetCDFStorage(path) as group:
        group["a"], group["b"] = value, 1
    _, document, pool, *rest = lines_of(path)
    assert document.startswith('{"word":"Gr\\u00f6\\u00dfe ')
    assert pool == "AAEC"
    assert rest == ["1", ""]
    with NetCDFStorage(path, "r") as group:
        assert repr(group["a"]) == repr(value)


def test_a_value_is_replaced_and_removed_in_the_attribute(path: Path) -> None:
    with NetCDFStorage(path) as group:
        group["a"], group["b"] = {"x": np.arange(3)}, 1
    with NetCDFStorage(path) as group:
        group["a"] = "no pool"
        del group["b"]
    assert lines_of(path)[1:] == ['"no pool"', ""]
    with NetCDFStorage(path) as group:
        assert dict(group) == {"a": "no pool"}
        del group["a"]
    with NetCDFStorage(path, "r") as group:
        assert dict(group) == {}


def test_what_has_no_room_in_the_attribute_is_in_variables(path: Path) -> None:
    values = {f"value {number}": "x" * 10_000 for number in range(6)}
    with NetCDFStorage(path) as group:
        group.update(values)
    with netCDF4.Dataset(path) as dataset:
        assert len(dataset.propstore_values) < 32_000
        assert len(dataset.variables) == 3
    with NetCDFStorage(path) as group:
        assert dict(group) == values
        group.update(dict.fromkeys(values, 1))
    with NetCDFStorage(path, "r") as group:
        assert dict(group) == dict.fromkeys(values, 1)


def test_the_attribute_stays_small_however_small_the_values_are(path: Path) -> None:
    values = {f"value {number}": number for number in range(200)}
    with NetCDFStorage(path) as group:
        group.update(values)
    with netCDF4.Dataset(path) as dataset:
        assert len(dataset.propstore_values) < 32_000
        assert 100 < len(values) - len(dataset.variables) < 200
    with NetCDFStorage(path, "r") as group:
        assert dict(group) == values
        assert list(group) == list(values)


def test_values_are_listed_in_the_order_in_which_they_came(path: Path) -> None:
    with NetCDFStorage(path) as group:
        group["b"], group["array"], group["a"] = 1, np.arange(3), 2
        group["large"], group["c"] = "x" * 20_000, 3
    with NetCDFStorage(path, "r") as group:
        assert list(group) == ["b", "array", "a", "large", "c"]


def test_a_value_changes_between_all_its_forms(path: Path) -> None:
    forms = [1, np.arange(3), "x" * 20_000, 2, {"x": np.zeros(10_000)}, 3, np.arange(3), 4]
    for value in forms:
        with NetCDFStorage(path) as group:
            group["a"] = value
        with NetCDFStorage(path, "r") as group:
            assert repr(group["a"]) == repr(value)
            assert list(group) == ["a"]


def test_a_damaged_attribute_is_named(path: Path) -> None:
    with NetCDFStorage(path) as group:
        group["a/b"] = 1
    with netCDF4.Dataset(path, "a") as dataset:
        dataset["a"].propstore_values = "[{}]\n1"
    with NetCDFStorage(path, "r") as group, pytest.raises(StoreFormatError, match="'/a'"):
        dict(group["a"])


def test_a_file_is_written_anew_before_hdf5_runs_out_of_numbers(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netcdf_storage, "_MOST_REMOVED", 10)
    for number in range(12):
        with NetCDFStorage(path) as group:
            group["a"] = number
    with netCDF4.Dataset(path) as dataset:
        assert "propstore_removed_values" not in dataset.ncattrs()
    with NetCDFStorage(path, "r") as group:
        assert group["a"] == 11


def test_groups_of_format_1_are_read_and_written(path: Path) -> None:
    shutil.copyfile(OLD_FILES / "groups_of_format_1.nc", path)
    for mode in ("r", "a", "r"):
        with NetCDFStorage(path, mode) as group:
            assert list(group) == ["number", "array", "small", "large", "run"]
            assert group["number"] == 5
            assert group["array"].tolist() == [[0, 1, 2], [3, 4, 5]]
            assert group["small"]["word"] == "Größe"
            assert group["small"]["x"].tolist() == [0, 1, 2]
            assert group["large"] == "x" * 20_000
            assert group["run/1/energy"] == -76.5
            assert group["run/1/energies"].tolist() == [1, 2]
            if mode == "a":
                group["number"], group["small"], group["run/new"] = 6, "y", "new"
                group["number"], group["run/1/energy"] = 5, -76.5
                group["small"] = {"word": "Größe", "x": np.arange(3)}
    with NetCDFStorage(path, "r") as group:
        assert group["run/new"] == "new"


def test_an_object_that_was_saved_in_format_1_is_loaded() -> None:
    saved = OLD_FILES / "saved_in_format_1.nc"
    assert load(saved, "x").tolist() == [0, 1, 2]
    assert load(saved)["word"] == "Größe"
    assert browse(saved).metadata == {"author": "Marie"}


def test_a_file_of_a_later_format_is_refused(path: Path) -> None:
    with NetCDFStorage(path) as group:
        group["a"] = 1
    with netCDF4.Dataset(path, "a") as dataset:
        dataset.propstore_groups = 3
    with pytest.raises(StoreFormatError, match="the format 3"):
        NetCDFStorage(path, "r").__enter__()
