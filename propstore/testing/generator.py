"""Records in any number, as those of a real collection are, and always the same ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from propstore.model import PropertyData, PropertyPhase, Quantity, Substance, ThermodynamicState

__all__ = ["generated_record", "generated_records", "generated_substance"]

ALKYLS = tuple("C" * length for length in range(1, 13))
BRANCHED = ("C(C)C", "CC(C)C", "C(C)(C)C", "CCC(C)C", "CC(C)CC")
GROUPS = (
    "{}",  # alkanes
    "{}O",
    "{}OC",
    "{}OCC",
    "{}C(C)=O",
    "{}C(=O)O",
    "{}C(=O)OC",
    "{}C(=O)OCC",
    "{}N",
    "{}NC",
    "{}C#N",
    "{}Cl",
    "{}Br",
    "{}S",
    "{}c1ccccc1",
    "{}c1ccncc1",
    "{}C1CCCCC1",
    "{}C(=O)N(C)C",
    "{}C=C",
    "{}S(C)=O",
)
OTHERS = ("O", "c1ccccc1", "C1CCOC1", "C1COCCO1", "OCCO", "OCC(O)CO", "ClC(Cl)Cl", "S=C=S")

MIXTURES_OF_TWO = 4000
FRACTIONS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
PRESSURES = (101.325, 101.325, 101.325, 100.0, 1000.0, 10000.0)  # kPa; most are atmospheric
PURE_SHARE = 0.4
SOURCES = 3000


class _Property(NamedTuple):
    """A property: its unit, the size of its values, and how they change over 100 K, relatively."""

    unit: str
    size: float
    slope: float


PROPERTIES = {
    "Density": _Property("kg/m**3", 870.0, -0.1),
    "EnthalpyOfVaporization": _Property("kJ/mol", 42.0, -0.15),
    "DielectricConstant": _Property("dimensionless", 18.0, -0.3),
    "Viscosity": _Property("Pa*s", 0.001, -0.7),
    "MolarHeatCapacity": _Property("J/mol/K", 170.0, 0.12),
    "SpeedOfSound": _Property("m/s", 1250.0, -0.3),
}
MIXTURE_PROPERTIES = {
    "Density": PROPERTIES["Density"],
    "EnthalpyOfMixing": _Property("kJ/mol", 0.6, 0.2),
    "ExcessMolarVolume": _Property("cm**3/mol", -0.3, 0.2),
    "Viscosity": PROPERTIES["Viscosity"],
}


def generated_records(number: int, *, start: int = 0, seed: int = 0) -> Iterator[PropertyData]:
    """Make records: measured properties of pure liquids and of mixtures of two.

    There are about 300 pure substances and 4,000 mixtures, some with far more records than others,
    as in collections of the literature. The record of a number is the same whenever and wherever
    it is made, and no two are the same.

    Parameters
    ----------
    number
        How many.
    start
        The number of the first.
    seed
        Other records for another seed.
    """
    return (generated_record(one, seed=seed) for one in range(start, start + number))


def generated_record(number: int, *, seed: int = 0) -> PropertyData:
    """Make the record of a number; see `generated_records`."""
    chance = random.Random(seed * 10**12 + number)
    is_pure = chance.random() < PURE_SHARE
    count = len(_pure()) if is_pure else MIXTURES_OF_TWO
    # Squared, so that a few substances have most of the records.
    substance = generated_substance(
        int(count * chance.random() ** 2) + (not is_pure) * len(_pure())
    )
    properties = PROPERTIES if is_pure else MIXTURE_PROPERTIES
    name = chance.choice(list(properties))
    temperature = round(chance.triangular(250.0, 450.0, 298.15), 3)
    unit, size, slope = properties[name]
    expected = size * (1.0 + slope * (temperature - 298.15) / 100.0)
    value = abs(expected * chance.uniform(0.6, 1.4)) * (1.0 if size > 0 else -1.0)
    return PropertyData(
        property_type=name,
        substance=substance,
        thermodynamic_state=ThermodynamicState(
            Quantity(temperature, "K"), Quantity(chance.choice(PRESSURES), "kPa")
        ),
        phase=PropertyPhase.LIQUID,
        value=Quantity(float(f"{value:.9g}"), unit),
        uncertainty=Quantity(float(f"{abs(size) * chance.uniform(1e-4, 2e-2):.3g}"), unit),
        source=f"10.1021/je{chance.randrange(SOURCES):06}",
    )


@cache
def generated_substance(number: int) -> Substance:
    """Make the substance of a number: first the pure ones, then the mixtures of two."""
    pure = _pure()
    if number < len(pure):
        return Substance.from_components(pure[number])
    chance = random.Random(number)
    first, second = chance.sample(pure, 2)
    fraction = chance.choice(FRACTIONS)
    return Substance({first: fraction, second: round(1.0 - fraction, 2)})


@cache
def _pure() -> tuple[str, ...]:
    """Give the SMILES of the pure components, the most common first."""
    made = [group.format(alkyl) for alkyl in (*ALKYLS, *BRANCHED) for group in GROUPS]
    components = {Substance.from_components(smiles).identity: smiles for smiles in (*OTHERS, *made)}
    return tuple(components.values())
