"""How much of a component a substance has."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from propstore.errors import InvalidDataError
from propstore.model.component import Component
from propstore.model.validation import FrozenModel, as_number, base_init, is_none

__all__ = ["Amount", "ComponentAmounts", "ExactAmount", "MoleFraction"]

MOLE_FRACTION_TOLERANCE = 1e-6
"""How far the mole fractions of a substance may be from 1 in sum."""

MAXIMUM_EXACT_AMOUNT = 2**53
"""The largest whole number up to which all that reads JSON counts exactly."""


Fraction = Annotated[float, Field(gt=0.0, le=1.0, strict=True)]
Count = Annotated[int, Field(ge=1, le=MAXIMUM_EXACT_AMOUNT, strict=True)]


class MoleFraction(FrozenModel):
    """The fraction of a component among all molecules: above 0 and at most 1."""

    value: Fraction

    @base_init
    def __init__(self, value: float) -> None:
        super().__init__(value=checked_mole_fraction(value))

    def __repr__(self) -> str:
        return f"MoleFraction({self.value!r})"


class ExactAmount(FrozenModel):
    """A whole number of molecules, 1 or more: one ligand, one receptor."""

    value: Count

    @base_init
    def __init__(self, value: float) -> None:
        super().__init__(value=checked_exact_amount(value))

    def __repr__(self) -> str:
        return f"ExactAmount({self.value!r})"


Amount = ExactAmount | MoleFraction


class ComponentAmounts(FrozenModel):
    """One component of a substance and how much there is of it, in either kind or in both."""

    component: Component
    mole_fraction: Fraction | None = Field(default=None, exclude_if=is_none)
    exact_amount: Count | None = Field(default=None, exclude_if=is_none)

    @base_init
    def __init__(
        self,
        component: Component,
        mole_fraction: float | None = None,
        exact_amount: float | None = None,
    ) -> None:
        super().__init__(
            component=component,
            mole_fraction=None if mole_fraction is None else checked_mole_fraction(mole_fraction),
            exact_amount=None if exact_amount is None else checked_exact_amount(exact_amount),
        )

    @property
    def amounts(self) -> tuple[Amount, ...]:
        """The amounts, the mole fraction first."""
        fraction = () if self.mole_fraction is None else (MoleFraction(self.mole_fraction),)
        count = () if self.exact_amount is None else (ExactAmount(self.exact_amount),)
        return (*fraction, *count)


def checked_mole_fraction(value: object) -> float:
    """Give a mole fraction back as a float, or refuse it."""
    number = as_number(value)
    if number is None or not 0.0 < number <= 1.0 + MOLE_FRACTION_TOLERANCE:
        raise InvalidDataError(f"{value!r} is not a mole fraction: above 0 and at most 1.")
    return min(float(number), 1.0)


def checked_exact_amount(value: object) -> int:
    """Give an exact amount back as an integer, or refuse it."""
    number = as_number(value)
    if number is None or not 1 <= number <= MAXIMUM_EXACT_AMOUNT or number != int(number):
        raise InvalidDataError(f"{value!r} is not an exact amount: a whole number, 1 or more.")
    return int(number)
