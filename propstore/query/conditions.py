"""Conditions on records, as values: what ``field("...") < "300 K"`` and ``&``, ``|``, ``~`` give.

A condition that a user writes is bound to a record type before it is used. Binding finds the
fields, converts the values to canonical units, and leaves only the few kinds of node that are
defined here; a backend compiles these, or lets each record be tested by ``matches``.

A comparison with a field that a record does not have is false, ``!=`` included; ``~`` is plain
negation, so ``~(field("pressure") > "1 atm")`` holds where there is no pressure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from propstore.errors import QueryError
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance
from propstore.query.fields import RecordField

__all__ = [
    "And",
    "Condition",
    "Equals",
    "Exists",
    "Matches",
    "Not",
    "Or",
    "StartsWith",
    "Unbound",
    "Within",
]


class Condition:
    """Something that holds for a record, or does not.

    It is abstract, but not by ``abc``: each query asks many times of which class a condition is,
    and of an abstract base class that is a slow question.
    """

    def __and__(self, other: Condition) -> Condition:
        return And((*_parts(self, And), _as_condition(other)))

    def __or__(self, other: Condition) -> Condition:
        return Or((*_parts(self, Or), _as_condition(other)))

    def __invert__(self) -> Condition:
        return Not(self)

    def __bool__(self) -> bool:
        raise QueryError("combine conditions by &, | and ~ in parentheses, not by and, or and not.")

    def bind(self, record_type: type[StoredData]) -> Condition:
        """Give the same condition with its fields found in a record type.

        Raises
        ------
        UnknownFieldError
            If the record type does not have a field.
        QueryError, DimensionError
            If a value can't be compared with its field.
        """
        raise NotImplementedError

    def matches(self, record: StoredData) -> bool:
        """Tell whether the bound condition holds for a record."""
        raise NotImplementedError


class Unbound(Condition):
    """A condition as the user wrote it, which only has a meaning for some record type."""

    def matches(self, record: StoredData) -> bool:
        """Bind the condition to the record's own type, and test it."""
        return self.bind(type(record)).matches(record)


class _Bound(Condition):
    """A condition that is bound already."""

    def bind(self, record_type: type[StoredData]) -> Condition:
        """Give the condition itself."""
        return self


@dataclass(frozen=True)
class And(Condition):
    """All of the conditions hold; there may be none."""

    conditions: tuple[Condition, ...]

    def bind(self, record_type: type[StoredData]) -> Condition:
        """Bind every part, and take nested conjunctions apart."""
        bound = [condition.bind(record_type) for condition in self.conditions]
        flat = [part for condition in bound for part in _parts(condition, And)]
        return flat[0] if len(flat) == 1 else And(tuple(flat))

    def matches(self, record: StoredData) -> bool:
        """Tell whether all parts hold."""
        return all(condition.matches(record) for condition in self.conditions)

    def __repr__(self) -> str:
        return " & ".join(_operand(part) for part in self.conditions) or "everything"


@dataclass(frozen=True)
class Or(Condition):
    """One of the conditions holds, or several."""

    conditions: tuple[Condition, ...]

    def bind(self, record_type: type[StoredData]) -> Condition:
        """Bind every part, take nested alternatives apart, and list the values of one field."""
        bound = [condition.bind(record_type) for condition in self.conditions]
        flat: dict[Any, Condition] = {}
        for part in (part for condition in bound for part in _parts(condition, Or)):
            place = part.field if isinstance(part, Equals) else len(flat)
            known = flat.get(place)
            if isinstance(part, Equals) and isinstance(known, Equals):
                part = Equals(part.field, (*known.values, *part.values))
            flat[place] = part
        return next(iter(flat.values())) if len(flat) == 1 else Or(tuple(flat.values()))

    def matches(self, record: StoredData) -> bool:
        """Tell whether one part holds."""
        return any(condition.matches(record) for condition in self.conditions)

    def __repr__(self) -> str:
        return " | ".join(_operand(part) for part in self.conditions) or "nothing"


@dataclass(frozen=True)
class Not(Condition):
    """The condition does not hold."""

    condition: Condition

    def bind(self, record_type: type[StoredData]) -> Condition:
        """Bind what is negated; two negations cancel."""
        bound = self.condition.bind(record_type)
        return bound.condition if isinstance(bound, Not) else Not(bound)

    def matches(self, record: StoredData) -> bool:
        """Tell whether what is negated fails."""
        return not self.condition.matches(record)

    def __repr__(self) -> str:
        return f"~({self.condition!r})"


