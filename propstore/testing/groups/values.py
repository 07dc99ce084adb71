"""The part of the suite of group storages that is about values."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from typing import Any

import numpy
import pytest

from propstore.objects.groups import GenericStorage
from propstore.testing.groups.samples import ARRAYS, VALUES, is_same

__all__ = ["ValuesSuite"]


class ValuesSuite:
    """What is got is equal to what was set, and of the same type."""

    @pytest.mark.parametrize("kind", VALUES)
    def test_a_value_comes_back_as_it_was(self, storage: GenericStorage, kind: str) -> None:
        with storage as group:
            group["a"] = VALUES[kind]
            assert is_same(VALUES[kind], group["a"])
        with storage as group:
            assert is_same(VALUES[kind], group["a"])

    @pytest.mark.parametrize("kind", ARRAYS)
    def test_an_array_comes_back_as_it_was(self, storage: GenericStorage, kind: str) -> None:
        array = ARRAYS[kind]
        with storage as group:
            group["alone"] = array
            group["inside"] = {"of": [array]}
        with storage as group:
            assert is_same(array, group["alone"])
            assert is_same({"of": [array]}, group["inside"])

    @pytest.mark.parametrize("kind", sorted(ARRAYS.keys() - {"many axes", "no axes"}))
    def test_a_large_array_comes_back_as_it_was(self, storage: GenericStorage, kind: str) -> None:
        array: numpy.ndarray[Any, Any] = numpy.repeat(ARRAYS[kind], 10_000, axis=-1)
        with storage as group:
            group["inside"] = {"of": [array, array.T]}
        with storage as group:
            assert is_same({"of": [array, array.T]}, group["inside"])

    def test_a_value_is_stored_as_it_was_then(self, storage: GenericStorage) -> None:
        array, large = numpy.zeros(3), numpy.zeros(20_000)
        with storage as group:
            group["a"], group["b"], group["c"] = array, [array, large], large
            array[0] = large[0] = 1
            assert group["a"][0] == group["b"][0][0] == group["b"][1][0] == group["c"][0] == 0
        with storage as group:
            assert group["a"][0] == group["b"][0][0] == group["b"][1][0] == group["c"][0] == 0

    def test_what_was_got_can_be_changed_without_changing_what_is_stored(
        self, storage: GenericStorage
    ) -> None:
        with storage as group:
            group["a"], group["b"] = numpy.zeros(20_000), [numpy.zeros(3)]
            group["a"][:] = 1
            group["b"][0][:] = 1
            assert group["a"][0] == group["b"][0][0] == 0

    def test_masked_arrays_are_refused(self, storage: GenericStorage) -> None:
        with storage as group, pytest.raises(ValueError, match="MaskedArray"):
            group["a"] = numpy.ma.masked_array([1, 2], [True, False])
