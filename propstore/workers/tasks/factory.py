"""Storages for the results of tasks, by a description such as configuration files have."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from propstore.errors import InvalidDataError
from propstore.external import ExternalStorage, FileStorage, MemoryStorage, ObjectStorage
from propstore.workers.tasks.ray_files import RayFileStorage
from propstore.workers.tasks.storage import TaskStorage

__all__ = ["storage_factory"]

_COMMON = ("allow_pickle", "classes")


@dataclass(frozen=True)
class _Kind:
    """A kind of storage.

    Parameters
    ----------
    required, optional : tuple of str
        Its options, beyond those of all kinds.
    open : callable
        Opens the external storage of such options.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    open: Callable[[Mapping[str, Any]], ExternalStorage]


@dataclass(frozen=True)
class _Sort:
    """What an option has to be.

    Parameters
    ----------
    types : tuple of type
        Of which types.
    words : str
        The same in words.
    """

    types: tuple[type, ...]
    words: str


_DICT = _Sort((Mapping,), "a dict")
_OPTIONS = {
    "path": _Sort((str, os.PathLike), "a path or an address"),
    "s3": _DICT,
    "remoteArgs": _DICT,
    "rayInitArgs": _Sort((Mapping, type(None)), "a dict, or None"),
    "allow_pickle": _Sort((bool,), "True or False"),  # "false" would be true
    "classes": _Sort((list, tuple, set, frozenset), "a list of classes"),
}


def _open_file(options: Mapping[str, Any]) -> ExternalStorage:
    return FileStorage(options["path"])


def _open_memory(options: Mapping[str, Any]) -> ExternalStorage:
    return MemoryStorage()


def _open_s3(options: Mapping[str, Any]) -> ExternalStorage:
    return ObjectStorage.from_url(os.fspath(options["path"]), **options.get("s3", {}))


def _open_ray(options: Mapping[str, Any]) -> ExternalStorage:
    return RayFileStorage(
        Path(options["path"]), options.get("remoteArgs", {}), options.get("rayInitArgs")
    )


_KINDS = {
    "file": _Kind(("path",), (), _open_file),
    "memory": _Kind((), (), _open_memory),
    "s3": _Kind(("path",), ("s3",), _open_s3),
    "ray": _Kind(("path",), ("rayInitArgs", "remoteArgs"), _open_ray),
}


def storage_factory(opt: Mapping[str, Any]) -> TaskStorage:
    """Open the storage that is described.

    Parameters
    ----------
    opt : mapping
        Under "kind" one of these, and under "options" what it takes:

        - "file": "path", a directory;
        - "memory": nothing; it is a new one each time;
        - "s3": "path", such as ``"s3://bucket/prefix"``, and "s3", a dict of what
          `ObjectStorage.from_url` takes (``endpoint``, ``region``, ...);
        - "ray": "path", a directory on the node that keeps the files, "remoteArgs", the options of
          remote functions with which Ray finds that node, and "rayInitArgs", with which Ray is
          started if it isn't.

        All of them take "allow_pickle", which is False unless it is given, and "classes", as
        `TaskStorage` has them.

    Returns
    -------
    TaskStorage
        The storage.

    Raises
    ------
    InvalidDataError
        If there is no such kind or option, or an option is lacking; the message lists those that
        there are. Or if an option is not what it has to be.
    ImportError
        If a library is not installed that the kind needs.

    Examples
    --------
    >>> storage = storage_factory({"kind": "file", "options": {"path": "storage"}})
    """
    _check_names("storage description", _checked(opt, _DICT), ("kind",), ("options",))
    kind = _KINDS.get(opt["kind"]) if isinstance(opt["kind"], str) else None
    if kind is None:
        known = ", ".join(map(repr, _KINDS))
        raise InvalidDataError(
            f"there is no storage of the kind {opt['kind']!r}; there are {known}"
        )
    options = _checked(opt.get("options") or {}, _DICT, "options")
    noun = f"storage of the kind {opt['kind']!r}"
    _check_names(noun, options, kind.required, (*kind.optional, *_COMMON))
    for name, value in options.items():
        _checked(value, _OPTIONS[name], name)
    return TaskStorage(
        kind.open(options),
        classes=options.get("classes", ()),
        allow_pickle=options.get("allow_pickle", False),
    )


def _checked(value: Any, sort: _Sort, name: str | None = None) -> Any:
    if not isinstance(value, sort.types) or value == "":
        shown = "a storage description" if name is None else f"the option {name!r}"
        raise InvalidDataError(f"{shown} is {value!r}; it has to be {sort.words}")
    return value


def _check_names(
    noun: str, given: Mapping[str, Any], required: tuple[str, ...], optional: tuple[str, ...]
) -> None:
    known = ", ".join(map(repr, (*required, *optional)))
    for name in given:
        if name not in (*required, *optional):
            raise InvalidDataError(f"a {noun} has no option {name!r}; there are {known}")
    for name in required:
        if name not in given:
            raise InvalidDataError(f"a {noun} needs the option {name!r}; there are {known}")
