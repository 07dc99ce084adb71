"""A search: what a backend is asked for, as one value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from propstore.errors import QueryError
from propstore.model.quantity import QuantityLike
from propstore.model.stored_data import StoredData
from propstore.query.conditions import And, Condition
from propstore.query.fields import PRESSURE, TEMPERATURE, FieldKind, RecordField, resolve_field

__all__ = ["Nearest", "Ordering", "Search"]

Item = TypeVar("Item")


@dataclass(frozen=True)
class Ordering:
    """By which field found records are ordered; those that do not have it come last."""

    field: RecordField
    descending: bool = False


@dataclass(frozen=True)
class Nearest:
    """The state from which found records are ordered by their distance.

    The distance is ``sqrt(((T - T0) / T0)**2 + ((p - p0) / p0)**2)``, with the terms of what was
    asked for; records without a temperature or a pressure that was asked for come last.

    Attributes
    ----------
    temperature
        In K; None where only the pressure counts.
    pressure
        In kPa; None where only the temperature counts.
    """

    temperature: float | None
    pressure: float | None

    @classmethod
    def of(
        cls,
        record_type: type[StoredData],
        temperature: QuantityLike | None,
        pressure: QuantityLike | None,
    ) -> Nearest:
        """Read the state that the user gave.

        Raises
        ------
        QueryError
            If there is neither a temperature nor a pressure, or one is 0.
        """
        if temperature is None and pressure is None:
            raise QueryError("nearest needs a temperature, a pressure, or both.")
        values = [
            None if given is None else resolve_field(record_type, path).quantity(given)[0]
            for path, given in ((TEMPERATURE, temperature), (PRESSURE, pressure))
        ]
        if any(value is not None and value <= 0.0 for value in values):
            raise QueryError(f"nearest needs a state above 0 K and 0 kPa, not {values}.")
        return cls(*values)

    def distance(self, record: StoredData) -> float:
        """Give the distance of a record's state; infinity if it lacks what was asked for."""
        total = 0.0
        for path, wanted in ((TEMPERATURE, self.temperature), (PRESSURE, self.pressure)):
            if wanted is None:
                continue
            value = RecordField(path, FieldKind.QUANTITY).read(record)
            if value is None:
                return math.inf
            total += ((value[0] - wanted) / wanted) ** 2
        return math.sqrt(total)


class Search(NamedTuple):
    """Which records are wanted, and in which order.

    Attributes
    ----------
    record_type
        The type; `StoredData` for records of every type.
    condition
        What holds for them, bound to the type.
    orderings
        By what they are ordered; the first counts most. Without any, they come as stored.
    nearest
        The state by whose distance they are ordered first.
    limit
        How many are wanted at most; None for all.
    """

    record_type: type[StoredData]
    condition: Condition = And(())
    orderings: tuple[Ordering, ...] = ()
    nearest: Nearest | None = None
    limit: int | None = None

    @property
    def is_ordered(self) -> bool:
        """Whether the records are wanted in some order."""
        return bool(self.orderings) or self.nearest is not None

    def accepts(self, record: StoredData) -> bool:
        """Tell whether a record is of the type and fulfils the condition."""
        return isinstance(record, self.record_type) and self.condition.matches(record)

    def arrange(
        self, items: Iterable[tuple[Item, StoredData]]
    ) -> Iterator[tuple[Item, StoredData]]:
        """Order and limit what was found, in Python.

        Parameters
        ----------
        items
            What was found, each with its record, in the order in which it was stored.
        """
        ordered = items
        if self.is_ordered:
            ordered = sorted(items, key=lambda item: self._sort_key(item[1]))
        for count, item in enumerate(ordered):
            if self.limit is not None and count >= self.limit:
                return
            yield item

    def _sort_key(self, record: StoredData) -> tuple[Any, ...]:
        key: list[Any] = [] if self.nearest is None else [self.nearest.distance(record)]
        for ordering in self.orderings:
            value = ordering.field.read(record)
            place = _place(value[0] if isinstance(value, tuple) else value)
            key += [value is None, _Reversed(place) if ordering.descending else place]
        return tuple(key)


def _place(value: Any) -> tuple[int, Any]:
    """Give a value's place in an order in which numbers come before texts, as in SQL."""
    if value is None:
        return 0, 0
    if isinstance(value, int | float):
        return 1, value
    return (2, value) if isinstance(value, str) else (3, str(value))


@dataclass(frozen=True)
class _Reversed:
    place: tuple[int, Any]

    def __lt__(self, other: _Reversed) -> bool:
        return other.place < self.place
