"""Records that many tests use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import propstore as ps

WATER = ps.Substance.from_components("O")
ETHANOL = ps.Substance.from_components("CCO")
AQUEOUS_ETHANOL = ps.Substance({"O": 0.75, "CCO": 0.25})


def density(
    temperature: str = "298.15 K",
    substance: ps.Substance = WATER,
    value: str = "997.0 kg/m**3",
    pressure: str | None = "1 atm",
    **fields: Any,
) -> ps.PropertyData:
    """Give a density; it is its own record for each temperature, substance and value."""
    return ps.PropertyData(
        property_type="Density",
        substance=substance,
        thermodynamic_state=ps.ThermodynamicState(temperature, pressure),
        phase=ps.PropertyPhase.LIQUID,
        value=value,
        **fields,
    )


def box(
    statistical_inefficiency: float = 2.0, substance: ps.Substance = WATER, **fields: Any
) -> ps.StoredSimulationData:
    """Give a simulation, which is replaceable: all with one substance are of one identity."""
    return ps.StoredSimulationData(
        **{
            "substance": substance,
            "thermodynamic_state": ps.ThermodynamicState("298.15 K", "1 atm"),
            "phase": "liquid",
            "coordinate_file_name": "box.pdb",
            "statistical_inefficiency": statistical_inefficiency,
            "number_of_molecules": 256,
            **fields,
        }
    )


def box_files(directory: Path, content: str = "ATOM") -> Path:
    """Write the files of a box, in a nested directory too."""
    (directory / "trajectories").mkdir(parents=True)
    (directory / "box.pdb").write_text(content)
    (directory / "trajectories" / "run.dcd").write_bytes(bytes(range(256)))
    (directory / "empty").mkdir()
    return directory
