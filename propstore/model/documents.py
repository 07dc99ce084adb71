"""Documents: the JSON of records, read with more care than JSON asks for."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from propstore.errors import CorruptRecordError

__all__ = ["Document", "parse_document"]

Document: TypeAlias = dict[str, Any]
"""A record, or a part of it, as JSON has it."""


def parse_document(text: str) -> Document:
    """Read a document as a dictionary that can be written again without a loss.

    Parameters
    ----------
    text
        The document as JSON.

    Raises
    ------
    CorruptRecordError
        If the text is not JSON, not an object, or has what would be lost: a name that is given
        twice, a number that is infinite or none, half a surrogate pair.
    """
    try:
        document = json.loads(text, object_pairs_hook=_without_duplicates)
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise CorruptRecordError(f"this is not the document of a record: {error}.") from error
    if not isinstance(document, dict):
        raise CorruptRecordError(
            f"this is not the document of a record, but a JSON {type(document).__name__}."
        )
    return document


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Document:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in document if names.count(name) > 1)
        raise ValueError(f"{twice!r} is given more than once")
    return document
