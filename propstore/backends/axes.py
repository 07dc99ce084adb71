"""The axes that every property has, as a record's columns in a catalog."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, TypeVar

from propstore.model.phase import PropertyPhase
from propstore.model.quantity import Quantity
from propstore.model.state import ThermodynamicState
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance
from propstore.query.fields import resolve_field

__all__ = ["Axes", "axes_of", "substance_of"]

Kind = TypeVar("Kind")


class Axes(NamedTuple):
    """What a catalog knows of a record without reading its document.

    Attributes
    ----------
    substance
        The substance; None where the record type has none.
    phase, property_type
        As text.
    temperature, pressure
        In K and kPa.
    value, uncertainty
        In the canonical unit of the value's dimension, and ``unit`` is that unit.
    indexed
        The fields that the record type declares as indexed, as JSON; quantities by their
        canonical values.
    """

    substance: Substance | None
    phase: str | None
    property_type: str | None
    temperature: float | None
    pressure: float | None
    value: float | None
    uncertainty: float | None
    unit: str | None
    indexed: str | None


def axes_of(record: StoredData) -> Axes:
    """Read the axes of a record of any type: a field counts if it has the name and the type."""
    state = _typed(record, "thermodynamic_state", ThermodynamicState)
    phase = _typed(record, "phase", PropertyPhase)
    value = _typed(record, "value", Quantity)
    uncertainty = _typed(record, "uncertainty", Quantity) if value is not None else None
    pressure = None if state is None else state.pressure
    return Axes(
        substance=substance_of(record),
        phase=None if phase is None else str(phase),
        property_type=_typed(record, "property_type", str),
        temperature=None if state is None else state.temperature.canonical_value,
        pressure=None if pressure is None else pressure.canonical_value,
        value=None if value is None else value.canonical_value,
        uncertainty=None if uncertainty is None else uncertainty.canonical_difference,
        unit=None if value is None else value.canonical_unit,
        indexed=_indexed(record) if record.indexed_fields else None,
    )


def substance_of(record: StoredData) -> Substance | None:
    """Give the substance of a record; None where the record type has none."""
    return _typed(record, "substance", Substance)


def _typed(record: StoredData, name: str, kind: type[Kind]) -> Kind | None:
    value = getattr(record, name, None)
    return value if isinstance(value, kind) else None


def _indexed(record: StoredData) -> str:
    values: dict[str, Any] = {}
    for name in record.indexed_fields:
        value = resolve_field(type(record), name).read(record)
        values[name] = value[0] if isinstance(value, tuple) else value
    return json.dumps(values)
