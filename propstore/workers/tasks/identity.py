"""The identity of a result: of which inputs, and by which version of the code, it was made."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import math
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel

from propstore.errors import InvalidDataError, UncacheableError
from propstore.model.identity import content_digest
from propstore.model.quantity import Quantity
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance
from propstore.model.validation import shown
from propstore.objects.serializers.serializer import imported_types
from propstore.objects.values.scalars import SCALARS
from propstore.sharing.argument_form import argument_form

__all__ = ["code_version", "result_identity"]


def result_identity(inputs: Mapping[str, Any] | None = None, version: str | None = None) -> str:
    """Name what a result was made of, the same in every process.

    Parameters
    ----------
    inputs : mapping, optional
        The inputs by their names, in any order.
    version : str, optional
        The version of the code.

    Returns
    -------
    str
        32 hexadecimal digits.

    Raises
    ------
    InvalidDataError
        If an input is of no kind that can be part of an identity, a name of one is not text, or
        the version is not.
    """
    if not isinstance(inputs, Mapping | None):
        raise InvalidDataError(f"the inputs are {shown(inputs)}; they have to be a dict by names")
    for name in inputs or ():
        if not isinstance(name, str):
            raise InvalidDataError(f"the name of an input is {name!r}; it has to be text")
    if not isinstance(version, str | None):
        raise InvalidDataError(f"the version is {version!r}; it has to be text, such as '1'")
    try:
        forms = {name: _form(value, name) for name, value in (inputs or {}).items()}
    except RecursionError:
        raise InvalidDataError("an input is nested too deeply, or in itself") from None
    return content_digest({"inputs": forms, "version": version})


def code_version(function: Callable[..., Any]) -> str:
    """Give a version of a function that is another one when its source was changed.

    What the function calls, and what it takes from around it, is not part of it.

    Returns
    -------
    str
        The first 32 digits of the SHA-256 of its source.

    Raises
    ------
    UncacheableError
        If its source can't be found.
    """
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError) as error:
        raise UncacheableError(
            f"the source of {function!r} can't be found; give the version of its code yourself, "
            "with version='1'"
        ) from error
    return hashlib.sha256(source.encode()).hexdigest()[:32]


def _form(value: Any, place: str) -> Any:
    """Give the canonical form of an input; that of containers beyond what arguments may be."""
    kind = type(value)
    if kind in (list, tuple):
        return {kind.__name__: [_form(one, f"{place}[{i}]") for i, one in enumerate(value)]}
    if kind in (set, frozenset):
        return {kind.__name__: sorted((_form(one, place) for one in value), key=content_digest)}
    if kind is dict:
        pairs = [[_form(key, place), _form(one, f"{place}[{key!r}]")] for key, one in value.items()]
        return {"dict": sorted(pairs, key=content_digest)}
    if kind in (bytes, bytearray):
        return {kind.__name__: hashlib.sha256(value).hexdigest()}
    if isinstance(value, imported_types("numpy", "generic")):
        value = _plain(value)
    if isinstance(value, imported_types("numpy", "ndarray", "generic")):
        return _array_form(value, place)
    if isinstance(value, float):
        return _float_form(value)
    # A path does not tell what is in its file, so a result of it could be out of date.
    if kind in SCALARS and not isinstance(value, PurePath):
        return {SCALARS[kind].tag: SCALARS[kind].to_json(value)}
    if hasattr(value, "__dask_tokenize__"):
        return {"dask": _dask_token(value)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        parts = {one.name: _form(getattr(value, one.name), place) for one in fields}
        return {f"{kind.__module__}.{kind.__qualname__}": parts}
    if isinstance(value, BaseModel) and not isinstance(value, Quantity | Substance | StoredData):
        names = [*kind.model_fields, *(value.model_extra or ())]
        parts = {one: _form(getattr(value, one), f"{place}.{one}") for one in names}
        return {f"{kind.__module__}.{kind.__qualname__}": parts}
    try:
        return argument_form(value)
    except InvalidDataError as error:
        raise InvalidDataError(f"the input {place}: {error}") from error


def _float_form(value: float) -> Any:
    """Give a number as exactly as it is; one that is an integer counts as that."""
    if not math.isfinite(value):
        return {"float": repr(float(value))}
    return int(value) if value.is_integer() else float(value)


def _plain(value: Any) -> Any:
    """Give a number or a text of numpy's as Python's, which it counts as."""
    plain = value.item()
    return plain if isinstance(plain, int | float | str) else value


def _array_form(value: Any, place: str) -> Any:
    import numpy

    if isinstance(value, numpy.ma.MaskedArray):
        mask = numpy.ma.getmaskarray(value)
        return {"masked": [_array_form(value.filled(), place), _array_form(mask, place)]}
    plain = (numpy.ndarray, numpy.memmap, numpy.recarray)
    if isinstance(value, numpy.ndarray) and type(value) not in plain:
        raise InvalidDataError(
            f"the input {place}: a {type(value).__module__}.{type(value).__qualname__} may hold "
            "more than its elements, a unit say, and can't be part of an identity; give "
            "numpy.asarray() of it, and beside it what it holds more"
        )
    array = numpy.asarray(value)
    if array.dtype.hasobject:
        return {"objects": [list(array.shape), _form(array.ravel().tolist(), place)]}
    digest = hashlib.sha256(numpy.ascontiguousarray(array).tobytes()).hexdigest()
    return {"array": [str(array.dtype.descr), list(array.shape), digest]}


def _dask_token(value: Any) -> str:
    from dask.base import tokenize

    return str(tokenize(value))
