"""The arrays in NumPy's files, each opened when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propstore.errors import MissingArrayError

if TYPE_CHECKING:
    import xarray

__all__ = ["NumpyArrays"]


class NumpyArrays(Mapping[str, Any]):
    """The arrays of a directory: an ``.npy`` file has its name without that ending.

    An array of an ``.npz`` file has that file's name, a slash, and its own name. An archive names
    them likewise. Arrays of objects are pickled, and nothing is unpickled here.

    Parameters
    ----------
    names
        The names of all files.
    path
        Gives the local path of a file.
    """

    def __init__(self, names: list[str], path: Callable[[str], Path]) -> None:
        self._path = path
        self._plain = {name.removesuffix(".npy"): name for name in names if name.endswith(".npy")}
        self._packed = [name for name in names if name.endswith(".npz")]

    def __getitem__(self, name: str) -> Any:
        """Give an array: memory-mapped from an ``.npy`` file, read from an ``.npz`` file."""
        import numpy as np

        if name in self._plain:
            return np.load(self._path(self._plain[name]), mmap_mode="r", allow_pickle=False)
        for packed in self._packed:
            prefix = f"{packed}/"
            if name.startswith(prefix):
                with np.load(self._path(packed), allow_pickle=False) as arrays:
                    if name.removeprefix(prefix) in arrays:
                        return arrays[name.removeprefix(prefix)]
        raise MissingArrayError(f"there is no array {name!r}; there are {list(self)}.")

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def __iter__(self) -> Iterator[str]:
        import numpy as np

        yield from self._plain
        for packed in self._packed:
            with np.load(self._path(packed), allow_pickle=False) as arrays:
                yield from (f"{packed}/{name}" for name in arrays)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def to_xarray(self) -> xarray.Dataset:
        """Give the arrays as a dataset; each has dimensions of its own."""
        try:
            import xarray as xr
        except ModuleNotFoundError as error:
            raise ImportError(
                "to_xarray() needs xarray: pip install 'propstore[xarray]'"
            ) from error
        return xr.Dataset(
            {
                name: ([f"{name}_{axis}" for axis in range(array.ndim)], array)
                for name, array in self.items()
            }
        )
