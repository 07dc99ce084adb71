"""Writing a JSON file of groups."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, BinaryIO

from propstore.objects.groups.json_layout import (
    CURRENT_FORMAT,
    FORMAT_MARK,
    StoredJSONValue,
    trailer,
)
from propstore.objects.groups.tree import Tree
from propstore.objects.values import FreshValue

if TYPE_CHECKING:
    import numpy

__all__ = ["write_tree"]

# Bytes; a multiple of 3, so that the Base64 of blocks is that of the whole. What is written in
# blocks of megabytes Linux caches in large pages, which takes half the time of small ones.
_BLOCK = 3 * 2**20
_PORTION = 16 * 2**20  # bytes that are sent to the disk together


def write_tree(tree: Tree, stream: BinaryIO) -> None:
    """Write groups; what is in another file is copied from there as it is.

    Parameters
    ----------
    tree : dict
        The groups and their values, each a `FreshValue` or a `StoredJSONValue`.
    stream : binary file
        The new file.

    Raises
    ------
    OSError
        If it can't be written.
    """
    writer = _TreeWriter(stream)
    writer.write(b'%s%d,\n"content":' % (FORMAT_MARK, CURRENT_FORMAT))
    index = writer.group(tree)
    writer.write(b',\n"index":')
    start = writer.position
    writer.write(_json(index))
    writer.write(trailer(start, writer.position))


class _TreeWriter:
    """What writes, and knows where it is."""

    def __init__(self, stream: BinaryIO) -> None:
        self.position = 0
        self._sent = 0
        self._stream = stream

    def write(self, data: bytes) -> None:
        """Write bytes."""
        self._stream.write(data)
        self.position += len(data)
        if self.position - self._sent >= _PORTION:
            self._send()

    def group(self, tree: Tree) -> dict[str, Any]:
        """Write what is in a group; give what the index says of it."""
        index: dict[str, Any] = {}
        self.write(b"{\n")
        for name, found in tree.items():
            if index:
                self.write(b",\n")
            self.write(_json(name) + b":")
            if isinstance(found, dict):
                self.write(b'{"group":')
                index[name] = {"group": self.group(found)}
                self.write(b"}")
            elif isinstance(found, StoredJSONValue):
                index[name] = self._copied(found)
            else:
                assert isinstance(found, FreshValue)
                index[name] = self._written(found)
        self.write(b"\n}")
        return index

    def _send(self) -> None:
        """Let the disk begin with what was written; the sync at the end waits for the rest only."""
        if hasattr(os, "posix_fadvise"):
            # Linux begins to write it out, and drops nothing that is not on the disk yet.
            length = self.position - self._sent
            os.posix_fadvise(self._stream.fileno(), self._sent, length, os.POSIX_FADV_DONTNEED)
        self._sent = self.position

    def _copied(self, value: StoredJSONValue) -> dict[str, Any]:
        start = self.position
        for begin in range(value.start, value.end, _BLOCK):
            self.write(value.read(begin, min(begin + _BLOCK, value.end)))
        return {**value.entry, "at": [start, self.position]}

    def _written(self, value: FreshValue) -> dict[str, Any]:
        start = self.position
        summary: dict[str, Any] = {"type": value.summary.type}
        if value.summary.shape is not None:
            summary.update(shape=value.summary.shape, dtype=value.summary.dtype)
        self.write(_json(summary)[:-1] + b',"document":')
        places: dict[str, Any] = {"document": self._placed(start, value.text.encode())}
        if value.data:
            self.write(b',"pool":')
            places["pool"] = self._base64(start, value.data)
        if value.parts:
            self.write(b',"parts":[')
            places["parts"] = []
            for part in value.parts:
                self.write(b"," if places["parts"] else b"")
                places["parts"].append(self._base64(start, _bytes_of(part)))
            self.write(b"]")
        self.write(b"}")
        return {**summary, "at": [start, self.position], **places}

    def _placed(self, start: int, data: bytes) -> list[int]:
        begin = self.position - start
        self.write(data)
        return [begin, self.position - start]

    def _base64(self, start: int, data: bytes | memoryview) -> list[int]:
        import pybase64

        self.write(b'"')
        begin = self.position - start
        view = memoryview(data)
        for offset in range(0, len(view), _BLOCK):
            self.write(pybase64.b64encode(view[offset : offset + _BLOCK]))
        place = [begin, self.position - start]
        self.write(b'"')
        return place


def _bytes_of(array: numpy.ndarray[Any, Any]) -> memoryview:
    return array.reshape(-1).view("u1").data


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
