"""Which records are wanted: pure values, without any I/O."""

from propstore.query.comparisons import field
from propstore.query.composition import (
    component_count,
    consists_of,
    contains,
    mole_fraction,
)
from propstore.query.conditions import Condition
from propstore.query.data_query import (
    DataQuery,
    EquilibrationDataQuery,
    ForceFieldQuery,
    FreeEnergyDataQuery,
    PropertyDataQuery,
    SimulationDataQuery,
    SubstanceQuery,
)
from propstore.query.search import Search

__all__ = [
    "Condition",
    "DataQuery",
    "EquilibrationDataQuery",
    "ForceFieldQuery",
    "FreeEnergyDataQuery",
    "PropertyDataQuery",
    "Search",
    "SimulationDataQuery",
    "SubstanceQuery",
    "component_count",
    "consists_of",
    "contains",
    "field",
    "mole_fraction",
]
