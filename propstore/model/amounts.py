"""How much of a component a substance has."""

from __future__ import annotations

from pydantic import Field, field_validator

from propstore.errors import InvalidDataError
from propstore.model.component import Component
from propstore.model.validation import FrozenModel, base_init

__all__ = ["Amount", "ComponentAmounts", "ExactAmount", "MoleFraction"]

MOLE_FRACTION_TOLERANCE = 1e-6
"""How far the mole fractions of a substance may be from 1 in sum."""


class MoleFraction(FrozenModel):
    """The fraction of a component among all molecules: above 0 and at most 1."""

    value: float

    @base_init
    def __init__(self, value: float) -> None:
        super().__init__(value=value)

    @field_validator("value")
    @classmethod
    def _lie_in_range(cls, value: float) -> float:
        return checked_mole_fraction(value)

    def __repr__(self) -> str:
        return f"MoleFraction({self.value!r})"


class ExactAmount(FrozenModel):
    """A whole number of molecules, 1 or more: one ligand, one receptor."""

    value: int

    @base_init
    def __init__(self, value: int) -> None:
        super().__init__(value=value)

    @field_validator("value", mode="before")
    @classmethod
    def _be_a_count(cls, value: object) -> int:
        return checked_exact_amount(value)

    def __repr__(self) -> str:
        return f"ExactAmount({self.value!r})"


Amount = MoleFraction | ExactAmount


class ComponentAmounts(FrozenModel):
    """One component of a substance and how much there is of it, in either kind or in both."""

    component: Component
    mole_fraction: float | None = Field(default=None, exclude_if=lambda value: value is None)
    exact_amount: int | None = Field(default=None, exclude_if=lambda value: value is None)

    @field_validator("mole_fraction")
    @classmethod
    def _check_mole_fraction(cls, value: float | None) -> float | None:
        return None if value is None else checked_mole_fraction(value)

    @field_validator("exact_amount", mode="before")
    @classmethod
    def _check_exact_amount(cls, value: object) -> int | None:
        return None if value is None else checked_exact_amount(value)

    @property
    def amounts(self) -> tuple[Amount, ...]:
        """The amounts, the mole fraction first."""
        fraction = () if self.mole_fraction is None else (MoleFraction(self.mole_fraction),)
        count = () if self.exact_amount is None else (ExactAmount(self.exact_amount),)
        return (*fraction, *count)


def checked_mole_fraction(value: float) -> float:
    """Give a mole fraction back, or refuse it."""
    if not 0.0 < value <= 1.0 + MOLE_FRACTION_TOLERANCE:
        raise InvalidDataError(f"{value!r} is not a mole fraction: above 0 and at most 1.")
    return min(value, 1.0)


def checked_exact_amount(value: object) -> int:
    """Give an exact amount back as an integer, or refuse it."""
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not whole or value < 1:  # type: ignore[operator]
        raise InvalidDataError(f"{value!r} is not an exact amount: a whole number, 1 or more.")
    return int(value)  # type: ignore[call-overload, no-any-return]