@dataclass(frozen=True)
class Within(_Bound):
    """A number or a quantity lies in an interval.

    Attributes
    ----------
    field
        The field.
    low, high
        The bounds, in the canonical unit; None where there is none.
    low_is_open, high_is_open
        Whether the bound itself is outside.
    unit
        The canonical unit that the field's value has to be in; None for a plain number.
    """

    field: RecordField
    low: float | None
    high: float | None
    low_is_open: bool = False
    high_is_open: bool = False
    unit: str | None = None

    def matches(self, record: StoredData) -> bool:
        """Tell whether the record's value lies in the interval."""
        value = self.field.read(record)
        if isinstance(value, tuple):
            value, unit = value
            if unit != self.unit:
                return False
        elif isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.low is not None and (value < self.low or (self.low_is_open and value == self.low)):
            return False
        return self.high is None or (
            value < self.high or (not self.high_is_open and value == self.high)
        )

    def __repr__(self) -> str:
        unit = "" if self.unit in (None, "dimensionless") else f" {self.unit}"
        low = "" if self.low is None else f"{self.low!r}{unit} <{'' if self.low_is_open else '='} "
        high = (
            "" if self.high is None else f" <{'' if self.high_is_open else '='} {self.high!r}{unit}"
        )
        return f"{low}{self.field.path}{high}"


@dataclass(frozen=True)
class Equals(_Bound):
    """A text or a truth value is one of those given."""

    field: RecordField
    values: tuple[str | bool, ...]

    def matches(self, record: StoredData) -> bool:
        """Tell whether the record's value is one of those given."""
        value = self.field.read(record)
        return any(value == wanted and type(value) is type(wanted) for wanted in self.values)

    def __repr__(self) -> str:
        if len(self.values) == 1:
            return f"{self.field.path} == {self.values[0]!r}"
        return f"{self.field.path} is one of {list(self.values)!r}"


@dataclass(frozen=True)
class TextWithin(_Bound):
    """A text lies between two others in the order of their characters."""

    field: RecordField
    low: str | None
    high: str | None
    low_is_open: bool = False
    high_is_open: bool = False

    def matches(self, record: StoredData) -> bool:
        """Tell whether the record's text lies between the two."""
        value = self.field.read(record)
        if not isinstance(value, str):
            return False
        if self.low is not None and (value < self.low or (self.low_is_open and value == self.low)):
            return False
        return self.high is None or (
            value < self.high or (not self.high_is_open and value == self.high)
        )

    def __repr__(self) -> str:
        low = "" if self.low is None else f"{self.low!r} <{'' if self.low_is_open else '='} "
        high = "" if self.high is None else f" <{'' if self.high_is_open else '='} {self.high!r}"
        return f"{low}{self.field.path}{high}"


@dataclass(frozen=True)
class Exists(_Bound):
    """The record has the field."""

    field: RecordField

    def matches(self, record: StoredData) -> bool:
        """Tell whether the record has a value for the field."""
        return self.field.read(record) is not None

    def __repr__(self) -> str:
        return f"{self.field.path} exists"


@dataclass(frozen=True)
class StartsWith(_Bound):
    """A text begins with another."""

    field: RecordField
    prefix: str

    def matches(self, record: StoredData) -> bool:
        """Tell whether the record's text begins so."""
        value = self.field.read(record)
        return isinstance(value, str) and value.startswith(self.prefix)

    def __repr__(self) -> str:
        return f"{self.field.path} starts with {self.prefix!r}"


@dataclass(frozen=True)
class Matches(_Bound):
    """A regular expression is found in a text."""

    field: RecordField
    pattern: str

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def matches(self, record: StoredData) -> bool:
        """Tell whether the expression is found in the record's text."""
        value = self.field.read(record)
        return isinstance(value, str) and self._expression.search(value) is not None

    def __repr__(self) -> str:
        return f"{self.field.path} matches {self.pattern!r}"


@dataclass(frozen=True)
class Satisfies(_Bound):
    """A comparison that only Python can make, such as one of times."""

    field: RecordField
    text: str
    test: Callable[[Any], bool]

    def matches(self, record: StoredData) -> bool:
        """Tell whether the record's value passes."""
        value = self.field.read(record)
        return value is not None and self.test(value)

    def __repr__(self) -> str:
        return f"{self.field.path} {self.text}"


@dataclass(frozen=True)
class SubstanceIs(_Bound):
    """The substance is one of those given: the same components in the same amounts."""

    field: RecordField
    substances: tuple[Substance, ...]

    @property
    def identities(self) -> tuple[str, ...]:
        """The digests of the substances."""
        return tuple([substance.identity for substance in self.substances])

    def matches(self, record: StoredData) -> bool:
        """Tell whether the record's substance is one of them."""
        substance = self.field.read(record)
        return isinstance(substance, Substance) and substance in self.substances

    def __repr__(self) -> str:
        return f"{self.field.path} is {' or '.join(map(str, self.substances))}"


def _parts(condition: Condition, kind: type[And | Or]) -> tuple[Condition, ...]:
    return condition.conditions if isinstance(condition, kind) else (condition,)


def _operand(condition: Condition) -> str:
    compound = isinstance(condition, And | Or) and len(condition.conditions) > 1
    return f"({condition!r})" if compound else repr(condition)


def _as_condition(given: object) -> Condition:
    if not isinstance(given, Condition):
        raise QueryError(
            f"{given!r} is not a condition; put each comparison into parentheses: "
            '(field("a") > 1) & (field("b") < 2).'
        )
    return given
