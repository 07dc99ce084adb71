"""Saving an object to a file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from propstore.errors import SerializationError
from propstore.objects.groups import JSONStorage, NetCDFStorage
from propstore.objects.groups.file_storage import FileStorage
from propstore.objects.saving.filtering import FilteringPacker
from propstore.objects.saving.header import Header
from propstore.objects.saving.pickled import write_pickle
from propstore.objects.serializers.json_values import JsonSerializer
from propstore.objects.values import Packer

__all__ = ["HEADER_KEY", "OBJECT_KEY", "Backend", "save"]

Backend: TypeAlias = Literal["json", "netcdf", "pickle", "cloudpickle"]

HEADER_KEY = "about"
OBJECT_KEY = "object"

_BACKENDS = ("json", "netcdf", "pickle", "cloudpickle")


def save(
    obj: object,
    filename: str | os.PathLike[str],
    backend: Backend | Sequence[Backend] = "json",
    metadata: Mapping[str, Any] | None = None,
    data_filter_regex: str | None = None,
) -> Backend:
    """Save an object to a file, wholly or not at all, with the versions of its classes.

    Parameters
    ----------
    obj : object
        For "json" and "netcdf": Python's own values, numpy arrays, pandas data frames, and
        instances of dataclasses, pydantic models, enumerations and named tuples.
    filename : path
        The file; one that is there is replaced.
    backend : {"json", "netcdf", "pickle", "cloudpickle"}, or several
        The form of the file. Of several, the first that takes the object is used.
    metadata : mapping, optional
        What to say of the object, as far as JSON can: `browse` shows it.
    data_filter_regex : str, optional
        What is searched for in paths such as ``"runs/3/forces"``: dict entries and fields in whose
        path it is found are left out. Pickles can't leave anything out.

    Returns
    -------
    str
        The backend that was used.

    Raises
    ------
    SerializationError
        If no backend takes the object; the message has the reason of each. Or if the metadata are
        more than JSON can say.
    ValueError
        If there is no such backend, or the filter is no regular expression.
    StoreError, OSError
        If the file can't be written.
    """
    backends = _checked(backend)
    pattern = _compiled(data_filter_regex)
    about = dict(metadata or {})
    JsonSerializer().serialize_data(about)
    refusals: list[str] = []
    for name in backends:
        try:
            _save(obj, Path(filename), name, about, pattern)
        except (SerializationError, ImportError) as error:
            refusals.append(f"{name}: {error}")
        else:
            return name
    raise SerializationError(
        f"a {type(obj).__module__}.{type(obj).__qualname__} can't be saved:\n  "
        + "\n  ".join(refusals)
    )


def _checked(backend: Backend | Sequence[Backend]) -> list[Backend]:
    known = ", ".join(map(repr, _BACKENDS))
    backends = [backend] if isinstance(backend, str) else list(backend)
    if not backends:
        raise ValueError(f"no backend was given; there are {known}")
    for name in backends:
        if name not in _BACKENDS:
            raise ValueError(f"{name!r} is no backend; there are {known}")
    return backends


def _save(
    obj: object,
    path: Path,
    backend: Backend,
    metadata: dict[str, Any],
    pattern: re.Pattern[str] | None,
) -> None:
    if backend in ("pickle", "cloudpickle"):
        if pattern is not None:
            raise SerializationError("a pickle can't leave out what data_filter_regex names")
        write_pickle(obj, path, backend, metadata)
        return
    # Without compression, which takes longer than all the rest.
    storage: FileStorage = (
        JSONStorage(path, "w") if backend == "json" else NetCDFStorage(path, "w", compression=None)
    )
    packer = (
        Packer(storage.has_place, copies=False)
        if pattern is None
        else FilteringPacker(storage.has_place, copies=False, pattern=pattern)
    )
    packed = packer.pack(obj)  # before the file is touched
    header = Header.of(obj, packer.classes, metadata)
    with storage as group:
        group[HEADER_KEY] = header.as_document()
        group._store(OBJECT_KEY, packed)


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    if pattern is None:
        return None
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(
            f"the data_filter_regex {pattern!r} is no regular expression: {error}"
        ) from error
