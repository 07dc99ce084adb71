"""Fields of records by their dotted path, and what can be compared with them.

A path is resolved against a record type when a query is built, so that a misspelt field or a
value of the wrong dimension is an error then and there.
"""

from __future__ import annotations

import re
import types
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from functools import lru_cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue

from propstore.errors import DimensionError, QueryError, UnknownFieldError
from propstore.model.phase import PropertyPhase
from propstore.model.quantity import Dimension, Quantity, is_bare_number
from propstore.model.state import ThermodynamicState
from propstore.model.stored_data import StoredData, registry
from propstore.model.substance import Substance
from propstore.model.units import conversion, dimension_name
from propstore.model.validation import nearest_names

__all__ = ["FieldKind", "RecordField", "resolve_field"]

TEMPERATURE = "thermodynamic_state.temperature"
PRESSURE = "thermodynamic_state.pressure"

TEMPERATURE_TOLERANCE = 1e-3
"""Two temperatures in K that differ by less are one state, unless the caller says otherwise."""

PRESSURE_TOLERANCE = 1e-6
"""Two pressures that differ relatively by less are one state, unless the caller says otherwise."""

NUMBER_TOLERANCE = 1e-9
"""Other quantities and floats are equal within this relative difference."""


_ANY_DIMENSION = Dimension("quantity", None)
_IN_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # databases can't hold it, or end a text there


class FieldKind(Enum):
    """What a field holds, as far as it can be compared."""

    QUANTITY = auto()
    NUMBER = auto()
    TEXT = auto()
    PHASE = auto()
    BOOLEAN = auto()
    TIME = auto()
    SUBSTANCE = auto()
    STATE = auto()
    ANY = auto()
    OTHER = auto()


@dataclass(frozen=True)
class RecordField:
    """A field of a record type.

    Attributes
    ----------
    path
        The names on the way to it, with dots between them.
    kind
        What it holds.
    dimension
        For a quantity, the dimension that the record type asks for, if it asks for one.
    """

    path: str
    kind: FieldKind
    dimension: Dimension | None = None

    def read(self, record: StoredData) -> Any:
        """Give the field's value in a record as it is compared, or None where there is none.

        Quantities are given as ``(canonical value, canonical unit)``, phases as text.
        """
        value: Any = record
        for name in self.path.split("."):
            value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
            if value is None:
                return None
        if isinstance(value, Quantity):
            return self.canonical(value)
        if isinstance(value, PropertyPhase):
            return str(value)
        return value.value if isinstance(value, Enum) else value

    def canonical(self, quantity: Quantity) -> tuple[float, str]:
        """Give a quantity as it is compared: its canonical value, and the unit that it is in."""
        unit, factor, offset = conversion(quantity.unit)
        is_difference = self.dimension is not None and self.dimension.is_difference
        return quantity.value * factor + (0.0 if is_difference else offset), unit

    def quantity(self, given: Any) -> tuple[float, str]:
        """Read a quantity that the field is to be compared with.

        Raises
        ------
        DimensionError
            If it has no unit, or is of another dimension.
        """
        dimension = self.dimension or _ANY_DIMENSION
        try:
            if is_bare_number(given):
                dimension.refuse_number(given)
            value, unit = self.canonical(Quantity(given))
        except DimensionError as error:
            raise DimensionError(f"{self.path}: {error}") from None
        if dimension.unit is not None and unit != conversion(dimension.unit).canonical_unit:
            raise DimensionError(
                f"{self.path} is a {dimension.name}; {given} is {dimension_name(unit)}."
            )
        return value, unit

    def difference(self, given: Any) -> Quantity:
        """Read a difference from the field's value, a quantity.

        Raises
        ------
        DimensionError
            If it has no unit.
        """
        try:
            if is_bare_number(given):
                (self.dimension or _ANY_DIMENSION).refuse_number(given)
            return Quantity(given)
        except DimensionError as error:
            raise DimensionError(f"{self.path}: {error}") from None

    def text(self, given: Any) -> str:
        """Read a text that the field is to be compared with."""
        text = given.value if isinstance(given, Enum) else given
        if not isinstance(text, str) or _IN_NO_TEXT.search(text):
            raise QueryError(f"{self.path} is text; {given!r} is not.")
        return text

    def tolerance(self, value: float) -> float:
        """Give how far from a value another may be and still be the same."""
        if self.path == TEMPERATURE:
            return TEMPERATURE_TOLERANCE
        return abs(value) * (PRESSURE_TOLERANCE if self.path == PRESSURE else NUMBER_TOLERANCE)


