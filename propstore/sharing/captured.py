"""What an inner function takes from the function around it."""

from __future__ import annotations

import dis
from collections.abc import Callable
from typing import Any

from propstore.errors import InvalidDataError
from propstore.sharing.argument_form import argument_form

__all__ = ["captured_values"]


def captured_values(function: Callable[..., Any]) -> dict[str, Any]:
    """Give the values that a function closes over and that can be part of an identity.

    They tell apart the functions that one factory makes. A variable that the function itself
    assigns to is no such value: it changes from call to call.
    """
    code = function.__code__
    assigned = {one.argval for one in dis.get_instructions(code) if one.opname == "STORE_DEREF"}
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    values = {name: cell.cell_contents for name, cell in cells if _is_filled(cell)}
    return {
        name: value for name, value in values.items() if name not in assigned and _has_form(value)
    }


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - it raises where a name is not bound yet
    except ValueError:
        return False
    return True


def _has_form(value: Any) -> bool:
    try:
        argument_form(value)
    except InvalidDataError:
        return False
    return True
