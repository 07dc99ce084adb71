"""Groups whose names are in memory, and of which each value may be there or elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from propstore.errors import NotInGroupError
from propstore.objects.groups.group import Kind, StorageGroup
from propstore.objects.groups.session import Session
from propstore.objects.groups.stored_array import StoredArray
from propstore.objects.values import FreshValue, PackedValue

if TYPE_CHECKING:
    import numpy

__all__ = ["Tree", "TreeGroup"]

Tree: TypeAlias = "dict[str, Tree | PackedValue]"
"""What is under each name: another tree, or a value."""


class TreeGroup(StorageGroup):
    """A group in a tree.

    Parameters
    ----------
    session : Session
        The opening of the storage.
    name : str
        The names that lead to the group.
    root : dict
        What is in the outermost group.
    """

    def __init__(self, session: Session, name: str, root: Tree) -> None:
        super().__init__(session, name)
        self._root = root
        self._path = [step for step in name.split("/") if step]

    @property
    def _tree(self) -> Tree:
        """What is in the group; looked up each time, since it may have been removed meanwhile."""
        tree = self._root
        for step in self._path:
            found = tree.get(step)
            if not isinstance(found, dict):
                raise NotInGroupError(f"the group {self._name!r} was removed")
            tree = found
        return tree

    def _names(self) -> Iterable[str]:
        return self._tree

    def _kind(self, name: str) -> Kind | None:
        found = self._tree.get(name)
        if found is None:
            return None
        return "group" if isinstance(found, dict) else "value"

    def _child(self, name: str) -> StorageGroup:
        return TreeGroup(self._session, self._child_name(name), self._root)

    def _make_child(self, name: str) -> StorageGroup:
        self._tree[name] = {}
        return self._child(name)

    def _read(self, name: str) -> PackedValue:
        packed = self._tree[name]
        assert not isinstance(packed, dict)
        return packed

    def _write(self, name: str, packed: FreshValue) -> None:
        self._tree[name] = packed

    def _remove(self, name: str) -> None:
        del self._tree[name]

    def _array(self, name: str) -> StoredArray:
        return _TreeArray(self, name)

    def _create_array(
        self, name: str, dtype: numpy.dtype[Any], row_shape: tuple[int, ...]
    ) -> StoredArray:
        import numpy

        self._write(name, self._session.pack(numpy.empty((0, *row_shape), dtype)))
        return _TreeArray(self, name)


class _TreeArray(StoredArray):
    """An array that is read, and written, as a whole."""

    def __init__(self, group: StorageGroup, name: str) -> None:
        self._group = group
        self._name = name

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self[...].shape
        return shape

    @property
    def dtype(self) -> numpy.dtype[Any]:
        dtype: numpy.dtype[Any] = self[...].dtype
        return dtype

    def __getitem__(self, key: Any) -> Any:
        self._group.array(self._name)  # which refuses what has taken its place
        return self._group[self._name][key]

    def append(self, rows: Any) -> None:
        import numpy

        self._group[self._name] = numpy.concatenate([self[...], self._as_rows(rows)])
