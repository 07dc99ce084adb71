"""The records that the searching parts of the suite ask for."""

from __future__ import annotations

from propstore.backends import Selection, StorageBackend
from propstore.model import PropertyData, ThermodynamicState
from propstore.testing.samples import AQUEOUS_ETHANOL, ETHANOL, WATER, density

__all__ = ["PRESSURE", "TEMPERATURE", "fill", "names"]

TEMPERATURE = "thermodynamic_state.temperature"
PRESSURE = "thermodynamic_state.pressure"


def fill(store: StorageBackend) -> dict[str, PropertyData]:
    """Store some records, each with its name as a tag, and give them by their names."""
    records = {
        "water 290 K": density("290 K", WATER, "998.8 kg/m**3"),
        "water 25 degC": density("25 degC", WATER, "0.997 g/ml", "101.325 kPa"),
        "water 320 K": density("320 K", WATER, "989 kg/m**3", source="10.1/b"),
        "water, no pressure": density("298.15 K", WATER, "996 kg/m**3", None),
        "ethanol": density("298.15 K", ETHANOL, "785 kg/m**3", source="10.1/a"),
        "mixture": density("298.15 K", AQUEOUS_ETHANOL, "930 kg/m**3", uncertainty="1 kg/m**3"),
        "gas": PropertyData(
            **{
                "property_type": "EnthalpyOfVaporization",
                "substance": WATER,
                "thermodynamic_state": ThermodynamicState("373.15 K", "1 atm"),
                "phase": "liquid+gas",
                "value": "40.65 kJ/mol",
            }
        ),
    }
    for name, record in records.items():
        store.store_object(record, tags={"name": name})
    return records


def names(selection: Selection[PropertyData]) -> list[str]:
    """Give the names of the records that are found, in their order."""
    return [match.record.tags["name"] for match in selection]
