"""What a record has to fulfil, one field at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from propstore.errors import InvalidDataError
from propstore.model.identity import canonical_form
from propstore.model.state import ThermodynamicState
from propstore.model.stored_data import StoredData
from propstore.query.conditions import And, Condition, Not
from propstore.sharing.difference import Difference

__all__ = ["Criterion", "ExactCriterion", "criteria_of", "flattened"]


@dataclass(frozen=True)
class Criterion:
    """One thing that is asked of a record.

    Attributes
    ----------
    path
        The field that it is about.
    asked
        What it has to be.
    condition
        The same as a condition, bound to the record type.
    bound
        ``"at most "`` or ``"at least "`` if it need not be just that.
    """

    path: str
    asked: Any
    condition: Condition
    bound: str = ""

    def holds_for(self, record: StoredData) -> bool:
        """Tell whether a record is as asked."""
        return self.condition.matches(record)

    def difference(self, record: StoredData) -> Difference:
        """Tell what a record has instead."""
        return Difference(self.path, _value_at(record, self.path), self.asked, self.bound)


@dataclass(frozen=True)
class ExactCriterion(Criterion):
    """A field that decides on identity: the condition finds it, the canonical form decides."""

    def holds_for(self, record: StoredData) -> bool:
        """Tell whether a record's field is the same for its identity."""
        return bool(_form(_value_at(record, self.path)) == _form(self.asked))


def criteria_of(condition: Condition, asked: Mapping[str, Any]) -> tuple[Criterion, ...]:
    """Take a condition apart.

    Parameters
    ----------
    condition
        All that is asked, bound to the record type.
    asked
        What was asked for, by the paths of the fields.
    """
    parts = condition.conditions if isinstance(condition, And) else (condition,)
    paths = [_path(part) for part in parts]
    return tuple(
        Criterion(path, asked.get(path), part) for path, part in zip(paths, parts, strict=True)
    )


def flattened(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give values by their paths, with a state as its temperature and its pressure."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, ThermodynamicState):
            flat[f"{name}.temperature"] = value.temperature
            flat[f"{name}.pressure"] = value.pressure
        else:
            flat[name] = value
    return flat


def _path(condition: Condition) -> str:
    if isinstance(condition, Not):
        return _path(condition.condition)
    field = getattr(condition, "field", None)
    return repr(condition) if field is None else str(field.path)


def _value_at(record: StoredData, path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return value


def _form(value: Any) -> Any:
    try:
        return canonical_form(value)
    except InvalidDataError:  # of a type for which pydantic was told how to write it
        return value
