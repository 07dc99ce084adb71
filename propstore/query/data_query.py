"""Data queries: a class for each record type, with every attribute optional."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from propstore.errors import QueryError
from propstore.model.phase import PropertyPhase
from propstore.model.quantity import Dimension, Quantity
from propstore.model.records import (
    ForceFieldData,
    PropertyData,
    StoredEquilibrationData,
    StoredFreeEnergyData,
    StoredSimulationData,
)
from propstore.model.state import ThermodynamicState
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance
from propstore.model.validation import FrozenModel
from propstore.query.comparisons import equal_to
from propstore.query.composition import pure_components_of
from propstore.query.conditions import And, Condition, Exists, Not, Within
from propstore.query.fields import (
    PRESSURE,
    PRESSURE_TOLERANCE,
    TEMPERATURE,
    TEMPERATURE_TOLERANCE,
    RecordField,
    resolve_field,
)

__all__ = [
    "DataQuery",
    "EquilibrationDataQuery",
    "ForceFieldQuery",
    "FreeEnergyDataQuery",
    "PropertyDataQuery",
    "SimulationDataQuery",
    "SubstanceQuery",
]


class SubstanceQuery(FrozenModel):
    """Which part of a query's substance is asked for.

    Attributes
    ----------
    components_only
        Whether the data of its pure components are wanted, instead of its own. The kinds of
        amounts match, and exact amounts are equal.
    """

    components_only: bool = False


_NO_CRITERIA = {"temperature_tolerance", "pressure_tolerance", "substance_query"}

Count = Annotated[int, Field(strict=True)]


class DataQuery(FrozenModel):
    """The base of data queries: an attribute that is given has to match.

    A query for a record type of one's own is a subclass with ``data_class`` and the attributes
    that can be asked for, under the names of the record's fields and all with the default None.

    Attributes
    ----------
    temperature_tolerance
        How far in K two temperatures of one state may differ.
    pressure_tolerance
        How far, relatively, two pressures of one state may differ.
    """

    data_class: ClassVar[type[StoredData]]

    temperature_tolerance: Annotated[
        Quantity, Dimension("temperature difference", "K", minimum=0.0, is_difference=True)
    ] = Quantity(TEMPERATURE_TOLERANCE, "K")
    pressure_tolerance: Annotated[float, Field(ge=0.0, strict=True)] = PRESSURE_TOLERANCE

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        record_type = getattr(cls, "data_class", None)
        if record_type is None:
            return
        unknown = set(cls.model_fields) - set(record_type.model_fields) - _NO_CRITERIA
        if unknown:
            raise TypeError(
                f"{cls.__name__} asks for {sorted(unknown)}, which {record_type.__name__} has not."
            )

    def criteria(self) -> dict[str, Any]:
        """Give the attributes that were given, by the names of the record's fields."""
        values = self.__dict__
        return {name: values[name] for name in self._names() if values[name] is not None}

    def to_condition(self) -> Condition:
        """Give the query as a condition, bound to its record type."""
        parts = [
            part
            for name, value in self.criteria().items()
            for part in self._conditions(name, value)
        ]
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def matched_values(self, record: StoredData) -> tuple[Any, ...]:
        """Give a matching record's own values of the attributes that were asked for."""
        values = self.__dict__
        names = [name for name in self._names() if values[name] is not None]
        return tuple([getattr(record, name) for name in names])

    @classmethod
    @cache
    def _names(cls) -> tuple[str, ...]:
        """Give the attributes that are fields of the record type as well."""
        return tuple(name for name in cls.model_fields if name in cls.data_class.model_fields)

    def _conditions(self, name: str, value: Any) -> tuple[Condition, ...]:
        """Give the bound conditions that say that a field matches a value."""
        if isinstance(value, ThermodynamicState):
            return self._at_state(value)
        return (equal_to(resolve_field(self.data_class, name), value),)

    def _at_state(self, state: ThermodynamicState) -> tuple[Condition, Condition]:
        temperature = resolve_field(self.data_class, TEMPERATURE)
        pressure = resolve_field(self.data_class, PRESSURE)
        difference = self.temperature_tolerance.canonical_difference
        at_temperature = _around(temperature, state.temperature, difference)
        if state.pressure is None:
            return at_temperature, Not(Exists(pressure))
        difference = abs(state.pressure.canonical_value) * self.pressure_tolerance
        return at_temperature, _around(pressure, state.pressure, difference)


def _around(found: RecordField, quantity: Quantity, difference: float) -> Condition:
    value, unit = found.canonical(quantity)
    return Within(found, value - difference, value + difference, unit=unit)


class _SubstanceDataQuery(DataQuery):
    """What queries for the data of a substance have in common."""

    substance: Substance | None = None
    substance_query: SubstanceQuery | None = None
    thermodynamic_state: ThermodynamicState | None = None
    phase: PropertyPhase | None = None

    @model_validator(mode="after")
    def _ask_of_a_substance(self) -> _SubstanceDataQuery:
        if self.substance_query is not None and self.substance is None:
            raise QueryError("a substance_query asks for part of a substance: give it as well.")
        return self

    def _conditions(self, name: str, value: Any) -> tuple[Condition, ...]:
        components_only = self.substance_query is not None and self.substance_query.components_only
        if components_only and isinstance(value, Substance):
            return (pure_components_of(value, self.data_class),)
        return super()._conditions(name, value)


class PropertyDataQuery(_SubstanceDataQuery):
    """A query for `PropertyData`."""

    data_class: ClassVar[type[StoredData]] = PropertyData

    property_type: str | None = None
    source: str | None = None
    force_field_id: str | None = None
    source_calculation_id: str | None = None


class ForceFieldQuery(DataQuery):
    """A query for `ForceFieldData`."""

    data_class: ClassVar[type[StoredData]] = ForceFieldData

    force_field_source: str | None = None
    source_type: str | None = None


class _SimulatedSystemQuery(_SubstanceDataQuery):
    source_calculation_id: str | None = None
    force_field_id: str | None = None


class SimulationDataQuery(_SimulatedSystemQuery):
    """A query for `StoredSimulationData`."""

    data_class: ClassVar[type[StoredData]] = StoredSimulationData

    number_of_molecules: Count | None = None


class EquilibrationDataQuery(_SimulatedSystemQuery):
    """A query for `StoredEquilibrationData`."""

    data_class: ClassVar[type[StoredData]] = StoredEquilibrationData

    number_of_molecules: Count | None = None
    max_number_of_molecules: Count | None = None
    calculation_layer: str | None = None


class FreeEnergyDataQuery(_SimulatedSystemQuery):
    """A query for `StoredFreeEnergyData`."""

    data_class: ClassVar[type[StoredData]] = StoredFreeEnergyData
