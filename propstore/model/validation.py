"""The base of every model: frozen, strict about its fields, and clear about what is wrong."""

from __future__ import annotations

import difflib
import operator
import reprlib
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from numbers import Integral, Real
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from propstore.errors import InvalidDataError, NonPhysicalValueError, PropstoreError

__all__ = [
    "TRUSTED",
    "FrozenModel",
    "as_number",
    "base_init",
    "clear_error",
    "is_none",
    "nearest_names",
    "shown",
]

TRUSTED = "trusted"
"""The validation context under which a document is one that propstore itself wrote.

What was canonical when it was stored (a SMILES, the order of components) is not worked out again.
"""

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 300

is_none = partial(operator.is_, None)
"""Whether a value is None, as ``exclude_if`` of a field asks; without a step into Python."""

Initialiser = TypeVar("Initialiser", bound=Callable[..., None])


def base_init(initialiser: Initialiser) -> Initialiser:
    """Mark an ``__init__`` that only gives names to positional arguments.

    pydantic then builds nested models straight from their fields, in Rust and under the context
    of the whole validation, as it does for models without an ``__init__`` of their own.
    """
    initialiser.__pydantic_base_init__ = True  # type: ignore[attr-defined]
    return initialiser


def as_number(value: object) -> int | float | None:
    """Give a number, numpy's included, as Python's own; None for what is none, as True and "1"."""
    if type(value) is float or type(value) is int:  # most are; of abstract classes, asking is slow
        return value
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return None
    return int(value) if isinstance(value, Integral) else float(value)


def shown(value: object) -> str:
    """Give the representation of a value for a message, shortened if it is very long."""
    return _SHORT.repr(value)


def nearest_names(name: str, known: list[str]) -> str:
    """Say which known names a misspelt one may have meant, as the end of a sentence."""
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(repr(match) for match in close) + "?"
    return "known are " + ", ".join(repr(one) for one in sorted(known)) + "."


class FrozenModel(BaseModel):
    """A pydantic model that can't be changed and whose errors are propstore's own."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_default=False,
        str_min_length=0,  # makes pydantic look into each text: half a surrogate pair is no Unicode
    )

    @base_init
    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise clear_error(type(self), error) from None


def clear_error(model: type[BaseModel], error: ValidationError) -> PropstoreError:
    """Turn pydantic's report into one of propstore's errors, with the same facts in a sentence.

    Parameters
    ----------
    model
        The model that could not be made.
    error
        What pydantic says of it.

    Returns
    -------
    PropstoreError
        Of the precise class when there is one cause, else an `InvalidDataError` with a line a
        cause.
    """
    causes = [_cause(model, details) for details in error.errors(include_url=False)]
    if len(causes) == 1:
        return causes[0]
    lines = "\n".join(f"  {cause}" for cause in causes)
    return InvalidDataError(f"{model.__name__} has {len(causes)} faults:\n{lines}")


def _cause(model: type[BaseModel], details: Any) -> PropstoreError:
    location = ".".join([model.__name__, *(str(part) for part in details["loc"])])
    kind, given = details["type"], shown(details["input"])
    original = details.get("ctx", {}).get("error")
    if isinstance(original, PropstoreError):
        return type(original)(f"{location}: {original}")
    if kind == "missing":
        return InvalidDataError(f"{location} is missing.")
    if kind == "extra_forbidden":
        is_own = len(details["loc"]) == 1
        hint = nearest_names(details["loc"][0], list(model.model_fields)) if is_own else ""
        return InvalidDataError(f"{location}: there is no such field; {hint}".rstrip("; "))
    message = str(original) if original is not None else details["msg"]
    kind_of_error = NonPhysicalValueError if kind == "finite_number" else InvalidDataError
    return kind_of_error(f"{location}: {message} (given: {given})")
