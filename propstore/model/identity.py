"""Identity by content: one canonical form of a record's values, and its digest.

Two records are the same when their canonical forms are. Numbers in it are rounded far below any
measurement, so that the noise of converting a unit does not make two states of one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from propstore.errors import InvalidDataError

__all__ = ["canonical_form", "content_digest"]

_ENCODER = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,  # a canonical form is a tree
)


def canonical_form(value: Any) -> Any:
    """Give the canonical JSON form of a value.

    A model that knows better than its fields what makes it one and the same (a quantity, a
    substance) says so by a method ``identity_document``; a quantity's is its canonical value and
    unit. Numbers count to 12 significant digits and 1.0 is 1, sets are sorted, and the order of a
    mapping has no meaning.

    Raises
    ------
    InvalidDataError
        If the value is nothing that JSON could hold.
    """
    kind = type(value)
    if value is None or kind is str or kind is int or kind is bool:
        return value
    if kind is float:
        return _canonical_number(value)
    own = getattr(value, "identity_document", None)
    return _form_of_parts(value) if own is None else own()


def content_digest(form: Any) -> str:
    """Digest a canonical form: the first 32 hexadecimal digits of SHA-256 over its JSON.

    128 bits keep the chance that any two of 10**9 records collide below 1e-20.

    Raises
    ------
    InvalidDataError
        If there is a number in it that is infinite or none.
    """
    try:
        text = _ENCODER.encode(form)
    except ValueError as error:
        raise InvalidDataError(f"NaN and infinity can't be stored: {error}.") from error
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _canonical_number(value: float) -> float | int:
    number = float(f"{value:.12g}")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _form_of_parts(value: Any) -> Any:
    if isinstance(value, float):
        return _canonical_number(value)
    if isinstance(value, int | str):
        return value
    if isinstance(value, BaseModel):
        return {name: canonical_form(getattr(value, name)) for name in type(value).model_fields}
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {one.name: canonical_form(getattr(value, one.name)) for one in fields}
    if isinstance(value, Mapping):
        return {str(key): canonical_form(entry) for key, entry in value.items()}
    if isinstance(value, AbstractSet):
        return sorted((canonical_form(entry) for entry in value), key=_ENCODER.encode)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [canonical_form(entry) for entry in value]
    if isinstance(value, PurePath):
        return str(value)
    try:
        return to_jsonable_python(value)
    except ValueError as error:  # pydantic's own, and bytes that are no text
        raise InvalidDataError(f"{value!r} can't be stored as JSON: {error}.") from error
