"""The record of a function's call: which arguments gave which result."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import JsonValue

from propstore.model.quantity import Quantity
from propstore.model.stored_data import ReplaceableData

__all__ = ["FunctionCall"]


class FunctionCall(ReplaceableData, type_name="propstore.function_call@v1"):
    """What a cached function gave for some arguments.

    Attributes
    ----------
    function
        The name of the function.
    version
        The version of it that was called.
    digest
        The digest of the arguments, by which the call is found again.
    arguments
        The arguments by name, as JSON.
    value
        The result, if it is a quantity.
    result
        The key of the result, if it is a record.
    gives_files
        Whether the function gave a directory of files with the record.
    """

    identity_fields: ClassVar[tuple[str, ...]] = ("function", "version", "digest")

    function: str
    version: str
    digest: str
    arguments: dict[str, JsonValue]
    value: Quantity | None = None
    result: str | None = None
    gives_files: bool = False

    @classmethod
    def most_information(cls, stored: Self, candidate: Self) -> Self:
        """Give the later call: there is one only if the result of the earlier is gone."""
        return candidate
