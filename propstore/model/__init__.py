"""What is stored: frozen pydantic models, without any I/O."""

from propstore.model.amounts import Amount, ComponentAmounts, ExactAmount, MoleFraction
from propstore.model.component import Component, ComponentRole
from propstore.model.migration import migration
from propstore.model.phase import PropertyPhase
from propstore.model.property_types import PROPERTY_TYPES
from propstore.model.provenance import Provenance
from propstore.model.quantity import (
    Dimension,
    Pressure,
    Quantity,
    QuantityLike,
    Temperature,
    Uncertainty,
)
from propstore.model.records import (
    ForceFieldData,
    PropertyData,
    StoredEquilibrationData,
    StoredFreeEnergyData,
    StoredSimulationData,
)
from propstore.model.registry import TypeName
from propstore.model.state import ThermodynamicState
from propstore.model.stored_data import (
    HashableStoredData,
    ReplaceableData,
    StoredData,
    UnknownData,
    load_document,
    registry,
)
from propstore.model.substance import Substance

__all__ = [
    "PROPERTY_TYPES",
    "Amount",
    "Component",
    "ComponentAmounts",
    "ComponentRole",
    "Dimension",
    "ExactAmount",
    "ForceFieldData",
    "HashableStoredData",
    "MoleFraction",
    "Pressure",
    "PropertyData",
    "PropertyPhase",
    "Provenance",
    "Quantity",
    "QuantityLike",
    "ReplaceableData",
    "StoredData",
    "StoredEquilibrationData",
    "StoredFreeEnergyData",
    "StoredSimulationData",
    "Substance",
    "Temperature",
    "ThermodynamicState",
    "TypeName",
    "Uncertainty",
    "UnknownData",
    "load_document",
    "migration",
    "registry",
]
