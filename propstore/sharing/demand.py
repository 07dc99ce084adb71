"""How much data is enough: bounds on what a record says of its own quality."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

from propstore.errors import QueryError
from propstore.model.quantity import Quantity, QuantityLike
from propstore.model.stored_data import StoredData
from propstore.model.validation import as_number
from propstore.query.conditions import Within
from propstore.query.fields import NUMBER_TOLERANCE, FieldKind, RecordField, resolve_field
from propstore.sharing.criterion import Criterion

__all__ = ["BoundDemand", "Demand", "at_least", "at_most"]


@dataclass(frozen=True)
class Demand:
    """A bound on a field of a record; `at_most` and `at_least` make it.

    Attributes
    ----------
    path
        The field.
    bound
        The largest or the smallest value that is enough.
    is_maximum
        Whether it is the largest.
    """

    path: str
    bound: QuantityLike | float
    is_maximum: bool

    def bind(self, record_type: type[StoredData]) -> BoundDemand:
        """Find the field in a record type, and convert the bound to what it holds.

        Raises
        ------
        UnknownFieldError
            If the record type has no such field.
        QueryError, DimensionError
            If the field is no number and no quantity, or the bound can't be compared with it.
        """
        field = resolve_field(record_type, self.path)
        if field.kind is FieldKind.QUANTITY:
            value, unit = field.quantity(self.bound)
            return BoundDemand(field, value, unit, Quantity(self.bound), self.is_maximum)
        number = as_number(self.bound)
        if field.kind is not FieldKind.NUMBER or number is None or not math.isfinite(number):
            raise QueryError(
                f"{self!r}: {record_type.__name__}.{self.path} and its bound have to be numbers, "
                "or quantities."
            )
        return BoundDemand(field, number, None, number, self.is_maximum)

    def __repr__(self) -> str:
        return f"{'at_most' if self.is_maximum else 'at_least'}({self.path!r}, {self.bound!r})"


@dataclass(frozen=True)
class BoundDemand:
    """A demand on records of one type.

    Attributes
    ----------
    field
        The field.
    bound
        In the canonical unit.
    unit
        That unit; None for a plain number.
    asked
        The bound as it was given.
    is_maximum
        Whether it is the largest value that is enough.
    """

    field: RecordField
    bound: float
    unit: str | None
    asked: Any
    is_maximum: bool

    @property
    def criterion(self) -> Criterion:
        """The demand as one thing that is asked of a record."""
        tolerance = abs(self.bound) * NUMBER_TOLERANCE
        low = None if self.is_maximum else self.bound - tolerance
        high = self.bound + tolerance if self.is_maximum else None
        return Criterion(
            path=self.field.path,
            asked=self.asked,
            condition=Within(self.field, low, high, unit=self.unit),
            bound="at most " if self.is_maximum else "at least ",
        )

    def shortfall(self, record: StoredData) -> float:
        """Tell by how much a record misses the bound: 0 if it does not, infinity without a value.

        It is given relatively to the bound.
        """
        if self.criterion.holds_for(record):
            return 0.0
        value = self.field.read(record)
        number, unit = value if isinstance(value, tuple) else (value, None)
        if number is None or unit != self.unit:
            return math.inf
        return float(abs(number - self.bound) / max(abs(self.bound), sys.float_info.min))


def at_most(path: str, bound: QuantityLike | float) -> Demand:
    """Demand that a field be at most so much, as in ``at_most("uncertainty", "0.1 kg/m**3")``.

    A record that has no value there does not fulfil it.
    """
    return Demand(path, bound, is_maximum=True)


def at_least(path: str, bound: QuantityLike | float) -> Demand:
    """Demand that a field be at least so much: ``at_least("number_of_effective_samples", 100)``.

    A record that has no value there does not fulfil it.
    """
    return Demand(path, bound, is_maximum=False)
