"""A call of a cached function, as a question to the store."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from inspect import BoundArguments
from typing import Any

from propstore.errors import InvalidDataError, NotEnoughDataError, UnfitResultError
from propstore.model.identity import content_digest
from propstore.model.quantity import Quantity
from propstore.model.stored_data import StoredData
from propstore.model.validation import shown
from propstore.query.comparisons import field
from propstore.query.search import Search
from propstore.sharing.argument_form import argument_form
from propstore.sharing.criterion import flattened
from propstore.sharing.difference import Difference
from propstore.sharing.function_call import FunctionCall
from propstore.sharing.parameters import Parameters
from propstore.sharing.record_identity import RecordIdentity
from propstore.sharing.result import Result
from propstore.sharing.store import Found, SharedStore

__all__ = ["CachedCall"]


class CachedCall:
    """A function with arguments, whose result is asked for.

    Parameters
    ----------
    function
        The function's lasting name.
    version
        Its version.
    parameters
        What reads its arguments.
    bound
        The arguments, as ``parameters`` has read them.
    captured
        What the function takes from the function around it, by name.
    """

    def __init__(
        self,
        function: str,
        version: str,
        parameters: Parameters,
        bound: BoundArguments,
        captured: dict[str, Any],
    ) -> None:
        self._function = function
        self._version = version
        self._parameters = parameters
        self.bound = bound
        self._arguments: dict[str, Any] = {**bound.arguments, **captured}
        self._digest = _digest(self._arguments)

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={value}" for name, value in self._arguments.items())
        return f"{self._function}({arguments})"

    @cached_property
    def name(self) -> str:
        """The identity of the call."""
        names = {"function": self._function, "version": self._version, "digest": self._digest}
        return RecordIdentity(FunctionCall, **names).identity

    def answer(self, store: SharedStore) -> Any:
        """Give what the function gave; None if it was not called, or its result was removed."""
        found = store.find_identity(self.name)
        if found is None or not isinstance(found.record, FunctionCall):
            return None
        call = found.record
        if call.result is None:
            return call.value
        result = store.retrieve(call.result)
        if result is None:
            return None
        return (result.record, result.path) if call.gives_files else result.record

    def best_so_far(self, store: SharedStore) -> None:
        """Give None: there is nothing between a result and none."""

    def read(self, given: Any) -> Result:
        """Read what the function gave.

        Raises
        ------
        UnfitResultError
            If it can't be stored.
        """
        if isinstance(given, Quantity):
            return Result(self._call(value=given))
        if isinstance(given, StoredData | tuple):
            return Result.of(given)
        raise UnfitResultError(
            f"{self._function} gave {shown(given)}; a cached function gives a Quantity, such as "
            "Quantity('997 kg/m**3'), a record, or a record and the directory of its files."
        )

    def keep(self, store: SharedStore, result: Result, submitted: Any, best: Found | None) -> None:
        """Store the result, and the call that gave it."""
        key = store.keep(submitted)
        if isinstance(result.record, FunctionCall):
            return
        call = self._call(result=key, gives_files=result.directory is not None)
        with store.submitted(call, None, move=False) as companion:
            store.keep(companion)

    def not_enough(self, result: Result) -> NotEnoughDataError:
        """Say that a result was stored and can't be found, which no result should come to."""
        return NotEnoughDataError(f"{self} gave {result.record!r}, which can't be found again.")

    def candidates(self, store: SharedStore) -> Iterator[Found]:
        """Find all calls of the function."""
        of_this = (field("function") == self._function).bind(FunctionCall)
        return store.search(Search(FunctionCall, of_this))

    def differences(self, record: StoredData) -> tuple[Difference, ...]:
        """Tell in which arguments another call differs, and whether in the version."""
        assert isinstance(record, FunctionCall)
        found: list[Difference] = []
        if record.version != self._version:
            found.append(Difference("version", record.version, self._version))
        for name in dict.fromkeys([*self._arguments, *record.arguments]):
            asked = self._arguments.get(name)
            found += self._differences_of(name, record.arguments.get(name), asked)
        return tuple(found)

    def _differences_of(self, name: str, stored: Any, asked: Any) -> Iterator[Difference]:
        as_json = self._parameters.shown(name, asked)
        if stored == as_json:
            return
        if isinstance(asked, StoredData):
            asked = as_json
        else:
            stored = self._parameters.read_again(name, stored)
        stored_parts, asked_parts = flattened({name: stored}), flattened({name: asked})
        for part in dict.fromkeys([*asked_parts, *stored_parts]):
            one, other = stored_parts.get(part), asked_parts.get(part)
            if _form(one) != _form(other):
                yield Difference(part, one, other)

    def _call(self, **result: Any) -> FunctionCall:
        arguments = self._arguments.items()
        return FunctionCall(
            function=self._function,
            version=self._version,
            digest=self._digest,
            arguments={name: self._parameters.shown(name, value) for name, value in arguments},
            **result,
        )


def _digest(arguments: dict[str, Any]) -> str:
    return content_digest({name: argument_form(value) for name, value in arguments.items()})


def _form(value: Any) -> Any:
    """Give the canonical form; of what was stored as JSON and can't be read again, the JSON."""
    try:
        return argument_form(value)
    except InvalidDataError:
        return value
