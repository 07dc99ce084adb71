"""The fluids of the demonstration."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["FLUIDS", "Fluid"]


class Fluid(NamedTuple):
    """A fluid, and between which temperatures it is calculated.

    Attributes
    ----------
    name
        Its name in CoolProp.
    smiles
        The molecule.
    liquid
        Temperatures in K between which it is a liquid at 1 atm.
    saturated
        Temperatures in K from near the triple point to below the critical point.
    """

    name: str
    smiles: str
    liquid: tuple[int, int]
    saturated: tuple[int, int]


FLUIDS = (
    Fluid("Water", "O", (275, 370), (280, 630)),
    Fluid("Methanol", "CO", (180, 335), (180, 500)),
    Fluid("Ethanol", "CCO", (200, 350), (160, 500)),
    Fluid("Acetone", "CC(=O)C", (180, 325), (180, 490)),
    Fluid("n-Hexane", "CCCCCC", (180, 340), (180, 490)),
    Fluid("CycloHexane", "C1CCCCC1", (280, 350), (280, 540)),
    Fluid("Benzene", "c1ccccc1", (280, 350), (280, 550)),
    Fluid("Toluene", "Cc1ccccc1", (180, 380), (180, 580)),
)
