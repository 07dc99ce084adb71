"""Which types of parameters can be part of an identity."""

from __future__ import annotations

import types
from collections.abc import Callable
from enum import Enum
from pathlib import PurePath
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from propstore.model.stored_data import StoredData

__all__ = ["why_not_an_argument"]

_PLAIN = (str, int, float, bool, types.NoneType)
_MUTABLE = (list, dict, set, bytearray)


def why_not_an_argument(annotation: Any) -> str | None:
    """Say why values of a type can't be part of an identity; None if they can.

    Parameters
    ----------
    annotation
        The annotation of a parameter, with the names in it resolved.
    """
    return _why_not(annotation, frozenset())


def _why_not(annotation: Any, seen: frozenset[Any]) -> str | None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is None or origin is Literal:
        return None
    if origin is Annotated:
        return _why_not(arguments[0], seen)
    if origin in (Union, types.UnionType, tuple, frozenset):
        parts = [part for part in arguments if part is not Ellipsis]
        return next((why for why in (_why_not(part, seen) for part in parts) if why), None)
    kind = origin or annotation
    if not isinstance(kind, type):
        return f"{_shown(annotation)} may be anything"
    if kind in _PLAIN or issubclass(kind, Enum | StoredData):
        return None
    if issubclass(kind, BaseModel):
        return _why_no_model(kind, seen)
    return _why_no_class(kind, annotation)


def _why_no_class(kind: type, annotation: Any) -> str:
    name = _shown(annotation)
    if issubclass(kind, _MUTABLE):
        return f"{name} can be changed; take a tuple, or a frozen model"
    if kind in (tuple, frozenset):
        return f"{name} may hold anything; say what, as in {name}[str, ...]"
    if issubclass(kind, PurePath):
        return f"{name} says where a file is, and not what is in it"
    if issubclass(kind, types.FunctionType) or kind in (Callable, type, object):
        return f"{name} has no content that could be compared"
    return f"{name} is not one of the types that have a canonical form"


def _why_no_model(model: type[BaseModel], seen: frozenset[Any]) -> str | None:
    name = model.__name__
    if not model.model_config.get("frozen"):
        return f"{name} can be changed; declare it with frozen=True"
    if model.model_config.get("extra") == "allow" or model.__private_attributes__:
        return f"{name} holds more than its declared fields"
    if model in seen:
        return None
    for field, info in model.model_fields.items():
        why = _why_not(info.annotation, seen | {model})
        if why is not None:
            return f"{name}.{field}: {why}"
    return None


def _shown(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
