"""The part of the suite of group storages that reads parts of arrays, and lets them grow."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from typing import Any

import numpy
import pytest

from propstore.errors import GroupKeyError
from propstore.objects.groups import GenericStorage

__all__ = ["GroupArraysSuite"]


class GroupArraysSuite:
    """An array can be looked at where it is stored."""

    @pytest.mark.parametrize("dtype", ["f4", "c16", "U5", "M8[s]", ">i2"])
    def test_a_part_of_an_array_is_what_numpy_gives(
        self, storage: GenericStorage, dtype: str
    ) -> None:
        values = numpy.arange(60).reshape(3, 4, 5).astype(dtype)
        with storage as group:
            group["a"] = values
        with storage as group:
            array = group.array("a")
            assert (array.shape, array.dtype, len(array)) == ((3, 4, 5), values.dtype, 3)
            keys: list[Any] = [1, (1, 2, 3), slice(1, 3), (..., 2), (slice(None), 1), ...]
            for key in keys:
                numpy.testing.assert_array_equal(array[key], values[key], strict=True)
            numpy.testing.assert_array_equal(numpy.asarray(array), values)

    def test_an_array_grows_by_rows(self, storage: GenericStorage) -> None:
        with storage as group:
            array = group.create_array("run/positions", "f4", (4, 3))
            assert array.shape == (0, 4, 3)
            array.append(numpy.ones((2, 4, 3)))
        with storage as group:
            group.array("run/positions").append(numpy.zeros((1, 4, 3)))
            assert group.array("run/positions").shape == (3, 4, 3)
        with storage as group:
            values = group["run/positions"]
        assert values.dtype == "f4"
        assert values[:, 0, 0].tolist() == [1, 1, 0]

    def test_arrays_grow_apart(self, storage: GenericStorage) -> None:
        with storage as group:
            group["empty"] = numpy.empty(0)
            group.create_array("a", "f8").append([1.0, 2.0])
            group.create_array("b", "f8").append([3.0])
        with storage as group:
            assert group["a"].tolist() == [1, 2]
            assert group["b"].tolist() == [3]
            assert group["empty"].shape == (0,)

    def test_rows_of_another_shape_are_refused(self, storage: GenericStorage) -> None:
        with storage as group:
            array = group.create_array("a", "f8", (2,))
            with pytest.raises(ValueError, match="3"):
                array.append(numpy.ones((1, 3)))
            array.append(numpy.ones((1, 2)))
        with storage as group:
            assert group["a"].tolist() == [[1, 1]]

    def test_what_is_no_array_is_refused(self, storage: GenericStorage) -> None:
        with storage as group:
            group["list"] = [1]
            group.create_group("group")
            for key in ("list", "group"):
                with pytest.raises(GroupKeyError, match="is no array"):
                    group.array(key)
                with pytest.raises(GroupKeyError, match="already"):
                    group.create_array(key, "f8")
