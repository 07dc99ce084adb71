"""The base of every model: frozen, strict about its fields, and clear about what is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from propstore.errors import InvalidDataError, NonPhysicalValueError

__all__ = ["TRUSTED", "FrozenModel", "base_init", "nearest_names"]

TRUSTED = "trusted"
"""The validation context under which a document is one that propstore itself wrote.

What was canonical when it was stored (a SMILES, the order of components) is not worked out again.
"""

Initialiser = TypeVar("Initialiser", bound=Callable[..., None])


def base_init(initialiser: Initialiser) -> Initialiser:
    """Mark an ``__init__`` that only gives names to positional arguments.

    pydantic then builds nested models straight from their fields, in Rust and under the context
    of the whole validation, as it does for models without an ``__init__`` of their own.
    """
    initialiser.__pydantic_base_init__ = True  # type: ignore[attr-defined]
    return initialiser


def nearest_names(name: str, known: list[str]) -> str:
    """Say which known names a misspelt one may have meant, as the end of a sentence."""
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(repr(match) for match in close) + "?"
    return "known are " + ", ".join(repr(one) for one in sorted(known)) + "."


class FrozenModel(BaseModel):
    """A pydantic model that can't be changed and whose errors are propstore's own."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=False
    )

    @base_init
    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise clear_error(type(self), error) from None


def clear_error(model: type[BaseModel], error: ValidationError) -> InvalidDataError:
    """Turn pydantic's report into one of propstore's errors, with the same facts in a sentence.

    Parameters
    ----------
    model
        The model that could not be made.
    error
        What pydantic says of it.

    Returns
    -------
    InvalidDataError
        Of the precise class when there is one cause, else of the base class with a line a cause.
    """
    causes = [_cause(model, details) for details in error.errors(include_url=False)]
    if len(causes) == 1:
        return causes[0]
    lines = "\n".join(f"  {cause}" for cause in causes)
    return InvalidDataError(f"{model.__name__} has {len(causes)} faults:\n{lines}")


def _cause(model: type[BaseModel], details: Any) -> InvalidDataError:
    location = ".".join([model.__name__, *(str(part) for part in details["loc"])])
    kind, given = details["type"], details["input"]
    original = details.get("ctx", {}).get("error")
    if isinstance(original, InvalidDataError):
        return type(original)(f"{location}: {original}")
    if kind == "missing":
        return InvalidDataError(f"{location} is missing.")
    if kind == "extra_forbidden":
        name = str(details["loc"][-1])
        hint = nearest_names(name, list(model.model_fields)) if len(details["loc"]) == 1 else ""
        return InvalidDataError(f"{location}: there is no such field. {hint}".rstrip())
    message = str(original) if original is not None else details["msg"]
    kind_of_error = NonPhysicalValueError if kind == "finite_number" else InvalidDataError
    return kind_of_error(f"{location}: {message} (given: {given!r})")
