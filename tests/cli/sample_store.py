"""The store that the command is tried on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import propstore as ps
from tests.samples import AQUEOUS_ETHANOL, ETHANOL, box, box_files, density

__all__ = ["DENSITY", "Run", "ethanol", "make_store"]

Run = Callable[..., Any]
"""Runs the command with some arguments, and gives what it wrote and its exit code."""

DENSITY = "0.785123456789 g/ml"


def ethanol(temperature: str, **fields: Any) -> ps.PropertyData:
    """Give the density of ethanol at a temperature and 1 atm, with many digits."""
    return density(temperature, ETHANOL, DENSITY, source="lab book 7", **fields)


def make_store(place: Path, files: Path) -> None:
    """Make a store of seven records: five properties, a force field, and a simulation with files.

    Parameters
    ----------
    place
        Where to.
    files
        Where its files may be made.
    """
    with ps.open(place) as store:
        for temperature in ("288.15 K", "298.15 K", "310 K"):
            store.store_object(ethanol(temperature), tags={"project": "solvents"})
        store.store_object(density("298.15 K", AQUEOUS_ETHANOL))
        store.store_object(
            ps.PropertyData(
                property_type="EnthalpyOfVaporization",
                substance=ETHANOL,
                thermodynamic_state=ps.ThermodynamicState("298.15 K", "1 atm"),
                phase="liquid+gas",
                value="42.3 kJ/mol",
                uncertainty="0.1 kJ/mol",
            )
        )
        store.store_object(ps.ForceFieldData(force_field_source="<SMIRNOFF/>" * 1000))
        state = ps.ThermodynamicState("300 K", "1 bar")
        store.store_object(box(thermodynamic_state=state), box_files(files))
