"""The phase in which a property was measured or calculated."""

from __future__ import annotations

from enum import Flag
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
        if isinstance(given, PropertyPhase) and given.value:
            return given
        known = {phase.name.lower(): phase for phase in cls if phase.name}
        if not isinstance(given, str):
            raise InvalidDataError(f"{given!r} is not a phase; {nearest_names('', list(known))}")
        phase = cls(0)
        for part in given.lower().split("+"):
            if part.strip() not in known:
                raise InvalidDataError(
                    f"{given!r} is not a phase; {nearest_names(part.strip(), list(known))}"
                )
            phase |= known[part.strip()]
        return phase

    def __str__(self) -> str:
        return "+".join(phase.name.lower() for phase in type(self) if phase in self and phase.name)

    def identity_document(self) -> str:
        """Give the phase as JSON has it."""
        return str(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )
