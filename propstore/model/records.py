"""The record types that propstore comes with."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator

from propstore.errors import DimensionError, InvalidDataError
from propstore.model.phase import PropertyPhase
from propstore.model.property_types import PROPERTY_TYPES
from propstore.model.quantity import Dimension, Quantity, Uncertainty, is_bare_number
from propstore.model.state import ThermodynamicState
from propstore.model.stored_data import HashableStoredData, ReplaceableData, StoredData
from propstore.model.substance import Substance
from propstore.model.units import dimension_name
from propstore.model.validation import as_number, base_init

__all__ = [
    "ForceFieldData",
    "PropertyData",
    "StoredEquilibrationData",
    "StoredFreeEnergyData",
    "StoredSimulationData",
]


def _file_name(name: str) -> str:
    if name in ("", ".", "..") or "/" in name or "\\" in name or not name.isprintable():
        raise InvalidDataError(f"{name!r} is not the name of a file, without its directory.")
    return name


def _number(given: object) -> int | float:
    number = as_number(given)
    if number is None:
        raise InvalidDataError(f"{given!r} is not a number.")
    return number


Name = Annotated[str, Field(min_length=1)]
FileName = Annotated[str, AfterValidator(_file_name)]
Count = Annotated[int, BeforeValidator(_number), Field(ge=1)]
Value = Annotated[Quantity, Dimension("quantity", None)]
StatisticalInefficiency = Annotated[float, Field(gt=0.0, strict=True)]


class PropertyData(HashableStoredData, type_name="propstore.property_data@v1"):
    """One value of one property of a substance at a state: measured or calculated.

    Attributes
    ----------
    property_type
        The property, by the name that OpenFF Evaluator gives it: ``"Density"``,
        ``"EnthalpyOfMixing"``, ...; any other name is taken too.
    substance, thermodynamic_state, phase
        What the property is one of, and where.
    value
        The value with its unit.
    uncertainty
        The standard uncertainty of the value.
    source
        Where the value is from: a DOI, or the name of the method that calculated it.
    force_field_id
        The key of the force field that it was calculated with.
    source_calculation_id
        The calculation that gave it.
    """

    property_type: Name
    substance: Substance
    thermodynamic_state: ThermodynamicState
    phase: PropertyPhase
    value: Value
    uncertainty: Uncertainty | None = None
    source: str | None = None
    force_field_id: str | None = None
    source_calculation_id: str | None = None

    @base_init
    def __init__(self, /, **data: Any) -> None:
        dimension = PROPERTY_TYPES.get(str(data.get("property_type")))
        if dimension is not None and is_bare_number(data.get("value")):
            dimension.refuse_number(data["value"])
        super().__init__(**data)

    @model_validator(mode="after")
    def _agree_in_dimension(self) -> Self:
        dimension = PROPERTY_TYPES.get(self.property_type)
        if dimension is not None:
            dimension.check(self.value)
        if self.uncertainty is None or self.uncertainty.unit == self.value.unit:
            return self
        unit = self.value.canonical_unit
        if self.uncertainty.canonical_unit != unit:
            raise DimensionError(
                f"the uncertainty {self.uncertainty} and the value {self.value} differ in "
                f"dimension; give it as {dimension_name(unit)}."
            )
        return self


class ForceFieldData(HashableStoredData, type_name="propstore.force_field_data@v1"):
    """The parameters of a force field, kept once however often they are stored.

    Attributes
    ----------
    force_field_source
        The parameters as text: the XML of a SMIRNOFF force field, or the JSON of another kind.
    source_type
        What kind of text it is, such as ``"smirnoff"``.
    settings
        What else the one who applies it has to know, as JSON.
    """

    force_field_source: Name
    source_type: Name = "smirnoff"
    settings: dict[str, JsonValue] = Field(default_factory=dict)


class _SimulatedSystem(StoredData):
    """What the three kinds of stored simulations have in common."""

    requires_files: ClassVar[bool] = True

    substance: Substance
    thermodynamic_state: ThermodynamicState
    phase: PropertyPhase
    source_calculation_id: str | None = None
    force_field_id: str | None = None
    coordinate_file_name: FileName


_SYSTEM_IDENTITY = (
    "substance",
    "thermodynamic_state",
    "phase",
    "source_calculation_id",
    "force_field_id",
    "number_of_molecules",
)


class _LeastCorrelated(ReplaceableData):
    """Of two records of one identity, the one with the lower statistical inefficiency stays."""

    statistical_inefficiency: StatisticalInefficiency

    @classmethod
    def most_information(cls, stored: Self, candidate: Self) -> Self:
        """Give the record with the lower statistical inefficiency; ``stored`` if they tie."""
        better = candidate.statistical_inefficiency < stored.statistical_inefficiency
        return candidate if better else stored


class StoredSimulationData(
    _SimulatedSystem, _LeastCorrelated, type_name="propstore.simulation_data@v1"
):
    """The uncorrelated configurations that one simulation gave, with their files.

    Attributes
    ----------
    coordinate_file_name
        The file with the topology of the system.
    trajectory_file_name
        The file with the configurations.
    observables_file_name
        The file with the observables of each configuration.
    statistical_inefficiency
        How many configurations of the original trajectory make one uncorrelated one.
    number_of_molecules
        How many molecules the system has.
    """

    identity_fields: ClassVar[tuple[str, ...]] = _SYSTEM_IDENTITY

    trajectory_file_name: FileName | None = None
    observables_file_name: FileName | None = None
    number_of_molecules: Count


class StoredEquilibrationData(
    _SimulatedSystem, _LeastCorrelated, type_name="propstore.equilibration_data@v1"
):
    """An equilibrated box, with the files to go on from.

    Attributes
    ----------
    coordinate_file_name
        The file with the equilibrated coordinates.
    statistical_inefficiency
        That of the equilibration; of two boxes the one with the lower stays.
    number_of_molecules
        How many molecules the box has.
    max_number_of_molecules
        How many it was allowed to have.
    calculation_layer
        The kind of calculation that made it.
    """

    identity_fields: ClassVar[tuple[str, ...]] = (
        *_SYSTEM_IDENTITY,
        "max_number_of_molecules",
        "calculation_layer",
    )

    number_of_molecules: Count
    max_number_of_molecules: Count | None = None
    calculation_layer: str | None = None

    @model_validator(mode="after")
    def _fit_the_box(self) -> Self:
        most = self.max_number_of_molecules
        if most is not None and self.number_of_molecules > most:
            raise InvalidDataError(
                f"number_of_molecules is {self.number_of_molecules}, "
                f"which is more than max_number_of_molecules, {most}."
            )
        return self


class StoredFreeEnergyData(_SimulatedSystem, type_name="propstore.free_energy_data@v1"):
    """A calculated free energy difference, with the files behind it; all of them are kept.

    Attributes
    ----------
    free_energy_difference
        The difference, a molar energy.
    topology_file_name, start_state_trajectory, end_state_trajectory
        The files of the system and of its two end states.
    """

    free_energy_difference: Annotated[Quantity, Dimension("molar energy", "kJ/mol")]
    topology_file_name: FileName | None = None
    start_state_trajectory: FileName | None = None
    end_state_trajectory: FileName | None = None
