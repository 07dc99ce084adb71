"""The lasting name of a function, under which its results are found again."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

__all__ = ["function_name"]

_OF_THE_PROGRAM = ("__main__", "__mp_main__")


def function_name(function: Callable[..., Any]) -> str:
    """Name a function so that no other has the name.

    A function of a module is named by the module. One of a script, all of which are called
    ``__main__``, is named by the path of the script; one of a session or a notebook, which has no
    path, by a digest of the function's own code, so that it is another one when it was changed.
    """
    name = function.__qualname__
    if function.__module__ not in _OF_THE_PROGRAM:
        return f"{function.__module__}.{name}"
    program = sys.modules[function.__module__]
    specification = getattr(program, "__spec__", None)
    if specification is not None:
        return f"{specification.name}.{name}"
    script = getattr(program, "__file__", None)
    if script is not None:
        return f"{Path(script).resolve()}:{name}"
    digest = hashlib.sha256(repr(_content(function.__code__)).encode()).hexdigest()[:32]
    return f"session {digest}:{name}"


def _content(code: CodeType) -> tuple[Any, ...]:
    """Give what a code does, without where it is written."""
    constants = [_constant(constant) for constant in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, constants


def _constant(constant: Any) -> Any:
    if isinstance(constant, CodeType):
        return _content(constant)
    return sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant
