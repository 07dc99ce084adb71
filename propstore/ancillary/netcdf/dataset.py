"""An archive's arrays as an xarray dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy
import xarray
from xarray.backends import BackendArray
from xarray.core import indexing

from propstore.ancillary.netcdf.lazy_array import LazyArray

__all__ = ["make_dataset"]


def make_dataset(arrays: Mapping[str, LazyArray], attributes: Mapping[str, Any]) -> xarray.Dataset:
    """Make a dataset whose variables are read when their values are needed.

    Parameters
    ----------
    arrays : mapping of str to LazyArray
        The arrays.
    attributes : mapping of str to object
        The attributes of the dataset; ``coordinates`` among them names those that are coordinates.
    """
    others = {name: value for name, value in attributes.items() if name != "coordinates"}
    variables = {
        name: xarray.Variable(
            array.dimensions,
            indexing.LazilyIndexedArray(_LazyVariable(array)),
            dict(array.attributes),
        )
        for name, array in arrays.items()
    }
    coordinates = set(str(attributes.get("coordinates", "")).split()).intersection(variables)
    return xarray.Dataset(variables, attrs=others).set_coords(coordinates)


class _LazyVariable(BackendArray):
    """What xarray reads a variable through."""

    def __init__(self, array: LazyArray) -> None:
        self._array = array
        self.shape = array.shape
        self.dtype = array.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> numpy.ndarray[Any, Any]:
        return numpy.asarray(self._array[key])
