"""The properties that propstore knows by name, each with its dimension.

The names are those of OpenFF Evaluator. A property that is not listed is stored all the same; of
one that is, a value of another dimension is refused.
"""

from __future__ import annotations

from types import MappingProxyType

from propstore.model.quantity import Dimension

__all__ = ["PROPERTY_TYPES"]

PROPERTY_TYPES = MappingProxyType(
    {
        "Density": Dimension("density", "kg/m**3", above=0.0),
        "EnthalpyOfMixing": Dimension("molar energy", "kJ/mol"),
        "EnthalpyOfVaporization": Dimension("molar energy", "kJ/mol"),
        "ExcessMolarVolume": Dimension("molar volume", "cm**3/mol"),
        "SolvationFreeEnergy": Dimension("molar energy", "kJ/mol"),
        "HostGuestBindingAffinity": Dimension("molar energy", "kJ/mol"),
        "DielectricConstant": Dimension("number", "dimensionless", minimum=0.0),
        "OsmoticCoefficient": Dimension("number", "dimensionless"),
        "Viscosity": Dimension("viscosity", "Pa*s", minimum=0.0),
        "SurfaceTension": Dimension("surface tension", "N/m"),
        "VaporPressure": Dimension("pressure", "kPa", minimum=0.0),
        "MolarHeatCapacity": Dimension("molar heat capacity", "J/mol/K"),
        "SpeedOfSound": Dimension("speed", "m/s", minimum=0.0),
        "ThermalConductivity": Dimension("thermal conductivity", "W/m/K", minimum=0.0),
        "SelfDiffusionCoefficient": Dimension("diffusion coefficient", "m**2/s", minimum=0.0),
    }
)
"""Property type to the dimension of its values, with what is physical."""
