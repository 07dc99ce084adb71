"""Documents as JSON reads them, of which nothing is made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from propstore.errors import NotInGroupError, SerializationError

__all__ = ["Part", "find_node", "parts_of"]

_TAG = "$"
_SEQUENCES = ("tuple", "objects", "strings")


class Part(NamedTuple):
    """A part of a value, told without making it.

    Parameters
    ----------
    path : str
        The keys, indices and fields that lead to it, with slashes between them.
    type : str
        Its type: ``"float"``, ``"array"``, ``"mylab.runs.Run"``.
    shape : tuple of int or None
        The shape of an array.
    dtype : str or None
        The type of the elements of an array, as ``.npy`` files spell it.
    """

    path: str
    type: str
    shape: tuple[int, ...] | None
    dtype: str | None


def find_node(document: str, path: Sequence[str]) -> Any:
    """Find a part of a document.

    Parameters
    ----------
    document : str
        The JSON document.
    path : sequence of str
        The keys, indices and fields that lead to the part.

    Raises
    ------
    NotInGroupError
        If there is no such part; the message tells what there is instead.
    """
    node = _parsed(document)
    for number, step in enumerate(path):
        children = dict(_children(node))
        if step not in children:
            place = "/".join(path[:number])
            known = ", ".join(map(repr, list(children)[:20])) or "nothing"
            raise NotInGroupError(f"the object has no {step!r} in {place!r}; there is {known}")
        node = children[step]
    return node


def parts_of(document: str) -> Iterator[Part]:
    """Go through the parts of a document, the whole first.

    Lists that hold nothing but JSON's own values are one part.
    """
    return _walk("", _parsed(document))


def _parsed(document: str) -> Any:
    try:
        return json.loads(document)
    except (ValueError, RecursionError) as error:
        raise SerializationError(f"a stored document can't be read: {error}") from error


def _walk(path: str, node: Any) -> Iterator[Part]:
    array = node.get("array", node) if isinstance(node, dict) else {}
    shape = array.get("shape") if array.get(_TAG) in ("array", "objects", "strings") else None
    dtype = array.get("dtype") if shape is not None else None
    yield Part(path, _type(node), None if shape is None else tuple(shape), dtype)
    if isinstance(node, list) and not any(isinstance(item, dict | list) for item in node):
        return
    for step, child in _children(node):
        yield from _walk(f"{path}/{step}" if path else step, child)


def _type(node: Any) -> str:
    if not isinstance(node, dict):
        return type(node).__name__
    tag = str(node.get(_TAG, "dict"))
    return tag.replace(":", ".")


def _children(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, list):
        yield from ((str(index), item) for index, item in enumerate(node))
    elif isinstance(node, dict):
        tag = node.get(_TAG)
        if tag is None or ":" in str(tag):
            yield from ((key, item) for key, item in node.items() if not key.startswith(_TAG))
        elif tag == "dict":
            yield from ((key, item) for key, item in node["items"] if isinstance(key, str))
        elif tag in _SEQUENCES:
            yield from _children(node["items"])
