"""A function whose results a store keeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Generic, ParamSpec, TypeVar

from propstore.errors import UncacheableError
from propstore.sharing.cached_call import CachedCall
from propstore.sharing.captured import captured_values
from propstore.sharing.compute_once import compute_once
from propstore.sharing.function_name import function_name
from propstore.sharing.parameters import Parameters
from propstore.sharing.store import SharedStore
from propstore.sharing.terms import Terms

__all__ = ["CachedFunction"]

Arguments = ParamSpec("Arguments")
Given = TypeVar("Given")


class CachedFunction(Generic[Arguments, Given]):
    """A function that is computed once for the same arguments, by whichever process asks first.

    It is called as the function is. ``__wrapped__`` is the function itself.

    Parameters
    ----------
    function
        The function.
    store
        Where its results are kept.
    name
        Its lasting name, if not that of its module and itself.
    version
        A text that is changed with what the function gives.
    terms
        How long to wait for others.

    Raises
    ------
    UncacheableError
        If the function has parameters that can't name its results, or gives what can't be stored.
    """

    def __init__(
        self,
        function: Callable[Arguments, Given],
        store: SharedStore,
        *,
        name: str | None,
        version: str,
        terms: Terms,
    ) -> None:
        if not isinstance(version, str) or not version:
            raise UncacheableError(f"a version is a text, such as '2', and not {version!r}.")
        self._parameters = Parameters(function)
        self._captured = captured_values(function)
        self._function = function
        self._name = name or function_name(function)
        self._store = store
        self._version = version
        self._terms = terms
        update_wrapper(self, function)

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Given:
        """Give the stored result for these arguments, or compute it."""
        call = self.request(*args, **kwargs)
        bound = call.bound
        given: Given = compute_once(
            self._store,
            call,
            lambda best: self._function(*bound.args, **bound.kwargs),
            self._terms,
        ).answer
        return given

    def request(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> CachedCall:
        """Give a call with these arguments as a request, to ask ``store.explain_miss`` about."""
        bound = self._parameters.read(args, kwargs)
        return CachedCall(self._name, self._version, self._parameters, bound, self._captured)

    def __repr__(self) -> str:
        return f"<{self._name}, version {self._version}, cached>"

    def __reduce__(self) -> str:
        # As functions are: by the name under which another process imports it.
        return self._function.__qualname__
