"""In what a stored record differs from what was asked for, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from propstore.model.amounts import MoleFraction
from propstore.model.quantity import Quantity
from propstore.model.substance import Substance
from propstore.model.validation import as_number, shown

__all__ = ["Difference"]


@dataclass(frozen=True)
class Difference:
    """A field in which a record is not as asked.

    Attributes
    ----------
    field
        The field, by its path.
    stored
        What the record has there; None if it has nothing.
    asked
        What was asked for; None if the record was to have nothing.
    bound
        ``"at most "`` or ``"at least "`` where that is a bound.
    """

    field: str
    stored: Any
    asked: Any
    bound: str = ""

    @property
    def distance(self) -> float:
        """How large the difference is: relatively for numbers, from 0 to 1, and 1 for all else."""
        if isinstance(self.stored, Substance) and isinstance(self.asked, Substance):
            return _distance_of_compositions(self.stored, self.asked)
        stored, asked = _comparable(self.stored), _comparable(self.asked)
        if stored is None or asked is None or stored[1] != asked[1]:
            return 1.0
        largest = max(abs(stored[0]), abs(asked[0]))
        return min(abs(stored[0] - asked[0]) / largest, 1.0) if largest else 0.0

    def __str__(self) -> str:
        name = self.field.rpartition(".")[2]
        stored = self.stored
        if isinstance(stored, Quantity) and isinstance(self.asked, Quantity):
            is_same = stored.canonical_unit == self.asked.canonical_unit
            stored = stored.to(self.asked.unit) if is_same else stored
        has = f"no {name}" if stored is None else f"{name} {_shown(stored)}"
        asked = "none" if self.asked is None else _shown(self.asked)
        return f"{has}, asked {self.bound}{asked}"


def _comparable(value: Any) -> tuple[float, str] | None:
    if isinstance(value, Quantity):
        return value.canonical_value, value.canonical_unit
    number = as_number(value)
    return None if number is None else (number, "")


def _distance_of_compositions(one: Substance, other: Substance) -> float:
    fractions, others = _mole_fractions(one), _mole_fractions(other)
    if fractions.keys() != others.keys():
        return 1.0
    return max(abs(fractions[key] - others[key]) for key in fractions)


def _mole_fractions(substance: Substance) -> dict[Any, float]:
    return {
        (one.component.name, one.component.role, amount if is_count else None): (
            0.0 if is_count else amount.value
        )
        for one in substance.amounts
        for amount in one.amounts
        for is_count in [not isinstance(amount, MoleFraction)]
    }


def _shown(value: Any) -> str:
    if isinstance(value, Quantity):
        return str(Quantity(_rounded(value.value), value.unit))
    if isinstance(value, float):
        return repr(_rounded(value))
    return shown(value) if isinstance(value, str) and not isinstance(value, Enum) else str(value)


def _rounded(number: float) -> float:
    """Round off the noise of converting a unit."""
    return float(f"{number:.10g}")
