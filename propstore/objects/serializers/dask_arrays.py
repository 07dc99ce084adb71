"""Dask arrays as zarr arrays, chunk by chunk."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from typing import Any, ClassVar

from propstore.errors import (
    CorruptResultError,
    MissingExternalResourceError,
    PropstoreError,
    SerializationError,
)
from propstore.objects.serializers.persistent import FILE_PROTOCOL, Folder, generate_name

try:
    import dask.array as da
    import numpy as np
    import zarr
    from zarr.codecs import ZstdCodec
    from zarr.errors import UnstableSpecificationWarning

    from propstore.objects.serializers.zarr_folder import ZarrFolder
except ImportError as error:
    raise ImportError(
        "dask arrays are kept with dask and zarr: pip install 'propstore[dask]'"
    ) from error

__all__ = ["DaskArraySerializer"]


class DaskArraySerializer:
    """Keeps a dask array as a zarr array, and gives a dask array that reads it.

    Chunks are computed, compressed and written one by one, as many at a time as dask has threads,
    and read when they are asked for. Each has a checksum. Chunks of differing size along an axis
    become chunks of the largest size.
    """

    name: ClassVar[str] = "propstore.dask_array"
    serializer_class: ClassVar[type] = da.Array

    @classmethod
    def pickle(cls, obj: da.Array, protocols: Mapping[str, Any]) -> tuple[str, tuple[str, str]]:
        """Compute an array and write it.

        Raises
        ------
        SerializationError
            If its shape is not known, or zarr has no lasting form for its elements.
        """
        folder: Folder = protocols[FILE_PROTOCOL]
        name = generate_name()
        array: Any = obj
        chunks = _checked_chunks(array)
        store = ZarrFolder(Folder(folder.storage, folder.locate(name)), read_only=False)
        target = _create(store, array, chunks)
        try:
            if array.size:
                da.store(array.rechunk(chunks), target, lock=False)
        except BaseException:
            store.stop_writing()  # dask does not wait for its threads
            raise
        return cls.name, (name, array.dtype.str)

    @classmethod
    def unpickle(cls, pid: tuple[str, str], protocols: Mapping[str, Any]) -> da.Array:
        """Give an array that reads what was written when it is computed.

        Raises
        ------
        MissingExternalResourceError
            If it was removed; or if a chunk was, when that is computed.
        CorruptResultError
            If a chunk is damaged, when that is computed.
        """
        folder: Folder = protocols[FILE_PROTOCOL]
        name, dtype = pid
        place = Folder(folder.storage, folder.locate(name))
        store = ZarrFolder(place, read_only=True)
        try:
            source = zarr.open_array(store, mode="r", zarr_format=3)
        except FileNotFoundError as error:
            raise MissingExternalResourceError(
                f"the dask array at {place.location!r} was removed"
            ) from error
        # What dask would digest otherwise may be what can't leave this process.
        token = f"propstore-{hashlib.sha256(place.location.encode()).hexdigest()[:32]}"
        from_array: Any = da.from_array
        native: Any = from_array(_CheckedArray(source), chunks=source.chunks, name=token)
        array: da.Array = native.astype(dtype)  # zarr gives the byte order of this machine
        return array

    @classmethod
    def remove(cls, pid: tuple[str, str], protocols: Mapping[str, Any]) -> None:
        """Remove what was written of an array."""
        folder: Folder = protocols[FILE_PROTOCOL]
        for location in list(folder.storage.iter_contents(folder.locate(f"{pid[0]}/"))):
            folder.storage.delete(location)


class _CheckedArray:
    """A zarr array that says what it means if a chunk can't be decoded."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.shape = source.shape
        self.dtype = source.dtype
        self.ndim = source.ndim

    def __getitem__(self, index: Any) -> Any:
        try:
            return self._source[index]
        except PropstoreError:
            raise
        except (RuntimeError, ValueError) as error:
            raise CorruptResultError(f"a chunk of a dask array is damaged: {error}") from error


def _checked_chunks(array: Any) -> tuple[int, ...]:
    """Give the shape of the chunks in which an array can be written."""
    if any(np.isnan(size) for size in array.shape):
        raise SerializationError(
            f"the dask array has the shape {array.shape}, of which parts are not known before it "
            "is computed; call its compute_chunk_sizes() first"
        )
    if type(array._meta) is not np.ndarray:
        raise SerializationError(
            f"the dask array is made of {type(array._meta).__qualname__}, not of plain arrays"
        )
    return tuple(max(1, *sizes) for sizes in array.chunks)


def _create(store: ZarrFolder, array: Any, chunks: tuple[int, ...]) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UnstableSpecificationWarning)
            return zarr.create_array(
                store,
                shape=array.shape,
                chunks=chunks,
                dtype=array.dtype,
                compressors=[ZstdCodec(level=1, checksum=True)],
                fill_value=None,
                zarr_format=3,
                config={"write_empty_chunks": True},
            )
    except (UnstableSpecificationWarning, ValueError) as error:
        raise SerializationError(
            f"the dask array has elements of {array.dtype!r}, for which zarr has no lasting form"
        ) from error
