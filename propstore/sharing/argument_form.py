"""The canonical form of a function's arguments, in which two that differ never look the same."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import BaseModel

from propstore.errors import InvalidDataError
from propstore.model.identity import canonical_form, content_digest
from propstore.model.quantity import Quantity
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance
from propstore.model.validation import shown

__all__ = ["argument_form"]


def argument_form(value: Any) -> Any:
    """Give the canonical JSON form of an argument.

    It carries the class where a value of another class could have the same parts. Quantities and
    other numbers count to 12 significant digits, however small they are.

    Raises
    ------
    InvalidDataError
        If the value is of no kind that can be part of an identity.
    """
    if isinstance(value, Enum):
        return {_name(value): canonical_form(value.value)}
    if value is None or isinstance(value, str | bool | int | float):
        return canonical_form(value)
    if isinstance(value, tuple):
        return {"tuple": [argument_form(part) for part in value]}
    if isinstance(value, frozenset):
        return {"frozenset": sorted((argument_form(part) for part in value), key=content_digest)}
    if isinstance(value, Quantity):
        return {"quantity": [canonical_form(value.canonical_value), value.canonical_unit]}
    if isinstance(value, Substance):
        return {"substance": value.identity}
    if isinstance(value, StoredData):
        return {str(value.stored_type_name()): value.identity_document()}
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {_name(value): {name: argument_form(getattr(value, name)) for name in fields}}
    raise InvalidDataError(f"{shown(value)} can't be part of an identity.")


def _name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
