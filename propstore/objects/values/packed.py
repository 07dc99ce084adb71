"""A value as a JSON document, and the bytes and arrays that the document refers to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

__all__ = ["LARGE", "FreshValue", "PackedValue", "Summary"]

LARGE = 64 * 1024
"""Bytes from which on an array has a place of its own."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is told of a value without reading it.

    Parameters
    ----------
    type : str
        Its type, as ``"builtins.dict"``.
    shape : tuple of int, optional
        The shape of an array.
    dtype : str, optional
        The type of the elements of an array, as numpy spells it.
    """

    type: str
    shape: tuple[int, ...] | None = None
    dtype: str | None = None


class PackedValue(ABC):
    """A value that is stored; each part of it is read when it is asked for.

    Parameters
    ----------
    summary : Summary
        What is known without reading.
    """

    def __init__(self, summary: Summary) -> None:
        self.summary = summary

    @abstractmethod
    def document(self) -> str:
        """Give the JSON document."""

    @abstractmethod
    def pool(self) -> bytes | bytearray:
        """Give the bytes in which small arrays stand one after the other."""

    @abstractmethod
    def part(
        self, number: int, dtype: numpy.dtype[Any], shape: Sequence[int]
    ) -> numpy.ndarray[Any, Any]:
        """Give a large array, new and in C order.

        Parameters
        ----------
        number : int
            Its number in the value.
        dtype : numpy.dtype
            The type of its elements.
        shape : sequence of int
            The shape that it had when it was stored.
        """


class FreshValue(PackedValue):
    """A value that was packed just now.

    Parameters
    ----------
    summary : Summary
        What is told of it.
    text : str
        The document.
    data : bytes
        The pool.
    parts : sequence of numpy.ndarray
        The large arrays, in C order.
    part_names : sequence of str
        What each of them is called where it stands: a field, or a key.
    array_node : dict, optional
        The document, if the value is one array that has a place of its own.
    """

    def __init__(
        self,
        summary: Summary,
        text: str,
        data: bytes,
        parts: Sequence[numpy.ndarray[Any, Any]],
        part_names: Sequence[str],
        array_node: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(summary)
        self.text = text
        self.data = data
        self.parts = parts
        self.part_names = part_names
        self.array_node = array_node

    def document(self) -> str:
        """Give the JSON document."""
        return self.text

    def pool(self) -> bytes:
        """Give the bytes of the small arrays."""
        return self.data

    def part(
        self, number: int, dtype: numpy.dtype[Any], shape: Sequence[int]
    ) -> numpy.ndarray[Any, Any]:
        """Give a copy of a large array."""
        return self.parts[number].copy()
