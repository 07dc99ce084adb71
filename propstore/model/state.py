"""The thermodynamic state at which a property was measured or calculated."""

from __future__ import annotations

from typing import Any

from propstore.model.quantity import Pressure, QuantityLike, Temperature
from propstore.model.validation import FrozenModel, base_init

__all__ = ["ThermodynamicState"]


class ThermodynamicState(FrozenModel):
    """A temperature and, where it matters, a pressure.

    Parameters
    ----------
    temperature
        Above 0 K; in any unit of temperature, ``"25 degC"`` as well as ``"298.15 K"``.
    pressure
        0 or more, in any unit of pressure; ``None`` where none was fixed.

    Raises
    ------
    DimensionError
        If a value has no unit, or one of the wrong dimension.
    NonPhysicalValueError
        If a value is not physical.
    """

    temperature: Temperature
    pressure: Pressure | None = None

    @base_init
    def __init__(self, temperature: QuantityLike, pressure: QuantityLike | None = None) -> None:
        super().__init__(temperature=temperature, pressure=pressure)

    def identity_document(self) -> list[Any]:
        """Give what makes two states the same one."""
        pressure = None if self.pressure is None else self.pressure.identity_document()
        return [self.temperature.identity_document(), pressure]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ThermodynamicState):
            return NotImplemented
        return self.temperature == other.temperature and self.pressure == other.pressure

    def __hash__(self) -> int:
        return hash((self.temperature, self.pressure))

    def __str__(self) -> str:
        return (
            f"{self.temperature}"
            if self.pressure is None
            else (f"{self.temperature}, {self.pressure}")
        )
