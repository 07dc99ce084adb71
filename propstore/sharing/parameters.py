"""The parameters of a function whose arguments name its results."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from propstore.errors import InvalidDataError, PropstoreError, UncacheableError
from propstore.model.identity import content_digest
from propstore.model.quantity import Quantity
from propstore.model.stored_data import StoredData
from propstore.model.validation import shown
from propstore.sharing.argument_types import why_not_an_argument

__all__ = ["Parameters"]

_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Parameters:
    """Reads the arguments of calls, as the annotations say.

    Parameters
    ----------
    function
        The function.

    Raises
    ------
    UncacheableError
        If a parameter takes what can't be part of an identity, or the function gives what can't be
        stored.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._name = getattr(function, "__qualname__", repr(function))
        _refuse_other_than_functions(function, self._name)
        self._signature = inspect.signature(function)
        hints = self._hints(function)
        self._check_result(hints)
        self._readers = {
            name: self._reader(parameter, hints)
            for name, parameter in self._signature.parameters.items()
        }
        for name, parameter in self._signature.parameters.items():
            if parameter.default is not parameter.empty:
                self._check_default(name, parameter.default)

    def read(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        """Read the arguments of a call, defaults included.

        Returns
        -------
        BoundArguments
            With the values as the annotations have them: ``"25 degC"`` is a quantity where a
            quantity is asked for.

        Raises
        ------
        TypeError
            If the function can't be called like this.
        InvalidDataError
            If an argument is not what its parameter takes.
        """
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            bound.arguments[name] = self._read_one(name, value)
        return bound

    def read_again(self, name: str, value: Any) -> Any:
        """Read an argument from its JSON; give the JSON if the function would not take it now."""
        try:
            return self._read_one(name, value) if name in self._readers else value
        except PropstoreError:
            return value

    def _read_one(self, name: str, value: Any) -> Any:
        try:
            return self._readers[name].validate_python(value)
        except ValidationError as error:
            details = error.errors(include_url=False)[0]
        original = details.get("ctx", {}).get("error")
        kind = type(original) if isinstance(original, PropstoreError) else InvalidDataError
        raise kind(f"{self._name}, {name}: {original or details['msg']} (given: {shown(value)})")

    def shown(self, name: str, value: Any) -> Any:
        """Give an argument as JSON; of a record, which may be large, its type and identity."""
        if isinstance(value, StoredData):
            digest = content_digest(value.identity_document())
            return {"type": str(value.stored_type_name()), "digest": digest}
        reader = self._readers.get(name)
        return (
            to_jsonable_python(value) if reader is None else reader.dump_python(value, mode="json")
        )

    def _hints(self, function: Callable[..., Any]) -> dict[str, Any]:
        try:
            return get_type_hints(function, include_extras=True)
        except (NameError, AttributeError, SyntaxError, TypeError) as error:
            raise UncacheableError(
                f"the annotations of {self._name} can't be read: {error}."
            ) from error

    def _reader(self, parameter: inspect.Parameter, hints: dict[str, Any]) -> TypeAdapter[Any]:
        where = f"{self._name} has the parameter {parameter}"
        if parameter.kind in _MANY:
            raise UncacheableError(f"{where}, which takes anything; name each parameter.")
        if parameter.name not in hints:
            raise UncacheableError(f"{where} without an annotation; say what it takes.")
        why = why_not_an_argument(hints[parameter.name])
        if why is not None:
            raise UncacheableError(f"{where}, which can't be part of an identity: {why}.")
        return TypeAdapter(hints[parameter.name])

    def _check_default(self, name: str, default: Any) -> None:
        try:
            hash(default)
            self._read_one(name, default)
        except TypeError as error:
            raise UncacheableError(
                f"{self._name} has the default {name}={default!r}, which can be changed; give a "
                "tuple, or a frozen model."
            ) from error
        except PropstoreError as error:
            raise UncacheableError(f"a default is not what its parameter takes: {error}") from error

    def _check_result(self, hints: dict[str, Any]) -> None:
        given = hints.get("return", Quantity)
        kept = get_args(given)[0] if get_origin(given) in (tuple, Annotated) else given
        if not (isinstance(kept, type) and issubclass(kept, Quantity | StoredData)):
            raise UncacheableError(
                f"{self._name} gives {given!r}; a cached function gives a Quantity, a record, or a "
                "record and the directory of its files."
            )


def _refuse_other_than_functions(function: Any, name: str) -> None:
    if not inspect.isfunction(function):
        raise UncacheableError(f"{name} is not a function that was written with def.")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise UncacheableError(f"{name} gives its result bit by bit, or later; write a plain def.")
    if function.__name__ == "<lambda>":
        raise UncacheableError("a lambda has no name to find its results by; write a def.")
