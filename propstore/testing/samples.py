"""Records and files for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from propstore.model import (
    Component,
    Dimension,
    ExactAmount,
    PropertyData,
    PropertyPhase,
    Quantity,
    ReplaceableData,
    StoredSimulationData,
    Substance,
    Temperature,
    ThermodynamicState,
)

__all__ = [
    "AQUEOUS_ETHANOL",
    "ETHANOL",
    "LYSOZYME",
    "WATER",
    "SampleViscosity",
    "box",
    "box_files",
    "density",
    "tree",
    "viscosity",
]

WATER = Substance.from_components("O")
ETHANOL = Substance.from_components("CCO")
AQUEOUS_ETHANOL = Substance({"O": 0.75, "CCO": 0.25})
LYSOZYME = Substance(
    [
        (Component(label="lysozyme", role="receptor"), ExactAmount(1)),
        (Component("c1ccccc1", "ligand"), ExactAmount(1)),
        ("O", 1.0),
    ]
)


def density(
    temperature: str = "298.15 K",
    substance: Substance = WATER,
    value: str = "997.0 kg/m**3",
    pressure: str | None = "1 atm",
    **fields: Any,
) -> PropertyData:
    """Give a density; it is its own record for each temperature, substance and value."""
    return PropertyData(
        property_type="Density",
        substance=substance,
        thermodynamic_state=ThermodynamicState(temperature, pressure),
        phase=PropertyPhase.LIQUID,
        value=value,
        **fields,
    )


def box(
    statistical_inefficiency: float = 2.0, substance: Substance = WATER, **fields: Any
) -> StoredSimulationData:
    """Give a simulation, which is replaceable: all with one substance are of one identity."""
    return StoredSimulationData(
        **{
            "substance": substance,
            "thermodynamic_state": ThermodynamicState("298.15 K", "1 atm"),
            "phase": "liquid",
            "coordinate_file_name": "box.pdb",
            "statistical_inefficiency": statistical_inefficiency,
            "number_of_molecules": 256,
            **fields,
        }
    )


class SampleViscosity(ReplaceableData, type_name="propstore.sample_viscosity@v1"):
    """A record type as a user may write one, with indexed fields."""

    identity_fields: ClassVar[tuple[str, ...]] = ("substance", "temperature")
    indexed_fields: ClassVar[tuple[str, ...]] = ("viscosity", "samples")

    substance: Substance
    temperature: Temperature
    viscosity: Annotated[Quantity, Dimension("viscosity", "Pa*s", minimum=0.0)]
    samples: int

    @classmethod
    def most_information(cls, stored: Self, candidate: Self) -> Self:
        """Prefer the one with more samples."""
        return candidate if candidate.samples > stored.samples else stored


def viscosity(samples: int = 10, temperature: str = "25 degC") -> SampleViscosity:
    """Give a record of a user's type: all with one temperature are of one identity."""
    return SampleViscosity(
        **{
            "substance": WATER,
            "temperature": temperature,
            "viscosity": "0.89 mPa*s",
            "samples": samples,
        }
    )


def box_files(directory: Path, content: str = "ATOM") -> Path:
    """Write the files of a box, in a nested directory too, and give the directory."""
    (directory / "trajectories").mkdir(parents=True)
    (directory / "box.pdb").write_text(content)
    (directory / "trajectories" / "run.dcd").write_bytes(bytes(range(256)))
    (directory / "empty").mkdir()
    return directory


def tree(directory: Path) -> dict[str, bytes | None]:
    """Give the content of every file below a directory, by its name; None for a directory."""
    return {
        str(path.relative_to(directory)): path.read_bytes() if path.is_file() else None
        for path in sorted(directory.rglob("*"))
    }
