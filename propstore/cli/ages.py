"""Ages, as options name them."""

from __future__ import annotations

import re
from datetime import timedelta

import typer

__all__ = ["age"]

_AGE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*([a-z]+)")
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def age(text: str | timedelta) -> timedelta:
    """Read an age: ``"30d"``, ``"12h"``, ``"1.5 h"``; ``"0"`` needs no unit.

    Raises
    ------
    typer.BadParameter
        If it is none.
    """
    if isinstance(text, timedelta):
        return text  # the default, which comes as it is
    if text.strip() == "0":
        return timedelta(0)
    match = _AGE.fullmatch(text.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise typer.BadParameter(
            f"{text!r} is not an age; ages are a number and one of {', '.join(_UNITS)}: 30d, 12h."
        )
    return timedelta(**{_UNITS[match[2]]: float(match[1])})
