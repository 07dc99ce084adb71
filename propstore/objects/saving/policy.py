"""Which versions may differ between saving and loading."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from propstore.errors import VersionMismatchError
from propstore.objects.saving.class_version import PYTHON, ClassVersion

__all__ = ["VersionPolicy", "check_policy", "check_versions"]

PolicyName = Literal["exact", "patch", "minor", "major", "ignore"]
VersionPolicy: TypeAlias = PolicyName | Callable[[ClassVersion, ClassVersion], bool]
"""A name, or what tells of a class as it was saved, and as it is now, whether that will do."""

Pair: TypeAlias = tuple[ClassVersion, ClassVersion | None]
"""A class as it was saved, and as it is now, if there is one."""

_LEVELS = {"major": 1, "minor": 2, "patch": 3}
_NAMES = ("exact", "patch", "minor", "major", "ignore")
_RELEASE = re.compile(r"\d+(?:\.\d+)*")


def check_policy(policy: object) -> None:
    """Refuse what is no policy.

    Raises
    ------
    ValueError
        If it is neither a policy's name nor callable.
    """
    if not callable(policy) and policy not in _NAMES:
        raise ValueError(
            f"{policy!r} says nothing about versions; there are {', '.join(map(repr, _NAMES))}, "
            "or a callable that takes a class's stored and current ClassVersion and gives a bool"
        )


def check_versions(
    pairs: Iterable[Pair], policy: VersionPolicy, what: str, *, python_matters: bool
) -> None:
    """Refuse to load what was saved by versions that a policy doesn't let pass.

    Parameters
    ----------
    pairs : iterable of tuple
        Each class as it was saved, and as it is now.
    policy : str or callable
        The policy. "exact" wants all that is known to be the same; "patch", "minor" and "major"
        want the version of the package to be the same up to that number.
    what : str
        What is loaded, for the message.
    python_matters : bool
        Whether the policy goes for the version of Python as well.

    Raises
    ------
    VersionMismatchError
        If it doesn't; the message shows what was stored and what there is, side by side.
    """
    refused = [pair for pair in pairs if not _passes(*pair, policy, python_matters)]
    if not refused:
        return
    rows = [row for pair in refused for row in _rows(*pair)]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    table = "\n".join(f"  {a:{widths[0]}}  {b:{widths[1]}}  {c}" for a, b, c in rows)
    shown = repr(policy) if isinstance(policy, str) else "the given policy"
    raise VersionMismatchError(
        f"{what} was saved by other versions than there are now, which versions={shown} does not "
        f"let pass:\n{table}\nversions='ignore' loads it all the same"
    )


def _passes(
    stored: ClassVersion, current: ClassVersion | None, policy: VersionPolicy, python_matters: bool
) -> bool:
    if policy == "ignore":
        return True
    if current is None:
        return False
    if not isinstance(policy, str):
        return policy(stored, current)
    if policy == "exact":
        return stored == current
    level = _LEVELS[policy]
    if python_matters and _release(stored.python, level) != _release(current.python, level):
        return False
    if stored.package == PYTHON:
        return True
    return _release(stored.version, level) == _release(current.version, level)


def _release(version: str | None, level: int) -> list[int] | None:
    match = None if version is None else _RELEASE.match(version)
    if match is None:
        return None
    numbers = [int(number) for number in match[0].split(".")]
    return (numbers + [0] * level)[:level]


def _rows(stored: ClassVersion, current: ClassVersion | None) -> list[tuple[str, str, str]]:
    rows = [(stored.name, "stored", "current")]
    if current is None:
        return [*rows, ("  class", "there", "not there")]
    names = ("package", "version", "python", "commit", "is_dirty", "source")
    pairs = ((name, getattr(stored, name), getattr(current, name)) for name in names)
    return rows + [
        (f"  {name}", _shown(old), _shown(new))
        for name, old, new in pairs
        if old != new or name == "version"
    ]


def _shown(value: object) -> str:
    return "unknown" if value is None else str(value)
