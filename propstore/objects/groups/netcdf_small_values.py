"""Small values in an attribute of their netCDF group.

To open a file with one variable takes twice as long as to open one without any. So the first small
values of a group are together in one attribute of the group. Its first line tells, as JSON, what
each of them is; two lines for each follow: its document, and its pool in Base64.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from propstore.errors import StoreFormatError
from propstore.objects.values import FreshValue

if TYPE_CHECKING:
    import netCDF4

__all__ = ["SmallValues", "ascii_document", "is_small", "small_pool"]

_ATTRIBUTE = "propstore_values"
_LARGEST = 16 * 1024  # bytes of all that a small value is
_MOST = 32 * 1024  # bytes of all of them; HDF5 keeps attributes of 64 KiB and more elsewhere
_HEAD = 200  # bytes that are reckoned for what the first line tells of a value beside its name
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def is_small(packed: FreshValue) -> bool:
    """Tell whether a value without its large arrays is small enough to be in attributes."""
    return len(packed.text) + len(packed.data) <= _LARGEST


def ascii_document(packed: FreshValue) -> str:
    """Give a document in ASCII.

    Of anything else netCDF4 would make a string of variable length.
    """
    return _BEYOND_ASCII.sub(lambda match: json.dumps(match[0])[1:-1], packed.text)


def small_pool(entry: dict[str, Any]) -> bytes:
    """Give the pool of a value that `SmallValues` has read."""
    import pybase64

    return pybase64.b64decode(entry["data"], validate=True)


class SmallValues:
    """The values that are in the attribute of one netCDF group.

    Parameters
    ----------
    group : netCDF4.Dataset
        The group.

    Raises
    ------
    StoreFormatError
        If the attribute was damaged.
    """

    def __init__(self, group: netCDF4.Dataset) -> None:
        self._group = group
        self._entries = _entries_of(group)

    @property
    def entries(self) -> list[dict[str, Any]]:
        """What is known of each, with its document and its pool as ``"text"`` and ``"data"``."""
        return list(self._entries.values())

    @property
    def size(self) -> int:
        """The bytes of all of them."""
        return sum(map(_size, self._entries.values()))

    def take(self, name: str, packed: FreshValue, old: dict[str, Any] | None) -> bool:
        """Tell whether a value is to be here: a small one, whose place is here or nowhere yet."""
        if packed.parts or not is_small(packed) or (old is not None and "text" not in old):
            return False
        size = _HEAD + len(name) + len(ascii_document(packed)) + len(packed.data) * 4 // 3
        return self.size - _size(old) + size <= _MOST

    def write(self, entry: dict[str, Any], packed: FreshValue) -> dict[str, Any]:
        """Write a value; give what is known of it from now on."""
        import pybase64

        document, pool = ascii_document(packed), pybase64.b64encode(packed.data).decode()
        self._entries[entry["name"]] = {**entry, "text": document, "data": pool}
        self._rewrite()
        return self._entries[entry["name"]]

    def remove(self, name: str) -> int:
        """Remove a value; give the bytes that it had."""
        size = _size(self._entries.pop(name))
        self._rewrite()
        return size

    def _rewrite(self) -> None:
        heads, lines = [], []
        for entry in self._entries.values():
            known = dict(entry)
            lines += [known.pop("text"), known.pop("data")]
            heads.append(known)
        self._group.setncattr(_ATTRIBUTE, "\n".join([json.dumps(heads), *lines]))


def _entries_of(group: netCDF4.Dataset) -> dict[str, dict[str, Any]]:
    text = getattr(group, _ATTRIBUTE, None)
    if text is None:
        return {}
    entries: dict[str, dict[str, Any]] = {}
    try:
        head, *lines = text.split("\n")
        for entry, document, pool in zip(json.loads(head), lines[::2], lines[1::2], strict=True):
            entry.update(position=int(entry["position"]), text=document, data=pool)
            entries[entry["name"]] = entry
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise StoreFormatError(
            f"the attribute {_ATTRIBUTE!r} of the group {group.path!r} can't be read: {error}"
        ) from error
    return entries


def _size(entry: dict[str, Any] | None) -> int:
    if entry is None:
        return 0
    return _HEAD + len(entry["name"]) + len(entry["text"]) + len(entry["data"])
