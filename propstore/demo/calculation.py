"""One calculation of the demonstration: what it asks for, and how CoolProp answers it.

CoolProp evaluates, for each fluid, the multiparameter equation of state that its reference data
are published with (I. H. Bell et al., Ind. Eng. Chem. Res. 53 (2014) 2498).
"""

from __future__ import annotations

from dataclasses import dataclass

from propstore.demo.fluids import FLUIDS, Fluid
from propstore.model import PropertyData, PropertyPhase, Substance, ThermodynamicState
from propstore.query import PropertyDataQuery

__all__ = ["Calculation", "all_calculations"]

ATMOSPHERE = 101325.0  # Pa
DENSITY_STEP = 5  # K
ENTHALPY_STEP = 10  # K


@dataclass(frozen=True)
class Calculation:
    """A property of a fluid at a temperature.

    Attributes
    ----------
    fluid
        The fluid.
    property_type
        ``"Density"``: that of the liquid at 1 atm. ``"EnthalpyOfVaporization"``: that on the
        saturation line, where the temperature fixes the pressure.
    temperature
        In K.
    """

    fluid: Fluid
    property_type: str
    temperature: int

    @property
    def query(self) -> PropertyDataQuery:
        """What the store is asked for before anything is computed."""
        is_density = self.property_type == "Density"
        return PropertyDataQuery(
            substance=Substance.from_components(self.fluid.smiles),
            thermodynamic_state=ThermodynamicState(
                (self.temperature, "K"), (ATMOSPHERE, "Pa") if is_density else None
            ),
            phase=PropertyPhase.LIQUID if is_density else PropertyPhase.LIQUID | PropertyPhase.GAS,
            property_type=self.property_type,
        )

    def compute(self) -> PropertyData:
        """Compute the property."""
        import CoolProp
        from CoolProp.CoolProp import get_BibTeXKey

        query, name = self.query, self.fluid.name
        is_density = self.property_type == "Density"
        return PropertyData(
            property_type=self.property_type,
            substance=query.substance,
            thermodynamic_state=query.thermodynamic_state,
            phase=query.phase,
            value=self._density() if is_density else self._enthalpy_of_vaporization(),
            source=f"CoolProp {CoolProp.__version__}, {get_BibTeXKey(name, 'EOS')}",
        )

    def _density(self) -> tuple[float, str]:
        from CoolProp.CoolProp import PropsSI

        density = PropsSI("D", "T|liquid", self.temperature, "P", ATMOSPHERE, self.fluid.name)
        return density, "kg/m**3"

    def _enthalpy_of_vaporization(self) -> tuple[float, str]:
        from CoolProp.CoolProp import PropsSI

        vapour, liquid = (
            PropsSI("Hmolar", "T", self.temperature, "Q", quality, self.fluid.name)
            for quality in (1, 0)
        )
        return vapour - liquid, "J/mol"


def all_calculations() -> list[Calculation]:
    """List the calculations: a grid of temperatures for both properties of every fluid."""
    calculations = []
    for fluid in FLUIDS:
        for property_type, (low, high), step in (
            ("Density", fluid.liquid, DENSITY_STEP),
            ("EnthalpyOfVaporization", fluid.saturated, ENTHALPY_STEP),
        ):
            calculations += [
                Calculation(fluid, property_type, temperature)
                for temperature in range(low, high + 1, step)
            ]
    return calculations
