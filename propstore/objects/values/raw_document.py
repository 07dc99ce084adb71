"""Documents as JSON reads them, of which nothing is made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from propstore.errors import NotInGroupError, SerializationError
from propstore.objects.values.frames import COLUMNS

__all__ = ["Part", "find_node", "parts_of", "step_of"]

_TAG = "$"
_SEQUENCES = ("tuple", "objects", "strings")
_SHAPED = ("array", "objects", "strings", "fields", "frame", COLUMNS)
_HELD = ("$extra", "$private")  # what pydantic models have beside their fields


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
    number = 0
    while number < len(path):
        children = dict(_children(node))
        # A key may have slashes of its own.
        ends = range(number + 1, len(path) + 1)
        end = next((end for end in ends if "/".join(path[number:end]) in children), None)
        if end is None:
            place = "/".join(path[:number])
            known = ", ".join(map(repr, list(children)[:20])) or "nothing"
            raise NotInGroupError(
                f"the object has no {path[number]!r} in {place!r}; there is {known}"
            )
        node = children["/".join(path[number:end])]
        number = end
    return node


def parts_of(document: str) -> list[Part]:
    """List the parts of a document, the whole first.

    Lists that hold nothing but JSON's own values are one part.

    Raises
    ------
    SerializationError
        If the document was damaged.
    """
    node = _parsed(document)
    try:
        return list(_walk("", node))
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise SerializationError(f"a stored document can't be read: {error!r}") from error


def step_of(key: Any) -> str:
    """Write the key of a dict, as it stands in a document, as a step of a path.

    Parameters
    ----------
    key : str, int, float, bool, None or dict
        The key. Text is its own step; everything else is written as in Python: ``"(1, 'a')"``.
    """
    return key if isinstance(key, str) else _shown(key)


def _shown(key: Any) -> str:
    if not isinstance(key, dict):
        return repr(key)
    if key.get(_TAG) == "tuple":
        items = [_shown(item) for item in key["items"]]
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    return str(key["value"]) if "value" in key else json.dumps(key)


def _parsed(document: str) -> Any:
    try:
        return json.loads(document)
    except (ValueError, RecursionError) as error:
        raise SerializationError(f"a stored document can't be read: {error}") from error


def _walk(path: str, node: Any) -> Iterator[Part]:
    tag = node.get(_TAG) if isinstance(node, dict) else None
    array = node["array"] if tag == "scalar" else node
    shape = array.get("shape") if tag in (*_SHAPED, "scalar") else None
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
        if tag is None:
            yield from node.items()
        elif ":" in str(tag):
            yield from ((key, item) for key, item in node.items() if not key.startswith(_TAG))
            for held in _HELD:
                yield from _children(node.get(held))
        elif tag == "dict":
            yield from ((step_of(key), item) for key, item in node["items"])
        elif tag in _SEQUENCES:
            yield from _children(node["items"])
