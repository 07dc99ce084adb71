"""Objects as pickles, with a header that is read without unpickling."""

from __future__ import annotations

import io
import json
import os
import pickle
import stat
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Literal

from propstore.errors import SerializationError, StoreFormatError
from propstore.external.durable import atomic_write
from propstore.objects.groups.file_storage import check_replaceable
from propstore.objects.saving.header import Header

__all__ = ["PICKLE_MARK", "PickleName", "read_pickle_header", "unpickle", "write_pickle"]

PickleName = Literal["pickle", "cloudpickle"]

PICKLE_MARK = b"propstore pickle 1\n"

_REFUSALS = (pickle.PicklingError, TypeError, AttributeError, RuntimeError, ValueError)
_DAMAGES = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OverflowError,
    TypeError,
    ValueError,
)


def write_pickle(obj: object, path: Path, name: PickleName, metadata: dict[str, Any]) -> None:
    """Write an object as a pickle, wholly or not at all.

    The file is a line that says so, a line of JSON with the header, and the pickle.

    Raises
    ------
    SerializationError
        If it can't be pickled.
    ImportError
        If cloudpickle is not installed.
    NotAStoreError
        If no file can be there.
    """
    path = Path(os.path.realpath(path))  # of a link, the file that it leads to
    check_replaceable(path)
    stream = io.BytesIO()
    pickler = _recording(_pickler_class(name))(stream, protocol=5)
    try:
        pickler.dump(obj)
    except _REFUSALS as error:
        raise SerializationError(f"{name} refused it: {error}") from error
    header = Header.of(obj, pickler.classes, metadata).as_document()
    with atomic_write(path) as target:
        if path.exists():
            os.fchmod(target.fileno(), stat.S_IMODE(path.stat().st_mode))
        target.write(PICKLE_MARK)
        target.write(json.dumps({"backend": name, **header}).encode() + b"\n")
        target.write(stream.getbuffer())


def read_pickle_header(stream: BinaryIO, filename: str) -> tuple[str, Header]:
    """Read which backend wrote a pickle, and its header; the stream is at the pickle then.

    Raises
    ------
    StoreFormatError
        If there is none.
    """
    stream.seek(len(PICKLE_MARK))
    try:
        document = json.loads(stream.readline())
    except ValueError as error:
        raise StoreFormatError(f"{filename!r} is damaged: its header is no JSON") from error
    header = Header.from_document(document, filename)
    return str(document.get("backend")), header


def unpickle(stream: BinaryIO) -> Any:
    """Make an object of a pickle, which runs what the pickle says.

    Raises
    ------
    SerializationError
        If it is damaged, or its classes are not what they were.
    """
    try:
        return pickle.load(stream)  # noqa: S301 - the caller allowed it
    except _DAMAGES as error:
        raise SerializationError(f"the pickle can't be loaded: {error!r}") from error


def _pickler_class(name: PickleName) -> Any:
    if name == "pickle":
        return pickle.Pickler
    try:
        cloudpickle: Any = import_module("cloudpickle")
    except ImportError as error:
        raise ImportError("cloudpickle is not installed: pip install cloudpickle") from error
    return cloudpickle.Pickler


def _recording(base: Any) -> Any:
    """Let a pickler note of which classes there are instances."""

    class Recording(base):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.classes: dict[type, None] = {}

        def reducer_override(self, obj: Any) -> Any:
            if isinstance(obj, type):
                self.classes[obj] = None
            inherited = getattr(super(), "reducer_override", None)
            return NotImplemented if inherited is None else inherited(obj)

    return Recording
