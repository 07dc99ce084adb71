"""The netCDF file behind groups."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propstore.errors import NotInGroupError, PropstoreError, StoreError, StoreFormatError
from propstore.objects.groups.netcdf_small_values import SmallValues
from propstore.objects.netcdf.library import NETCDF_LOCK
from propstore.objects.netcdf.variables import Compression, GroupVariables

if TYPE_CHECKING:
    import netCDF4

__all__ = ["ENTRY", "GroupNode", "NetCDFFile", "set_entry"]

ENTRY = "propstore"
"""The attribute in which a variable or a group says, as JSON, what it is."""

_FORMAT = "propstore_groups"
_CURRENT_FORMAT = 2
_OLDER_FORMATS = (1,)  # without values in the attributes of groups
_REMOVED_SIZE = "propstore_removed_bytes"
_REMOVED_COUNT = "propstore_removed_values"


def set_entry(owner: netCDF4.Dataset | netCDF4.Variable[Any], entry: dict[str, Any]) -> None:
    """Let a variable or a group say what it is."""
    owner.setncattr(ENTRY, json.dumps(entry))


class GroupNode:
    """One netCDF group, and what is in it under the names that the user gave.

    Parameters
    ----------
    group : netCDF4.Dataset
        The group.
    compression : {"zlib", "zstd"} or None
        How new variables are compressed.

    Attributes
    ----------
    small_values : SmallValues
        The values that are in an attribute.
    values : dict of str to dict
        What the variable of each value says of it, and under ``"variable"`` its netCDF name; or
        what `SmallValues` knows of it.
    groups : dict of str to str
        The netCDF names of groups.
    """

    def __init__(self, group: netCDF4.Dataset, compression: Compression | None) -> None:
        self.group = group
        self.small_values = SmallValues(group)
        self._compression = compression
        self.values: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, str] = {}
        for netcdf_name, variable in group.variables.items():
            entry = _entry(variable)
            if "type" in entry:
                self.values[entry["name"]] = {**entry, "variable": netcdf_name}
        self._insert(self.small_values.entries)
        for netcdf_name, child in group.groups.items():
            entry = _entry(child)
            if "name" in entry:
                self.groups[entry["name"]] = netcdf_name

    @cached_property
    def variables(self) -> GroupVariables:
        """What makes variables."""
        return GroupVariables(self.group, self._compression)

    def _insert(self, entries: list[dict[str, Any]]) -> None:
        """Put values among the others, where they were when they were new."""
        if not entries:
            return
        pairs = list(self.values.items())
        for entry in sorted(entries, key=lambda entry: entry["position"]):
            pairs.insert(entry["position"], (entry["name"], entry))
        self.values = dict(pairs)


class NetCDFFile:
    """A netCDF file that is read, until it is first written to: then a copy takes its place.

    Parameters
    ----------
    source : Path or None
        The file, if there is one.
    temporary : Path
        Where the copy is written.
    compression : {"zlib", "zstd"} or None
        How new variables are compressed.
    """

    def __init__(
        self, source: Path | None, temporary: Path, compression: Compression | None
    ) -> None:
        self.path = source or temporary
        self.compression = compression
        self._temporary = temporary
        self._nodes: dict[tuple[str, ...], GroupNode] = {}
        self._is_writable = source is None
        self._dataset: netCDF4.Dataset | None = None
        with self.calls("opened"):
            self._dataset = self._open("w" if source is None else "r")
            if source is None:
                self._dataset.setncattr(_FORMAT, _CURRENT_FORMAT)
            else:
                self._check_format()

    @contextmanager
    def calls(self, doing: str) -> Iterator[None]:
        """Call netCDF4 alone, and say what failed.

        Raises
        ------
        StoreError
            If netCDF or HDF5 fails.
        """
        with NETCDF_LOCK:
            try:
                yield
            except PropstoreError:
                raise
            except (OSError, RuntimeError, UnicodeEncodeError) as error:
                raise StoreError(f"{str(self.path)!r} can't be {doing}: {error}") from error

    def node(self, path: tuple[str, ...]) -> GroupNode:
        """Give a group by the netCDF names that lead to it.

        Raises
        ------
        NotInGroupError
            If it was removed.
        """
        if path not in self._nodes:
            group: Any = self._dataset
            for name in path:
                if name not in group.groups:
                    raise NotInGroupError(f"the group {'/'.join(path)!r} was removed")
                group = group.groups[name]
            self._nodes[path] = GroupNode(group, self.compression)
        return self._nodes[path]

    def forget(self, path: tuple[str, ...]) -> None:
        """Know nothing more of a group that was removed: another may come to have its name."""
        for known in [known for known in self._nodes if known[: len(path)] == path]:
            del self._nodes[known]

    def make_writable(self) -> None:
        """Go on with a copy, if what is open is the file itself."""
        if self._is_writable:
            return
        self.close()
        with self.calls("copied"):
            _copy(self.path, self._temporary)
            self.path = self._temporary
            self._dataset = self._open("a")
            self._dataset.setncattr(_FORMAT, _CURRENT_FORMAT)
        self._is_writable = True

    def add_removed(self, size: int) -> None:
        """Count what was removed, and its bytes, whose space HDF5 doesn't give back."""
        dataset: Any = self._dataset
        dataset.setncattr(_REMOVED_SIZE, self.removed_size + size)
        dataset.setncattr(_REMOVED_COUNT, self.removed_count + 1)

    @property
    def removed_size(self) -> int:
        """The bytes of what was removed."""
        dataset: Any = self._dataset
        return int(getattr(dataset, _REMOVED_SIZE, 0))

    @property
    def removed_count(self) -> int:
        """How often a value was removed, or another one put into its attribute."""
        dataset: Any = self._dataset
        return int(getattr(dataset, _REMOVED_COUNT, 0))

    def close(self) -> None:
        """Close the file, if it is open.

        Raises
        ------
        StoreError
            If what was written doesn't get to the disk.
        """
        self._nodes.clear()
        dataset, self._dataset = self._dataset, None
        if dataset is not None:
            with self.calls("written"):
                dataset.close()

    def _open(self, mode: Any) -> netCDF4.Dataset:
        import netCDF4

        # The path is absolute: netCDF takes names such as http://... for something else.
        dataset = netCDF4.Dataset(self.path, mode)
        dataset.set_auto_maskandscale(False)
        dataset.set_auto_chartostring(False)
        return dataset

    def _check_format(self) -> None:
        version = getattr(self._dataset, _FORMAT, None)
        if version not in (_CURRENT_FORMAT, *_OLDER_FORMATS):
            self.close()
            found = "no format" if version is None else f"the format {version}"
            raise StoreFormatError(
                f"{str(self.path)!r} has {found} of propstore's groups; this version reads "
                f"formats up to {_CURRENT_FORMAT}"
            )


def _entry(owner: netCDF4.Dataset | netCDF4.Variable[Any]) -> dict[str, Any]:
    if ENTRY not in owner.ncattrs():
        return {}
    try:
        entry: dict[str, Any] = json.loads(owner.getncattr(ENTRY))
    except ValueError as error:
        raise StoreFormatError(f"what {owner.name!r} says of itself can't be read") from error
    return entry


def _copy(source: Path, target: Path) -> None:
    """Copy a file; where the file system shares blocks between files, it does so here."""
    with source.open("rb") as reader, target.open("wb") as writer:
        if not hasattr(os, "copy_file_range"):
            shutil.copyfileobj(reader, writer)
            return
        left = os.fstat(reader.fileno()).st_size
        while left:
            copied = os.copy_file_range(reader.fileno(), writer.fileno(), left)
            if not copied:
                break
            left -= copied
