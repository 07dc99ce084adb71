"""``field("...")`` and the comparisons that users write with it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from propstore.errors import InvalidDataError, QueryError
from propstore.model.phase import PropertyPhase
from propstore.model.state import ThermodynamicState
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance
from propstore.model.validation import as_number, shown
from propstore.query.conditions import (
    And,
    Condition,
    Equals,
    Exists,
    Matches,
    Not,
    Or,
    Satisfies,
    StartsWith,
    SubstanceIs,
    TextWithin,
    Unbound,
    Within,
)
from propstore.query.fields import PRESSURE, TEMPERATURE, FieldKind, RecordField, resolve_field

__all__ = ["Comparison", "Field", "equal_to", "field"]


def field(path: str) -> Field:
    """Name a field of records, to compare it.

    Parameters
    ----------
    path
        The names on the way to it, with dots between them: ``"thermodynamic_state.temperature"``,
        ``"value"``, ``"tags.project"``, ``"provenance.host"``.

    Returns
    -------
    Field
        Compare it by ``== != < <= > >=``, ``between``, ``near``, ``one_of``, ``exists``,
        ``matches`` and ``startswith``; combine what that gives by ``&``, ``|`` and ``~``.

    Examples
    --------
    >>> field("thermodynamic_state.temperature").between("290 K", "37 degC")
    field('thermodynamic_state.temperature').between('290 K', '37 degC')
    """
    if not isinstance(path, str):
        raise QueryError(f"a field is named by a text, such as 'phase', and not by {path!r}.")
    return Field(path)


class Field:
    """A field of records, by its path; see `field`."""

    __hash__ = None  # type: ignore[assignment]  # == gives a condition

    def __init__(self, path: str) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"field({self.path!r})"

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]
        return Comparison(self.path, "==", (value,))

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]
        return And((self.exists(), Not(Comparison(self.path, "==", (value,)))))

    def __lt__(self, value: Any) -> Condition:
        return Comparison(self.path, "<", (value,))

    def __le__(self, value: Any) -> Condition:
        return Comparison(self.path, "<=", (value,))

    def __gt__(self, value: Any) -> Condition:
        return Comparison(self.path, ">", (value,))

    def __ge__(self, value: Any) -> Condition:
        return Comparison(self.path, ">=", (value,))

    def between(self, low: Any, high: Any) -> Condition:
        """Hold where the value lies between two others, both included."""
        return Comparison(self.path, "between", (low, high))

    def near(self, value: Any, within: Any) -> Condition:
        """Hold where the value differs from another by at most ``within``, a difference."""
        return Comparison(self.path, "near", (value, within))

    def one_of(self, *values: Any) -> Condition:
        """Hold where the value equals one of those given."""
        return Or(tuple(Comparison(self.path, "==", (value,)) for value in values))

    def exists(self) -> Condition:
        """Hold where the record has the field."""
        return Comparison(self.path, "exists", ())

    def matches(self, pattern: str) -> Condition:
        """Hold where a regular expression is found in the text."""
        return Comparison(self.path, "matches", (pattern,))

    def startswith(self, prefix: str) -> Condition:
        """Hold where the text begins with another."""
        return Comparison(self.path, "startswith", (prefix,))


@dataclass(frozen=True, repr=False)
class Comparison(Unbound):
    """A comparison as the user wrote it.

    Attributes
    ----------
    path
        The path of the field.
    operator
        What is done with it.
    operands
        The values that it is compared with, as they were given.
    """

    path: str
    operator: str
    operands: tuple[Any, ...]

    def bind(self, record_type: type[StoredData]) -> Condition:
        """Find the field in a record type, and convert the operands to what it holds."""
        found = resolve_field(record_type, self.path)
        if self.operator == "exists":
            return Exists(found)
        if any(operand is None for operand in self.operands):
            raise QueryError(
                f"{self.path} can't be compared with None; "
                f"~field({self.path!r}).exists() holds where it is missing."
            )
        if self.operator in ("matches", "startswith"):
            return self._bind_text(found)
        return _bound(found, self.operator, self.operands)

    def _bind_text(self, found: RecordField) -> Condition:
        if found.kind not in (FieldKind.TEXT, FieldKind.PHASE, FieldKind.ANY):
            raise QueryError(f"{self!r} needs a text, which {self.path} is not.")
        text = found.text(self.operands[0])
        if self.operator == "startswith":
            return StartsWith(found, text)
        try:
            re.compile(text)
        except re.error as error:
            raise QueryError(f"{text!r} is not a regular expression: {error}") from error
        return Matches(found, text)

    def __repr__(self) -> str:
        if self.operator[0] in "=<>":
            return f"field({self.path!r}) {self.operator} {self.operands[0]!r}"
        return f"field({self.path!r}).{self.operator}({', '.join(map(repr, self.operands))})"


def equal_to(found: RecordField, value: Any) -> Condition:
    """Give the bound condition that a field equals a value, as ``field(path) == value`` does.

    Raises
    ------
    QueryError, DimensionError
        If the value can't be compared with the field.
    """
    return _bound(found, "==", (value,))


def _bound(found: RecordField, operator: str, operands: tuple[Any, ...]) -> Condition:
    bind = _BINDERS.get(found.kind)
    if bind is None:
        raise QueryError(
            f"{found.path} can't be compared as a whole; compare a part of it, "
            "or test it by exists()."
        )
    return bind(found, operator, operands)


def _bind_quantity(found: RecordField, operator: str, operands: tuple[Any, ...]) -> Condition:
    if operator == "near":
        value, unit = found.quantity(operands[0])
        difference = found.difference(operands[1])
        tolerance = difference.canonical_difference
        if difference.canonical_unit != unit or tolerance < 0:
            raise QueryError(f"{found.path}: {difference} is not a difference from {operands[0]}.")
        return Within(found, value - tolerance, value + tolerance, unit=unit)
    values = [found.quantity(operand) for operand in operands]
    if len({unit for _, unit in values}) > 1:
        raise QueryError(f"{found.path}: {operands} differ in dimension.")
    return _interval(found, operator, [value for value, _ in values], values[0][1])


def _bind_number(found: RecordField, operator: str, operands: tuple[Any, ...]) -> Condition:
    numbers = [_number(found, operand) for operand in operands]
    if operator == "near":
        if numbers[1] < 0:
            raise QueryError(f"{found.path}: {numbers[1]} is not a difference: 0 or more.")
        return Within(found, numbers[0] - numbers[1], numbers[0] + numbers[1])
    return _interval(found, operator, numbers, None)


def _number(found: RecordField, given: Any) -> float:
    number = as_number(given)
    if number is None or not abs(number) <= sys.float_info.max:
        raise QueryError(f"{found.path} is a number; {shown(given)} is not one to compare it with.")
    # No database has whole numbers that are larger.
    return float(number) if abs(number) >= 2**63 else number


def _interval(
    found: RecordField, operator: str, values: list[float], unit: str | None
) -> Condition:
    value = values[0]
    if operator == "==":
        exact = isinstance(value, int)
        tolerance = 0 if exact else found.tolerance(value)
        return Within(found, value - tolerance, value + tolerance, unit=unit)
    if operator == "between":
        if values[0] > values[1]:
            raise QueryError(f"{found.path}: nothing lies between {values[0]} and {values[1]}.")
        return Within(found, values[0], values[1], unit=unit)
    if operator in ("<", "<="):
        return Within(found, None, value, high_is_open=operator == "<", unit=unit)
    return Within(found, value, None, low_is_open=operator == ">", unit=unit)


def _bind_text_order(found: RecordField, operator: str, operands: tuple[Any, ...]) -> Condition:
    texts = [found.text(operand) for operand in operands]
    if operator == "==":
        return Equals(found, (texts[0],))
    if operator == "between":
        if texts[0] > texts[1]:
            raise QueryError(f"{found.path}: nothing lies between {texts[0]!r} and {texts[1]!r}.")
        return TextWithin(found, texts[0], texts[1])
    if operator == "near":
        raise QueryError(f"{found.path} is text, which has no distance.")
    if operator in ("<", "<="):
        return TextWithin(found, None, texts[0], high_is_open=operator == "<")
    return TextWithin(found, texts[0], None, low_is_open=operator == ">")


def _bind_phase(found: RecordField, operator: str, operands: tuple[Any, ...]) -> Condition:
    if operator != "==":
        raise QueryError(f"{found.path} is a phase; compare it by ==, != or one_of.")
    try:
        return Equals(found, (str(PropertyPhase.parse(operands[0])),))
    except InvalidDataError as error:
        raise QueryError(f"{found.path}: {error}") from None


def _bind_boolean(found: RecordField, operator: str, operands: tuple[Any, ...]) -> Condition:
    if operator != "==" or not isinstance(operands[0], bool):
        raise QueryError(f"{found.path} is true or false: compare it by == True or == False.")
    return Equals(found, (operands[0],))


def _bind_time(found: RecordField, operator: str, operands: tuple[Any, ...]) -> Condition:
    times = [_time(found, operand) for operand in operands]
    if operator == "between" and times[0] > times[1]:
        raise QueryError(f"{found.path}: nothing lies between {times[0]} and {times[1]}.")
    text = f"{operator} {' and '.join(str(time) for time in times)}"
    tests: dict[str, Callable[[date], bool]] = {
        "==": lambda time: _moment(time) == times[0],
        "<": lambda time: _moment(time) < times[0],
        "<=": lambda time: _moment(time) <= times[0],
        ">": lambda time: _moment(time) > times[0],
        ">=": lambda time: _moment(time) >= times[0],
        "between": lambda time: times[0] <= _moment(time) <= times[1],
    }
    if operator not in tests:
        raise QueryError(f"{found.path} is a time; compare it by <, <=, >, >=, == or between.")
    return Satisfies(found, text, tests[operator])


def _time(found: RecordField, given: Any) -> datetime:
    try:
        return _moment(given if isinstance(given, date) else datetime.fromisoformat(given))
    except (TypeError, ValueError) as error:
        raise QueryError(
            f"{found.path} is a time; {given!r} is not, as '2026-01-31T12:00' is."
        ) from error


def _moment(time: date) -> datetime:
    """Give a date as its first moment, and a time without a zone as one in UTC."""
    if not isinstance(time, datetime):
        time = datetime(time.year, time.month, time.day)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _bind_substance(found: RecordField, operator: str, operands: tuple[Any, ...]) -> Condition:
    substance = operands[0]
    if operator != "==" or not isinstance(substance, Substance):
        raise QueryError(f"{found.path} is compared with a Substance, by ==.")
    return SubstanceIs(found, (substance,))


def _bind_state(found: RecordField, operator: str, operands: tuple[Any, ...]) -> Condition:
    state = operands[0]
    if operator != "==" or not isinstance(state, ThermodynamicState):
        raise QueryError(f"{found.path} is compared with a ThermodynamicState, by ==.")
    temperature = RecordField(f"{found.path}.temperature", FieldKind.QUANTITY)
    pressure = RecordField(f"{found.path}.pressure", FieldKind.QUANTITY)
    if found.path == "thermodynamic_state":
        temperature = RecordField(TEMPERATURE, FieldKind.QUANTITY)
        pressure = RecordField(PRESSURE, FieldKind.QUANTITY)
    return And(
        (
            _bind_quantity(temperature, "==", (state.temperature,)),
            Not(Exists(pressure))
            if state.pressure is None
            else _bind_quantity(pressure, "==", (state.pressure,)),
        )
    )


def _bind_any(found: RecordField, operator: str, operands: tuple[Any, ...]) -> Condition:
    """Let the value that is given say what the field is taken for."""
    first = operands[0]
    if isinstance(first, bool):
        return _bind_boolean(found, operator, operands)
    if as_number(first) is not None:
        return _bind_number(found, operator, operands)
    return _bind_text_order(found, operator, operands)


_BINDERS: dict[FieldKind, Callable[[RecordField, str, tuple[Any, ...]], Condition]] = {
    FieldKind.QUANTITY: _bind_quantity,
    FieldKind.NUMBER: _bind_number,
    FieldKind.TEXT: _bind_text_order,
    FieldKind.PHASE: _bind_phase,
    FieldKind.BOOLEAN: _bind_boolean,
    FieldKind.TIME: _bind_time,
    FieldKind.SUBSTANCE: _bind_substance,
    FieldKind.STATE: _bind_state,
    FieldKind.ANY: _bind_any,
}
