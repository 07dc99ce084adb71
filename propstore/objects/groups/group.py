"""Groups: values under names, and groups in groups."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, Literal

from propstore.errors import GroupKeyError, NotInGroupError
from propstore.objects.groups.keys import StorageKey, split_key
from propstore.objects.groups.session import Session
from propstore.objects.groups.stored_array import StoredArray
from propstore.objects.values import FreshValue, PackedValue

if TYPE_CHECKING:
    import numpy

__all__ = ["Kind", "StorageGroup"]

Kind = Literal["group", "value"]

_DEEPEST = 100  # some 900 groups in each other are more than Python's stack holds


class StorageGroup(ABC, MutableMapping[str, Any]):
    """Values and groups under names, as in a dict.

    A key may lead through groups: ``"run/1/energy"``. To get a value reads it; to set one stores it
    as it is then. A form of storage implements the methods whose names begin with an underscore,
    each of which takes a single name.

    Parameters
    ----------
    session : Session
        The opening of the storage.
    name : str
        The names that lead to the group, with slashes before them; ``"/"`` for the outermost.
    """

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._name = name

    @property
    def name(self) -> str:
        """The names that lead to the group: ``"/run/1"``; ``"/"`` for the outermost."""
        return self._name

    def __getitem__(self, key: str) -> Any:
        """Give a value, or a group.

        Raises
        ------
        NotInGroupError
            If there is neither under that key.
        GroupKeyError
            If it can't be a key.
        SerializationError, UnregisteredError
            If what is stored can't be made into a value.
        """
        with self._session.reading():
            group, name = self._find(key)
            if group._kind(name) == "group":
                return group._child(name)
            return self._session.unpacker(group._read(name)).value()

    def __setitem__(self, key: str, value: object) -> None:
        """Store a value, in the place of what was stored under the key; make groups on the way.

        Raises
        ------
        GroupKeyError
            If there is a group under that key, or a value where it needs a group.
        SerializationError
            If the value can't be stored; what was there stays.
        StoreReadOnlyError
            If the storage is open for reading.
        """
        self._store(key, self._session.pack(value))

    def __delitem__(self, key: str) -> None:
        """Remove a value, or a group with all that is in it.

        Raises
        ------
        NotInGroupError
            If there is neither under that key.
        """
        with self._session.reading():
            group, name = self._find(key)
            with self._session.writing():
                group._remove(name)

    def __iter__(self) -> Iterator[StorageKey]:
        """Go through the names, each of which tells by ``is_group`` what it leads to."""
        with self._session.reading():
            keys = [StorageKey(n, is_group=self._kind(n) == "group") for n in self._names()]
        return iter(keys)

    def __len__(self) -> int:
        with self._session.reading():
            return len(list(self._names()))

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        try:
            with self._session.reading():
                self._find(key)
        except NotInGroupError:
            return False
        return True

    def __repr__(self) -> str:
        state = "" if self._session.is_open else ", closed"
        return f"<{type(self).__name__} {self._name!r} of {self._session.name}{state}>"

    def get(self, key: str, default: Any = None) -> Any:
        """Give a value or a group, or the default if there is neither under the key."""
        try:
            return self[key]
        except NotInGroupError:
            return default

    def create_group(self, key: str) -> StorageGroup:
        """Make a group, and those that lead to it.

        Raises
        ------
        GroupKeyError
            If something is under that key, or it can't be one.
        """
        if key in self:
            raise GroupKeyError(
                f"there is something under {key!r} in {self._name!r} already; "
                "require_group gives a group that is there"
            )
        return self.require_group(key)

    def require_group(self, key: str) -> StorageGroup:
        """Give a group, which is made if it isn't there.

        Raises
        ------
        GroupKeyError
            If there is a value under that key, or on the way there, or it can't be one.
        """
        names = split_key(key)
        with self._session.reading():
            existing = self._existing(names)
            if existing is not None:
                return existing
            with self._session.writing():
                return self._make_groups(names)

    def array(self, key: str) -> StoredArray:
        """Give an array where it is stored, of which parts can be read.

        A netCDF file reads no more than the part; other forms read the array.

        Raises
        ------
        NotInGroupError
            If there is nothing under that key.
        GroupKeyError
            If it leads to something else.
        """
        with self._session.reading():
            group, name = self._find(key)
            if group._kind(name) == "group" or group._read(name).summary.type != "numpy.ndarray":
                raise GroupKeyError(f"{key!r} in {self._name!r} is no array")
            return group._array(name)

    def create_array(
        self, key: str, dtype: numpy.dtype[Any] | str, row_shape: tuple[int, ...] = ()
    ) -> StoredArray:
        """Make an array without rows, which grows when rows are appended to it.

        Parameters
        ----------
        key : str
            The key, under which nothing is yet.
        dtype : numpy.dtype or str
            The type of its elements.
        row_shape : tuple of int, optional
            The shape of a row.

        Raises
        ------
        GroupKeyError
            If something is under that key, or it can't be one.
        ValueError, TypeError
            If a length is negative, or numpy knows no such type.
        UnsupportedOperationError
            If no array of that type can grow in this form of storage.
        """
        import numpy

        if key in self:
            raise GroupKeyError(f"there is something under {key!r} in {self._name!r} already")
        element = numpy.dtype(dtype)
        if min(row_shape, default=0) < 0:
            raise ValueError(f"rows can't have the shape {row_shape}")
        *way, name = split_key(key)
        with self._session.reading():
            self._existing(way)
            with self._session.writing():
                return self._make_groups(way)._create_array(name, element, row_shape)

    def _store(self, key: str, packed: FreshValue) -> None:
        *way, name = split_key(key)
        with self._session.reading():
            group = self._existing(way)
            if group is not None and group._kind(name) == "group":
                raise GroupKeyError(
                    f"{key!r} in {self._name!r} is a group; remove it first, if a value is to have "
                    "its place"
                )
            with self._session.writing():
                self._make_groups(way)._write(name, packed)

    def _find(self, key: str) -> tuple[StorageGroup, str]:
        """Find the group that has the last name of a key, and that name."""
        *way, name = split_key(key)
        group: StorageGroup = self
        for step in way:
            if group._kind(step) != "group":
                raise group._lacks(step, key)
            group = group._child(step)
        if group._kind(name) is None:
            raise group._lacks(name, key)
        return group, name

    def _lacks(self, name: str, key: str) -> NotInGroupError:
        if self._kind(name) == "value":
            return NotInGroupError(f"{key!r}: {name!r} in {self._name!r} is a value, not a group")
        known = ", ".join(map(repr, list(self._names())[:20])) or "nothing"
        return NotInGroupError(f"{key!r}: {self._name!r} has no {name!r}; there is {known}")

    def _existing(self, names: list[str]) -> StorageGroup | None:
        """Give the group that names lead to, or None if it isn't there yet."""
        group: StorageGroup = self
        for name in names:
            match group._kind(name):
                case None:
                    return None
                case "group":
                    group = group._child(name)
                case _:
                    raise GroupKeyError(f"{name!r} in {group._name!r} is a value, not a group")
        return group

    def _make_groups(self, names: list[str]) -> StorageGroup:
        depth = self._name.rstrip("/").count("/") + len(names)
        if depth > _DEEPEST:
            raise GroupKeyError(
                f"groups are at most {_DEEPEST} deep, and there would be {depth} of them in each "
                "other; netCDF could not open such a file again"
            )
        group: StorageGroup = self
        for name in names:
            group = group._child(name) if group._kind(name) else group._make_child(name)
        return group

    def _child_name(self, name: str) -> str:
        return f"{self._name.rstrip('/')}/{name}"

    @abstractmethod
    def _names(self) -> Iterable[str]:
        """List the names in the group, in the order in which they came."""

    @abstractmethod
    def _kind(self, name: str) -> Kind | None:
        """Tell what is under a name."""

    @abstractmethod
    def _child(self, name: str) -> StorageGroup:
        """Give a group that is there."""

    @abstractmethod
    def _make_child(self, name: str) -> StorageGroup:
        """Make a group where nothing is."""

    @abstractmethod
    def _read(self, name: str) -> PackedValue:
        """Give a value that is there."""

    @abstractmethod
    def _write(self, name: str, packed: FreshValue) -> None:
        """Store a value, where nothing or a value is."""

    @abstractmethod
    def _remove(self, name: str) -> None:
        """Remove what is there."""

    @abstractmethod
    def _array(self, name: str) -> StoredArray:
        """Give an array that is there."""

    @abstractmethod
    def _create_array(
        self, name: str, dtype: numpy.dtype[Any], row_shape: tuple[int, ...]
    ) -> StoredArray:
        """Make an array that grows, where nothing is."""
