"""How an array is cut up: into chunks on the disk, and into blocks on the way there.

A block is always contiguous in C order, so that the blocks of an array, one after the other, are
the bytes of the array.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

__all__ = ["blocks", "chunk_shape", "transfer_shape"]

_SMALLEST_CHUNK = 16 * 1024
_LARGEST_CHUNK = 1024 * 1024
_TRANSFER = 4 * 1024 * 1024


def chunk_shape(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Choose the chunks of an array that is read along its leading axis, as trajectories are.

    A chunk is one index of the leading axis (one frame); several, up to 16 KiB, where a frame is
    smaller than that; and a part of a frame, of at most 1 MiB, where it is larger than that. To
    read one frame, little more than that frame is decompressed.

    Parameters
    ----------
    shape : tuple of int
        The shape of the array.
    itemsize : int
        The size of one element in bytes.

    Returns
    -------
    tuple of int
        The shape of a chunk, without zeros.
    """
    frame = math.prod(shape[1:]) * itemsize
    return _block_shape(shape, itemsize, min(max(frame, _SMALLEST_CHUNK), _LARGEST_CHUNK))


def transfer_shape(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Choose the blocks in which an array is copied: about 4 MiB, and whole chunks.

    Parameters
    ----------
    shape : tuple of int
        The shape of the array.
    itemsize : int
        The size of one element in bytes.
    """
    chunk = chunk_shape(shape, itemsize)
    block = _block_shape(shape, itemsize, _TRANSFER)
    return tuple(
        length if length == whole else max(piece, length // piece * piece)
        for whole, piece, length in zip(shape, chunk, block, strict=True)
    )


def blocks(shape: tuple[int, ...], block: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Go through an array block by block, in C order.

    Parameters
    ----------
    shape : tuple of int
        The shape of the array.
    block : tuple of int
        The shape of a block; those at the end are smaller.

    Yields
    ------
    tuple of slice
        The index of one block; of an array without axes, one that is empty (``...`` is meant).
    """
    axes = [
        [slice(start, min(start + step, length)) for start in range(0, length, step)]
        for length, step in zip(shape, block, strict=True)
    ]
    return itertools.product(*axes)


def _block_shape(shape: tuple[int, ...], itemsize: int, limit: int) -> tuple[int, ...]:
    block = [1] * len(shape)
    room = max(1, limit // itemsize)
    for axis in reversed(range(len(shape))):
        block[axis] = max(1, min(shape[axis], room))
        if block[axis] < shape[axis]:
            break
        room //= block[axis]
    return tuple(block)
