"""Files on one node of a Ray cluster, for all nodes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from propstore.external import ExternalStorage, FileStorage, Metadata, WriteMode
from propstore.external.digest import BUFFER_SIZE, ReadableStream

__all__ = ["RayFileStorage"]

Given = TypeVar("Given")

_DEFAULT_ARGUMENTS = {"num_cpus": 0}  # else a task that saves would wait for a second processor


class RayFileStorage(ExternalStorage):
    """Bytes in files of one node, which the other nodes of a Ray cluster need not see.

    Each call is a Ray task, which Ray runs where `remote_arguments` lead it: to a node that alone
    has a resource, say, as in ``{"resources": {"_disk": 0.001}}``. The object itself holds nothing
    of Ray's, so it can be given to tasks and actors. What is written is written as
    `propstore.external.FileStorage` does.

    Parameters
    ----------
    root_dir : Path
        The root, on that node.
    remote_arguments : mapping
        What the ``options`` of a remote function take. No processors are asked for, unless it says
        ``num_cpus``.
    init_arguments : mapping, optional
        What `ray.init` takes, for a process in which Ray is not initialised yet.

    Raises
    ------
    ImportError
        If Ray is not installed.
    """

    def __init__(
        self,
        root_dir: Path,
        remote_arguments: Mapping[str, Any],
        init_arguments: Mapping[str, Any] | None = None,
    ) -> None:
        self._files = FileStorage(root_dir)
        self._arguments = {**_DEFAULT_ARGUMENTS, **remote_arguments}
        ray = _import_ray()
        if init_arguments is not None and not ray.is_initialized():
            ray.init(**init_arguments)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._files.root_dir)!r})"

    def remove_leftovers(self, older_than: timedelta) -> int:
        """Remove what killed writers have left, as `FileStorage.remove_leftovers` does."""
        return self._call(FileStorage.remove_leftovers, older_than)

    def _store_bytes(self, location: str, byte_data: bytes) -> str:
        return self._call(_store, location, byte_data, "overwrite")

    def _store_path(self, location: str, path: Path) -> str:
        return self._call(_store, location, path.read_bytes(), "overwrite")

    def _store_stream(self, location: str, stream: ReadableStream, mode: WriteMode) -> str:
        pieces = iter(lambda: stream.read(BUFFER_SIZE), b"")
        return self._call(_store, location, b"".join(pieces), mode)

    def _load_stream(self, location: str) -> BinaryIO:
        return io.BytesIO(self._call(_load, location))

    def _load_range(self, location: str, start: int, length: int) -> bytes:
        return self._call(FileStorage.load_range, location, start, length)

    def _exists(self, location: str) -> bool:
        return self._call(FileStorage.exists, location)

    def _delete(self, location: str) -> None:
        self._call(FileStorage.delete, location)

    def _get_filename(self, location: str) -> str:
        return self._files.get_filename(location)

    def _iter_contents(self, prefix: str = "") -> Iterator[str]:
        return iter(self._call(_contents, prefix))

    def _get_metadata(self, location: str) -> Metadata:
        return self._call(FileStorage.get_metadata, location)

    def _exclusive(self, location: str) -> AbstractContextManager[None]:
        return nullcontext()  # the files themselves are guarded, among all processes of the node

    def _refuse_nesting(self, location: str) -> None:
        """Refuse nothing, since the node will."""

    def _call(self, function: Callable[..., Given], *arguments: Any) -> Given:
        """Call a function with the files, on their node."""
        ray = _import_ray()
        remote = _remote(function).options(**self._arguments)
        try:
            given: Given = ray.get(remote.remote(self._files, *arguments))
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None
        return given


@lru_cache
def _remote(function: Callable[..., Any]) -> Any:
    """Give the remote form of a function, of which Ray keeps each that is made."""
    return _import_ray().remote(function)


def _store(files: FileStorage, location: str, data: bytes, mode: WriteMode) -> str:
    return files.store_bytes(location, data, mode=mode)


def _load(files: FileStorage, location: str) -> bytes:
    with files.load_stream(location) as stream:
        return stream.read()


def _contents(files: FileStorage, prefix: str) -> list[str]:
    return list(files.iter_contents(prefix))


def _import_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise ImportError("Ray is not installed: pip install 'propstore[ray]'") from error
    return ray
