"""The classes whose instances may be made of what is stored.

What is stored names classes, and a name is looked up here, never imported: among the classes that
the caller allows, those that the program has registered, and propstore's own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeVar

from propstore.errors import UnregisteredError
from propstore.objects.values.instances import is_kept

__all__ = ["ClassTable", "class_name", "storable"]

AnyClass = TypeVar("AnyClass", bound=type)

_OWN = "propstore"

_registered: dict[str, type] = {}


def class_name(cls: type) -> str:
    """Give the name of a class in documents: its module and its qualified name."""
    return f"{cls.__module__}:{cls.__qualname__}"


def storable(cls: AnyClass) -> AnyClass:
    """Register a class, so that its instances can be loaded; to be used as a decorator.

    Parameters
    ----------
    cls : type
        A dataclass, a pydantic model, an enumeration or a named tuple. A class that is defined
        again takes its own place.

    Raises
    ------
    UnregisteredError
        If it is a class of another kind.
    """
    _check(cls)
    _registered[class_name(cls)] = cls
    return cls


class ClassTable:
    """The classes that one reader may make instances of.

    Parameters
    ----------
    allowed : iterable of type, optional
        Classes beyond those that are registered.

    Raises
    ------
    UnregisteredError
        If one is of a kind whose instances are not kept.
    """

    def __init__(self, allowed: Iterable[type] = ()) -> None:
        self._allowed: dict[str, type] = {}
        for cls in allowed:
            _check(cls)
            self._allowed[class_name(cls)] = cls

    def find(self, name: str) -> type | None:
        """Give the class of a name, or None if it may not be used."""
        return self._allowed.get(name) or _registered.get(name) or _own_class(name)


def _check(cls: type) -> None:
    if not isinstance(cls, type) or not is_kept(cls):
        raise UnregisteredError(
            f"{cls!r} is neither a dataclass, a pydantic model, an enumeration nor a named tuple, "
            "so its instances can't be stored but as pickle; above @dataclass, @storable sees one"
        )


def _own_class(name: str) -> type | None:
    module_name, _, qualified_name = name.partition(":")
    if module_name.partition(".")[0] != _OWN:
        return None
    found: object = sys.modules.get(module_name)
    for attribute in qualified_name.split("."):
        # Not getattr, which a module may answer by importing something.
        found = getattr(found, "__dict__", {}).get(attribute)
    if isinstance(found, type) and class_name(found) == name and is_kept(found):
        return found
    return None
