"""Groups in a JSON file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, BinaryIO

from propstore.errors import StoreFormatError
from propstore.objects.groups.file_storage import FileStorage
from propstore.objects.groups.group import StorageGroup
from propstore.objects.groups.json_layout import (
    CURRENT_FORMAT,
    FORMAT_MARK,
    TRAILER_SIZE,
    StoredJSONValue,
    read_trailer,
)
from propstore.objects.groups.json_writer import write_tree
from propstore.objects.groups.session import Session
from propstore.objects.groups.tree import Tree, TreeGroup

if TYPE_CHECKING:
    import numpy

__all__ = ["JSONStorage"]

_HEAD_SIZE = 64


class JSONStorage(FileStorage):
    """Groups in a JSON file, whose values are read one by one.

    What is set is in memory until the storage is closed.

    Parameters
    ----------
    filename, mode, timeout, classes, unknown_as_plain
        As `FileStorage` has them.
    """

    _stream: BinaryIO | None = None
    _tree: Tree

    @staticmethod
    def has_place(dtype: numpy.dtype[Any], rank: int) -> bool:
        """Tell whether the elements of an array are of any bytes."""
        return dtype.itemsize > 0

    def _open_file(self) -> tuple[StorageGroup, Session]:
        session = self._session_with(RLock(), copies_arrays=True)
        self._tree = {} if self._source is None else self._read_tree(self._source)
        session.has_changed = self._source is None
        return TreeGroup(session, "/", self._tree), session

    def _complete(self, temporary: Path) -> None:
        with temporary.open("wb") as stream:
            write_tree(self._tree, stream)

    def _close_file(self) -> None:
        self._tree = {}
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    def _read_tree(self, path: Path) -> Tree:
        # The file stays open: whoever replaces it replaces the name, not what is read here.
        self._stream = path.open("rb")
        size = os.fstat(self._stream.fileno()).st_size
        head = self._read(0, min(_HEAD_SIZE, size))
        place = read_trailer(self._read(max(0, size - TRAILER_SIZE), size))
        if not head.startswith(FORMAT_MARK):
            raise StoreFormatError(f"{str(path)!r} is not a JSON file that propstore wrote")
        version = head[len(FORMAT_MARK) :].partition(b",")[0]
        if version != b"%d" % CURRENT_FORMAT:
            raise StoreFormatError(
                f"{str(path)!r} has the format {version!r}; this version of propstore reads "
                f"{CURRENT_FORMAT}"
            )
        try:
            if place is None or place[1] + TRAILER_SIZE != size:
                raise ValueError("its index is not where it says")
            return self._tree_of(json.loads(self._read(*place)))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise StoreFormatError(
                f"{str(path)!r} is cut off, or was changed by something else: {error}"
            ) from error

    def _tree_of(self, index: dict[str, Any]) -> Tree:
        return {
            name: self._tree_of(entry["group"])
            if "group" in entry
            else StoredJSONValue(self._read, entry)
            for name, entry in index.items()
        }

    def _read(self, start: int, end: int) -> bytes:
        assert self._stream is not None
        pieces = []
        while start < end:  # one call gives 2 GB at most
            piece = os.pread(self._stream.fileno(), end - start, start)
            if not piece:
                raise StoreFormatError(f"{self} was cut off")
            pieces.append(piece)
            start += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
