"""Loading an object from a file."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from propstore.errors import PickleRefusedError, UnsupportedOperationError
from propstore.objects.groups import StorageGroup
from propstore.objects.saving.class_version import ClassVersion, version_of
from propstore.objects.saving.header import Header
from propstore.objects.saving.pickled import read_pickle_header, unpickle
from propstore.objects.saving.policy import VersionPolicy, check_policy, check_versions
from propstore.objects.saving.save import HEADER_KEY, OBJECT_KEY
from propstore.objects.saving.saved_file import head_of, is_pickle, open_groups

__all__ = ["load"]


def load(
    filename: str | os.PathLike[str],
    path: str = "",
    versions: VersionPolicy = "minor",
    *,
    classes: Iterable[type] = (),
    unknown_as_plain: bool = False,
    allow_pickle: bool = False,
) -> Any:
    """Load an object that `save` saved, or a part of it.

    Parameters
    ----------
    filename : path
        The file.
    path : str, optional
        The keys, indices and fields that lead to a part, with slashes between them, as
        ``"runs/3/forces"``: nothing else is made then.
    versions : {"exact", "patch", "minor", "major", "ignore"} or callable
        Which versions of its classes will do, which is checked before anything is made. "exact"
        wants all that is known to be the same; "patch", "minor" and "major" want the version of
        the package to be the same up to that number, and of a pickle Python's too. A callable
        takes a class's stored and current `ClassVersion`, and tells whether that will do.
    classes : iterable of type, optional
        Classes whose instances may be made, beyond those that `storable` registers.
    unknown_as_plain : bool
        Whether instances of other classes are given as the dict of what they hold; as keys and in
        sets, as tuples of pairs.
    allow_pickle : bool
        Whether a pickle is loaded, which runs what it says.

    Raises
    ------
    ValueError
        If the policy is misspelt.
    VersionMismatchError
        If other versions than the policy lets pass saved it.
    UnregisteredError
        If it holds an instance of a class that may not be used.
    PickleRefusedError
        If it is a pickle, and that was not allowed.
    NotInGroupError
        If there is no such part.
    NotAStoreError, StoreFormatError, SerializationError
        If there is no file, or what is in it can't be read.
    """
    check_policy(versions)
    steps = path.split("/") if path else []
    head = head_of(filename)
    if is_pickle(head):
        return _load_pickle(Path(filename), steps, versions, allow_pickle=allow_pickle)
    return _load_data(filename, head, steps, versions, list(classes), unknown_as_plain)


def _load_data(
    filename: str | os.PathLike[str],
    head: bytes,
    steps: list[str],
    versions: VersionPolicy,
    classes: list[type],
    unknown_as_plain: bool,
) -> Any:
    _, storage = open_groups(filename, head, classes=classes, unknown_as_plain=unknown_as_plain)
    with storage as group:
        header = Header.from_document(group.get(HEADER_KEY), str(filename))
        pairs = [(stored, _found(group, stored)) for stored in header.classes]
        if versions == "exact":
            pairs.append((header.type, _loaded(header.type)))
        # What isn't known is no danger: it is not made, or given as plain data.
        known = [(stored, current) for stored, current in pairs if current is not None]
        check_versions(known, versions, repr(str(filename)), python_matters=False)
        return group._session.unpacker(group._read(OBJECT_KEY)).value(steps)


def _load_pickle(
    path: Path, steps: list[str], versions: VersionPolicy, *, allow_pickle: bool
) -> Any:
    if not allow_pickle:
        raise PickleRefusedError(
            f"{str(path)!r} is a pickle, and to load a pickle is to run whatever code it names: "
            "one from someone else can do anything that you can. If you trust it, load it with "
            "allow_pickle=True; browse shows what it says of itself without running anything"
        )
    if steps:
        raise UnsupportedOperationError(
            f"{str(path)!r} is a pickle, which can only be loaded as a whole, without path="
        )
    with path.open("rb") as stream:
        backend, header = read_pickle_header(stream, str(path))
        stored = dict.fromkeys((header.type, *header.classes))
        pairs = [(version, _imported(version)) for version in stored]
        if backend == "cloudpickle":
            pairs = [(version, current or _brought_along(version)) for version, current in pairs]
        check_versions(pairs, versions, repr(str(path)), python_matters=True)
        return unpickle(stream)


def _found(group: StorageGroup, stored: ClassVersion) -> ClassVersion | None:
    cls = group._session.find_class(f"{stored.module}:{stored.qualified_name}")
    return None if cls is None else version_of(cls)


def _brought_along(stored: ClassVersion) -> ClassVersion:
    """Give the version of a class that can't be imported: cloudpickle has saved the class too."""
    return replace(stored, python=platform.python_version())


def _imported(stored: ClassVersion) -> ClassVersion | None:
    """Give the version of a class whose module is imported for it, as a pickle will."""
    try:
        importlib.import_module(stored.module)
    except ImportError:
        return None
    return _loaded(stored)


def _loaded(stored: ClassVersion) -> ClassVersion | None:
    """Give the version of a class whose module is imported already."""
    found: object = sys.modules.get(stored.module)
    for name in stored.qualified_name.split("."):
        found = getattr(found, "__dict__", {}).get(name)
    return version_of(found) if isinstance(found, type) else None
