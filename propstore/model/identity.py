"""Identity by content: one canonical form of a record's values, and its digest.

Two records are the same when their canonical forms are. Numbers in it are rounded far below any
measurement, so that the noise of converting a unit does not make two states of one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

__all__ = ["canonical_form", "content_digest"]

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_form(value: Any) -> Any:
    """Give the canonical JSON form of a value.

    A model that knows better than its fields what makes it one and the same (a quantity, a
    substance) says so by a method ``identity_document``; a quantity's is its canonical value and
    unit. Floats count to 12 significant digits, sets are sorted, and the order of a mapping has
    no meaning.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(f"{value:.12g}") + 0.0
    own = getattr(value, "identity_document", None)
    if own is not None:
        return own()
    if isinstance(value, BaseModel):
        return {name: canonical_form(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(key): canonical_form(entry) for key, entry in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((canonical_form(entry) for entry in value), key=json.dumps)
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [canonical_form(entry) for entry in value]
    return to_jsonable_python(value)


def content_digest(form: Any) -> str:
    """Digest a canonical form: the first 32 hexadecimal digits of SHA-256 over its JSON.

    128 bits keep the chance that any two of 10**9 records collide below 1e-20.
    """
    text = _ENCODER.encode(form)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
