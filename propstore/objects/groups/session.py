"""What is between the opening and the closing of a storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

from propstore.errors import (
    GroupKeyError,
    NotInGroupError,
    StoreClosedError,
    StoreError,
    StoreReadOnlyError,
    UnsupportedOperationError,
)
from propstore.objects.values import ClassTable, FreshValue, PackedValue, Packer, Unpacker

if TYPE_CHECKING:
    import numpy

__all__ = ["Session"]


class Session:
    """One opening of a storage, which all its groups share.

    Parameters
    ----------
    name : str
        The storage, for messages.
    is_writable : bool
        Whether anything may be changed.
    classes : ClassTable
        The classes that instances may be made of.
    unknown_as_plain : bool
        Whether instances of others are given as what they hold.
    has_place : callable
        Tells of a type and a number of axes whether such arrays can have a place of their own.
    copies_arrays : bool
        Whether arrays are written only after the call that stores them.
    lock : threading.RLock
        What is held while something is read or written.
    """

    def __init__(
        self,
        name: str,
        *,
        is_writable: bool,
        classes: ClassTable,
        unknown_as_plain: bool,
        has_place: Callable[[numpy.dtype[Any], int], bool],
        copies_arrays: bool,
        lock: RLock,
    ) -> None:
        self.name = name
        self.is_open = True
        self.has_changed = False
        self._has_failed = False
        self._is_writable = is_writable
        self._classes = classes
        self._unknown_as_plain = unknown_as_plain
        self._has_place = has_place
        self._copies_arrays = copies_arrays
        self._lock: Any = lock

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Do something with what is stored, alone in this process.

        Raises
        ------
        StoreClosedError
            If the storage was closed.
        """
        with self._lock:
            if not self.is_open:
                raise StoreClosedError(
                    f"{self.name} is closed; its groups can be used inside "
                    "'with ... as storage:' only"
                )
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Change what is stored, alone in this process.

        Raises
        ------
        StoreClosedError
            If the storage was closed.
        StoreReadOnlyError
            If it was opened for reading.
        """
        with self.reading():
            if not self._is_writable:
                raise StoreReadOnlyError(
                    f"{self.name} is open for reading; open it with mode='a' to write"
                )
            self.has_changed = True
            try:
                yield
            except (GroupKeyError, NotInGroupError, UnsupportedOperationError):
                raise  # before anything was changed
            except BaseException:
                self._has_failed = True
                raise

    def check_complete(self) -> None:
        """Refuse to keep what was changed, if a change was broken off halfway.

        Raises
        ------
        StoreError
            If one was.
        """
        if self._has_failed:
            raise StoreError(
                f"{self.name} stays as it was before it was opened, since something could not be "
                "written to it"
            )

    def pack(self, value: object) -> FreshValue:
        """Pack a value.

        Raises
        ------
        SerializationError
            If it can't be stored.
        """
        return self.packer().pack(value)

    def packer(self) -> Packer:
        """Give what packs one value."""
        return Packer(self._has_place, copies=self._copies_arrays)

    def find_class(self, name: str) -> type | None:
        """Give the class of a name in a document, or None if no instances may be made of it."""
        return self._classes.find(name)

    def unpacker(self, packed: PackedValue) -> Unpacker:
        """Give what makes a value of what is stored."""
        return Unpacker(packed, self._classes, unknown_as_plain=self._unknown_as_plain)
