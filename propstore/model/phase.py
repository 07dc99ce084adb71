"""The phase in which a property was measured or calculated."""

from __future__ import annotations

from enum import Flag
from functools import lru_cache
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from propstore.errors import InvalidDataError
from propstore.model.validation import nearest_names

__all__ = ["PropertyPhase"]


class PropertyPhase(Flag):
    """Solid, liquid, gas, or a union of them (``PropertyPhase.LIQUID | PropertyPhase.GAS``).

    In JSON a union is written with a plus: ``"liquid+gas"``.
    """

    SOLID = 1
    LIQUID = 2
    GAS = 4

    @classmethod
    def parse(cls, given: object) -> PropertyPhase:
        """Read a phase from its name in any case, unions included.

        Raises
        ------
        InvalidDataError
            If it is not a phase.
        """
        if isinstance(given, str):
            return _read(given)
        if isinstance(given, PropertyPhase) and given.value:
            return given
        raise InvalidDataError(f"{given!r} is not a phase; {nearest_names('', _names())}")

    def __str__(self) -> str:
        return _text(self._value_)  # an enumeration's own hash would be most of the time

    def identity_document(self) -> str:
        """Give the phase as JSON has it."""
        return str(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )


def _names() -> list[str]:
    return [phase.name.lower() for phase in PropertyPhase if phase.name]


@lru_cache(maxsize=64)
def _read(text: str) -> PropertyPhase:
    phase = PropertyPhase(0)
    for part in text.lower().split("+"):
        if part.strip() not in _names():
            raise InvalidDataError(
                f"{text!r} is not a phase; {nearest_names(part.strip(), _names())}"
            )
        phase |= PropertyPhase[part.strip().upper()]
    return phase


@lru_cache(maxsize=64)
def _text(value: int) -> str:
    phase = PropertyPhase(value)
    return "+".join(one.name.lower() for one in PropertyPhase if one in phase and one.name)
