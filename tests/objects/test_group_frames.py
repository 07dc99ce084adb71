"""Data frames come back as they were, those that Parquet would change included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import propstore as ps
from propstore.errors import SerializationError
from propstore.objects import browse, save
from propstore.objects.groups import GenericStorage, JSONStorage, MemoryGroupStorage, NetCDFStorage

FRAMES = {
    "complex numbers": pd.DataFrame({"z": [1j, 2.5], "n": [1, 2]}),
    "long floats": pd.DataFrame({"x": np.ones(3, "g") / 3}),
    "moments in seconds": pd.DataFrame({"t": np.arange(20_000).astype("M8[s]")}),
    "categories of numbers": pd.DataFrame({"run": pd.Categorical([2, None, 1], [2, 1, 3], True)}),
    "mixed objects": pd.DataFrame({"x": [1, "a"], "y": [(1, 2), {"k": [3]}], "z": [2**70, None]}),
    "text and NaN as objects": pd.DataFrame({"x": pd.Series(["a", np.nan, None], dtype=object)}),
    "quantities": pd.DataFrame({"q": [ps.Quantity("1 K")]}, index=["a"]),
    "two columns of one name": pd.DataFrame([[1, "a"], [2, None]], columns=["a", "a"]),
    "columns of mixed names": pd.DataFrame([[1, 2j]], columns=pd.Index(["a", 1], name="q")),
    "a named index": pd.DataFrame({"z": [1j]}, index=pd.Index([1.5], name=("run", 1))),
    "an index with a step": pd.DataFrame({"z": [1j, 2j]}, index=pd.RangeIndex(5, 9, 2)),
    "no rows": pd.DataFrame({"z": np.empty(0, complex)}),
}


@pytest.fixture(params=["memory", "json", "netcdf"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> GenericStorage:
    if request.param == "json":
        return JSONStorage(tmp_path / "groups")
    return NetCDFStorage(tmp_path / "groups") if request.param == "netcdf" else MemoryGroupStorage()


@pytest.mark.filterwarnings("ignore:.*mixed type:UserWarning")
@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_that_parquet_would_change_comes_back(storage: GenericStorage, kind: str) -> None:
    frame = FRAMES[kind]
    with storage as group:
        group["frame"] = [frame]
    with storage as group:
        loaded = group["frame"][0]
    pd.testing.assert_frame_equal(
        loaded, frame, check_exact=True, check_index_type="exact", check_column_type="exact"
    )


def test_a_frame_is_stored_as_it_was_then(storage: GenericStorage) -> None:
    frame = pd.DataFrame({"z": np.zeros(10_000, complex)})
    with storage as group:
        group["frame"] = frame
        frame.loc[0, "z"] = 5
    with storage as group:
        assert group["frame"].loc[0, "z"] == 0


def test_the_error_about_a_frame_says_what_parquet_and_what_the_column_refused(
    storage: GenericStorage,
) -> None:
    frame = pd.DataFrame({"x": [1, object()]})
    with storage as group:
        with pytest.raises(SerializationError, match="column x.*of a part of it, it is a builtins"):
            group["frame"] = frame
        with pytest.raises(SerializationError, match="Sparse"):
            group["frame"] = pd.DataFrame({"x": pd.arrays.SparseArray([0, 1])})


def test_browse_tells_the_shape_of_such_a_frame(tmp_path: Path) -> None:
    save({"f": FRAMES["complex numbers"]}, tmp_path / "saved")
    part = browse(tmp_path / "saved").parts[1]
    assert part[:3] == ("f", "frame of columns", (2, 2))