def resolve_field(record_type: type[StoredData], path: str) -> RecordField:
    """Find what a path leads to in a record type.

    Parameters
    ----------
    record_type
        The record type; for `StoredData` itself, the path may be one of any registered type.
    path
        Names with dots between them: ``"thermodynamic_state.temperature"``, ``"tags.project"``.

    Raises
    ------
    UnknownFieldError
        If there is no such field; the message has the nearest right name.
    QueryError
        If the record types that have the field differ in what it is.
    """
    if record_type is StoredData:  # its answer depends on what is registered now
        return _resolve(record_type, path)
    return _resolve_once(record_type, path)


@lru_cache(maxsize=4096)
def _resolve_once(record_type: type[StoredData], path: str) -> RecordField:
    return _resolve(record_type, path)


def _resolve(record_type: type[StoredData], path: str) -> RecordField:
    candidates = [record_type]
    if record_type is StoredData:
        candidates = [StoredData, *registry.classes()]
    found = [one for one in (_find(candidate, path.split(".")) for candidate in candidates) if one]
    if len({kind for kind, _ in found}) > 1:
        raise QueryError(
            f"{path!r} is not the same in all record types; search for records of one type."
        )
    if found:
        kind, dimension = found[0]
        same = all(other is dimension for _, other in found)
        return RecordField(path, kind, dimension if same else None)
    known = sorted({name for candidate in candidates for name in _paths(candidate)})
    raise UnknownFieldError(
        f"{record_type.__name__} has no field {path!r}; {nearest_names(path, known)}"
    )


def _find(model: type[BaseModel], names: list[str]) -> tuple[FieldKind, Dimension | None] | None:
    info = model.model_fields.get(names[0])
    if info is None:
        return None
    dimension = next((one for one in info.metadata if isinstance(one, Dimension)), None)
    return _descend(info.annotation, dimension, names[1:])


def _descend(
    annotation: Any, dimension: Dimension | None, names: list[str]
) -> tuple[FieldKind, Dimension | None] | None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner = next((one for one in arguments[1:] if isinstance(one, Dimension)), dimension)
        return _descend(arguments[0], inner, names)
    if origin in (Union, types.UnionType):
        options = [one for one in arguments if one is not type(None)]
        if len(options) == 1:
            return _descend(options[0], dimension, names)
        return None if names else (FieldKind.ANY, None)
    if origin is dict or annotation is dict:
        if not names:
            return FieldKind.OTHER, None
        return _descend(arguments[1] if arguments else Any, dimension, names[1:])
    if annotation is Any or annotation is JsonValue:
        return FieldKind.ANY, None
    if isinstance(origin, type):  # list[...], tuple[...], set[...]
        return None if names else (FieldKind.OTHER, None)
    if not isinstance(annotation, type):
        return None if names else (FieldKind.ANY, None)
    if names:
        return _find(annotation, names) if issubclass(annotation, BaseModel) else None
    return _kind(annotation), dimension


def _kind(annotation: type) -> FieldKind:
    kinds: tuple[tuple[type | tuple[type, ...], FieldKind], ...] = (
        (Quantity, FieldKind.QUANTITY),
        (Substance, FieldKind.SUBSTANCE),
        (ThermodynamicState, FieldKind.STATE),
        (PropertyPhase, FieldKind.PHASE),
        (str, FieldKind.TEXT),
        (bool, FieldKind.BOOLEAN),
        ((int, float), FieldKind.NUMBER),
        (date, FieldKind.TIME),
        (Enum, FieldKind.ANY),
    )
    return next((kind for known, kind in kinds if issubclass(annotation, known)), FieldKind.OTHER)


def _paths(model: type[BaseModel], depth: int = 3) -> list[str]:
    """List the paths that can be compared, for the nearest right name."""
    paths = []
    for name, info in model.model_fields.items():
        paths.append(name)
        for option in (info.annotation, *get_args(info.annotation)):
            nested = isinstance(option, type) and issubclass(option, BaseModel)
            if nested and depth > 1 and not issubclass(option, Quantity | Substance):
                paths += [f"{name}.{inner}" for inner in _paths(option, depth - 1)]
    return paths
