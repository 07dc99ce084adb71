"""Data queries: a class for each record type, with every attribute optional."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, model_validator

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
    FieldKind,
    RecordField,
    resolve_field,
)

__all__ = [
    "Asked",
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

_PLAIN = {
    Substance: FieldKind.SUBSTANCE,
    ThermodynamicState: FieldKind.STATE,
    PropertyPhase: FieldKind.PHASE,
    str: FieldKind.TEXT,
}
"""What is compared with a field of the kind by its operands alone."""

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

    model_config = ConfigDict(defer_build=True)  # to its first use: few programs use all queries

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
        return {found.path: value for found, value in self._given()}

    def to_condition(self) -> Condition:
        """Give the query as a condition, bound to its record type."""
        form: list[object] = [type(self)]
        operands: list[object] = []
        for found, value in self._given():
            compared = self._operands(found, value)
            if compared is None:
                return self._in_parts()
            form += (found.path, len(compared))
            operands += compared
        return Asked(self, tuple(form), tuple(operands))

    def matched_values(self, record: StoredData) -> tuple[Any, ...]:
        """Give a matching record's own values of the attributes that were asked for."""
        values = self.__dict__
        names = _fields(type(self))
        return tuple([getattr(record, name) for name in names if values[name] is not None])

    def _given(self) -> list[tuple[RecordField, Any]]:
        """Give the fields of the record type for which an attribute was given, with its value."""
        values = self.__dict__
        fields = _fields(type(self)).items()
        return [(found, value) for name, found in fields if (value := values[name]) is not None]

    def _parts(self) -> tuple[Condition, ...]:
        given = self.criteria().items()
        return tuple([part for name, value in given for part in self._conditions(name, value)])

    def _in_parts(self) -> Condition:
        parts = self._parts()
        return parts[0] if len(parts) == 1 else And(parts)

    def _conditions(self, name: str, value: Any) -> tuple[Condition, ...]:
        """Give the bound conditions that say that a field matches a value."""
        if isinstance(value, ThermodynamicState):
            return self._at_state(value)
        return (equal_to(resolve_field(self.data_class, name), value),)

    def _operands(self, found: RecordField, value: Any) -> tuple[object, ...] | None:
        """Give what these conditions compare with, in their order; None if that is not all."""
        kind = type(value)
        if _PLAIN.get(kind) is not found.kind:
            return None
        if kind is ThermodynamicState:
            return self._bounds(value)
        if kind is Substance:
            return (value.identity,)
        return (str(value) if kind is PropertyPhase else found.text(value),)

    def _at_state(self, state: ThermodynamicState) -> tuple[Condition, Condition]:
        coldest, hottest, *pressures = self._bounds(state)
        temperature = resolve_field(self.data_class, TEMPERATURE)
        pressure = resolve_field(self.data_class, PRESSURE)
        at_temperature = Within(temperature, coldest, hottest, unit="K")
        if not pressures:
            return at_temperature, Not(Exists(pressure))
        lowest, highest = pressures
        return at_temperature, Within(pressure, lowest, highest, unit="kPa")

    def _bounds(self, state: ThermodynamicState) -> tuple[float, ...]:
        """Give between which temperatures in K, and pressures in kPa, a state is the same."""
        value = state.temperature.canonical_value
        difference = self.temperature_tolerance.canonical_difference
        temperatures = value - difference, value + difference
        if state.pressure is None:
            return temperatures
        value = state.pressure.canonical_value
        difference = abs(value) * self.pressure_tolerance
        return *temperatures, value - difference, value + difference


@cache
def _fields(query_type: type[DataQuery]) -> dict[str, RecordField]:
    """Give the fields of the record type that the query has an attribute for, by their names."""
    record_type = query_type.data_class
    names = [name for name in query_type.model_fields if name in record_type.model_fields]
    return {name: resolve_field(record_type, name) for name in names}


class Asked(And):
    """All that a data query asks for; the conditions are made when they are looked at.

    The conditions of two queries of one form differ in nothing but their operands, so that what a
    backend has worked out for the one serves for the other.

    Parameters
    ----------
    query
        The query.
    form
        What its conditions are, without their operands.
    operands
        What these compare with, in their order.
    """

    def __init__(
        self, query: DataQuery, form: tuple[object, ...], operands: tuple[object, ...]
    ) -> None:
        self.__dict__.update(_query=query, form=form, operands=operands)  # a value is frozen

    form: tuple[object, ...]
    operands: tuple[object, ...]

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions, which are bound."""
        query: DataQuery = self.__dict__["_query"]
        return query._parts()

    def bind(self, record_type: type[StoredData]) -> Condition:
        """Give the condition itself."""
        return self


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

    def to_condition(self) -> Condition:
        """Give the query as a condition, bound to its record type."""
        return super().to_condition() if self.substance_query is None else self._in_parts()


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
