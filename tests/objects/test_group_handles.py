"""Groups and arrays that one holds while what they stand for is removed or replaced."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from propstore.errors import GroupKeyError, NotInGroupError, StoreClosedError
from propstore.objects.groups import GenericStorage, JSONStorage, MemoryGroupStorage, NetCDFStorage


@pytest.fixture(params=["memory", "json", "netcdf"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> GenericStorage:
    if request.param == "json":
        return JSONStorage(tmp_path / "groups")
    return NetCDFStorage(tmp_path / "groups") if request.param == "netcdf" else MemoryGroupStorage()


def test_a_group_that_is_removed_and_made_again_keeps_what_is_new(storage: GenericStorage) -> None:
    with storage as group:
        group["run/1/energy"] = -1.5
        group["run/forces"] = np.zeros(3)
        del group["run"]
        group["run/1/charge"] = 2
        group["run/positions"] = np.ones(3)
    with storage as group:
        assert sorted(group["run"]) == ["1", "positions"]
        assert dict(group["run/1"]) == {"charge": 2}


def test_a_group_that_was_removed_takes_nothing(storage: GenericStorage) -> None:
    with storage as group:
        group["kept"] = 1
        run = group.create_group("run")
        run["energy"] = -1.5
        del group["run"]
        with pytest.raises(NotInGroupError, match="was removed"):
            run["charge"] = 2
        with pytest.raises(NotInGroupError, match="was removed"):
            run.create_array("forces", "f8")
        with pytest.raises(NotInGroupError, match="was removed"):
            run["energy"]
    with storage as group:
        assert dict(group) == {"kept": 1}


@pytest.mark.parametrize("other", [None, {"of": "another type"}, 5])
def test_an_array_whose_place_another_value_took_says_so(
    storage: GenericStorage, other: object
) -> None:
    with storage as group:
        array = group.create_array("a", "f8")
        array.append([1.0])
        del group["a"]
        if other is not None:
            group["a"] = other
        with pytest.raises((NotInGroupError, GroupKeyError), match="'a'"):
            array[...]
        with pytest.raises((NotInGroupError, GroupKeyError), match="'a'"):
            array.append([2.0])
    with storage as group:
        assert group.get("a") == other


def test_an_array_of_a_closed_storage_can_be_shown(storage: GenericStorage) -> None:
    with storage as group:
        group["a"] = np.zeros(3)
        array = group.array("a")
        assert "shape=(3,), dtype=float64" in repr(array)
    assert "closed" in repr(array)


def test_a_storage_from_which_something_is_removed_before_it_is_opened_says_so(
    storage: GenericStorage,
) -> None:
    with pytest.raises(StoreClosedError, match="with storage as group"):
        del storage["a"]


def test_groups_are_no_deeper_than_a_file_can_be_opened_with(storage: GenericStorage) -> None:
    with storage as group:
        group["/".join(["deep"] * 101)] = 1  # the last is the value's own
        for key in ("/".join(["deeper"] * 102), "deeper/" * 1000 + "x"):
            with pytest.raises(GroupKeyError, match="at most 100 deep"):
                group[key] = 2
        innermost = group["/".join(["deep"] * 100)]
        with pytest.raises(GroupKeyError, match="at most 100 deep"):
            innermost.create_group("x")
    with storage as group:
        assert list(group) == ["deep"]
        assert group["/".join(["deep"] * 101)] == 1


def test_masked_rows_are_not_appended(storage: GenericStorage) -> None:
    with storage as group:
        array = group.create_array("a", "f8")
        with pytest.raises(ValueError, match="without a loss"):
            array.append(np.ma.masked_array([1.0, 2.0], mask=[True, False]))
        assert array.shape == (0,)


@pytest.mark.parametrize(
    ("dtype", "rows"),
    [("u1", [1, 255]), ("i4", [True]), ("f4", [0.1, np.nan, np.inf]), ("f8", [2**53 + 1])],
)
def test_rows_of_another_type_are_appended_where_they_fit(
    storage: GenericStorage, dtype: str, rows: list[float]
) -> None:
    with storage as group:
        array = group.create_array("a", dtype)
        array.append(rows)
        array.append(np.empty(0, "U1"))
        np.testing.assert_array_equal(group["a"], np.array(rows, dtype), strict=True)


def test_moments_are_appended_in_other_units_where_they_fit(storage: GenericStorage) -> None:
    with storage as group:
        array = group.create_array("a", "M8[s]")
        array.append(np.array(["2024-01-01", "NaT"], "M8[D]"))
        assert str(group["a"][0]) == "2024-01-01T00:00:00"
        assert np.isnat(group["a"][1])
