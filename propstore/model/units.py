"""Units of measurement: which dimension a unit has, and how to get from it to the canonical one.

Every dimension has one canonical unit, in which indexes are kept and comparisons are made. The
units that stand in every input file are known here with their exact factors, so that pint is
imported only for the others; a test holds each of them equal to pint.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from propstore.errors import DimensionError

if TYPE_CHECKING:
    from pint import UnitRegistry

__all__ = ["Conversion", "conversion", "dimension_name", "spell_unit", "unit_registry"]


class Conversion(NamedTuple):
    """How a value in some unit becomes one in the canonical unit of its dimension.

    ``canonical value = value * factor + offset``; a difference (an uncertainty) takes the factor
    only.
    """

    canonical_unit: str
    factor: float
    offset: float = 0.0


CANONICAL_UNITS = {
    "temperature": "K",
    "pressure": "kPa",
    "density": "kg/m**3",
    "molar energy": "kJ/mol",
    "molar volume": "cm**3/mol",
    "molar mass": "g/mol",
    "molar heat capacity": "J/mol/K",
    "specific heat capacity": "J/kg/K",
    "viscosity": "Pa*s",
    "surface tension": "N/m",
    "thermal conductivity": "W/m/K",
    "diffusion coefficient": "m**2/s",
    "speed": "m/s",
    "amount concentration": "mol/l",
    "compressibility": "1/kPa",
    "thermal expansion": "1/K",
    "energy": "J",
    "length": "m",
    "area": "m**2",
    "volume": "m**3",
    "mass": "kg",
    "time": "s",
    "amount of substance": "mol",
    "number": "dimensionless",
}
"""The dimensions that have a name, and the canonical unit of each."""

EVERYDAY_UNITS = {
    "dimensionless": Conversion("dimensionless", 1.0),
    "": Conversion("dimensionless", 1.0),
    "K": Conversion("K", 1.0),
    "kelvin": Conversion("K", 1.0),
    "degC": Conversion("K", 1.0, 273.15),
    "celsius": Conversion("K", 1.0, 273.15),
    "Pa": Conversion("kPa", 0.001),
    "hPa": Conversion("kPa", 0.1),
    "mbar": Conversion("kPa", 0.1),
    "kPa": Conversion("kPa", 1.0),
    "kilopascal": Conversion("kPa", 1.0),
    "bar": Conversion("kPa", 100.0),
    "MPa": Conversion("kPa", 1000.0),
    "atm": Conversion("kPa", 101.325),
    "kg/m**3": Conversion("kg/m**3", 1.0),
    "kg/m^3": Conversion("kg/m**3", 1.0),
    "g/ml": Conversion("kg/m**3", 1000.0),
    "g/mL": Conversion("kg/m**3", 1000.0),
    "g / ml": Conversion("kg/m**3", 1000.0),
    "g/cm**3": Conversion("kg/m**3", 1000.0),
    "g/cm^3": Conversion("kg/m**3", 1000.0),
    "J/mol": Conversion("kJ/mol", 0.001),
    "kJ/mol": Conversion("kJ/mol", 1.0),
    "kJ / mol": Conversion("kJ/mol", 1.0),
    "kcal/mol": Conversion("kJ/mol", 4.184),
    "cm**3/mol": Conversion("cm**3/mol", 1.0),
    "cm ** 3 / mol": Conversion("cm**3/mol", 1.0),
}

MAXIMUM_UNIT_LENGTH = 100
_LARGE_POWER = re.compile(r"(\*\*|\^)\s*[^\s*/^]+\s*(\*\*|\^)|(\*\*|\^)\s*[-+(\s]*\d{3}|\d{7}")

_NAMES = {unit: name for name, unit in CANONICAL_UNITS.items()}


@cache
def unit_registry() -> UnitRegistry[Any]:
    """Give the pint registry that propstore shares with the rest of the program."""
    import pint

    registry: UnitRegistry[Any] = pint.get_application_registry()  # type: ignore[no-untyped-call]
    return registry


@lru_cache(maxsize=4096)
def conversion(unit: str) -> Conversion:
    """Tell how a unit becomes the canonical unit of its dimension.

    Parameters
    ----------
    unit
        A unit as pint spells it, such as ``"degC"`` or ``"g/ml"``.

    Raises
    ------
    DimensionError
        If pint does not know the unit, or if it is not linear in its base units (as decibels are).
    """
    everyday = EVERYDAY_UNITS.get(unit)
    if everyday is not None:
        return everyday
    parsed = _parse_unit(unit)
    canonical = _canonical_units().get(str(parsed.dimensionality))
    registry = unit_registry()
    if canonical is None:
        canonical = f"{registry.Quantity(1.0, parsed).to_root_units().units:~C}"
    zero, one, two = (
        float(registry.Quantity(value, parsed).to(canonical).magnitude) for value in (0.0, 1.0, 2.0)
    )
    if abs((two - one) - (one - zero)) > 1e-9 * abs(one - zero):
        raise DimensionError(f"{unit!r} is not a linear unit; give the value in a linear one.")
    return Conversion(canonical, one - zero, zero)


def dimension_name(canonical_unit: str) -> str:
    """Name the dimension of a canonical unit: ``"temperature"`` for ``"K"``."""
    return _NAMES.get(canonical_unit, f"a quantity in {canonical_unit}")


def spell_unit(unit: Any) -> str:
    """Spell a pint unit shortly, in a way that pint reads back as the same unit."""
    short = f"{unit:~C}".replace("Δ°", "delta_deg").replace("°", "deg")
    if not short:
        return "dimensionless"
    return short if unit_registry().Unit(short) == unit else str(unit)


@cache
def _canonical_units() -> dict[str, str]:
    registry = unit_registry()
    return {str(registry.Unit(unit).dimensionality): unit for unit in CANONICAL_UNITS.values()}


def _parse_unit(unit: str) -> Any:
    from tokenize import TokenError

    from pint.errors import PintError

    complaint = DimensionError(
        f"{unit!r} is not a unit that pint knows; write it as in 'K', 'kPa', 'g/ml' or 'kJ/mol'."
    )
    # pint calculates what it reads: a power of a power may take for ever.
    is_odd = len(unit) > MAXIMUM_UNIT_LENGTH or not unit.isprintable()
    if is_odd or _LARGE_POWER.search(unit):
        raise complaint
    try:
        return unit_registry().Unit(unit)
    except (PintError, ArithmeticError, ValueError, TypeError, AttributeError) as error:
        raise complaint from error
    except (AssertionError, SyntaxError, TokenError, RecursionError) as error:
        raise complaint from error
