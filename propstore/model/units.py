"""Units of measurement: which dimension a unit has, and how to get from it to the canonical one.

Every dimension has one canonical unit, in which indexes are kept and comparisons are made. The
units that stand in every input file are known here with their exact factors, so that pint is
imported only for the others; a test holds each of them equal to pint.
"""

from __future__ import annotations

import math
import re
import threading
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from propstore.errors import DimensionError

if TYPE_CHECKING:
    from pint import UnitRegistry

__all__ = [
    "Conversion",
    "conversion",
    "difference_unit",
    "dimension_name",
    "spell_unit",
    "unit_registry",
]


class Conversion(NamedTuple):
    """How a value in some unit becomes one in the canonical unit of its dimension.

    ``canonical value = value * factor + offset``; a difference (an uncertainty) takes the factor
    only.
    """

    canonical_unit: str
    factor: float
    offset: float = 0.0

    def value_in(self, other: Conversion, value: float) -> float:
        """Give a value of this unit in another one of the same dimension.

        Parameters
        ----------
        other
            The conversion of the other unit.
        value
            The value in this unit.
        """
        if self.offset != other.offset:
            value = (value * self.factor + self.offset) - other.offset
            return value / other.factor
        # Of most pairs of units the larger is a whole number of the smaller, which a quotient the
        # other way round would not give without an error.
        if self.factor >= other.factor:
            return value * (self.factor / other.factor)
        return value / (other.factor / self.factor)


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
    **{unit: Conversion(unit, 1.0) for unit in CANONICAL_UNITS.values()},
    "": Conversion("dimensionless", 1.0),
    "kelvin": Conversion("K", 1.0),
    "degC": Conversion("K", 1.0, 273.15),
    "celsius": Conversion("K", 1.0, 273.15),
    "delta_degC": Conversion("K", 1.0),
    "Pa": Conversion("kPa", 0.001),
    "hPa": Conversion("kPa", 0.1),
    "mbar": Conversion("kPa", 0.1),
    "kilopascal": Conversion("kPa", 1.0),
    "bar": Conversion("kPa", 100.0),
    "MPa": Conversion("kPa", 1000.0),
    "atm": Conversion("kPa", 101.325),
    "kg/m^3": Conversion("kg/m**3", 1.0),
    "g/ml": Conversion("kg/m**3", 1000.0),
    "g/mL": Conversion("kg/m**3", 1000.0),
    "g / ml": Conversion("kg/m**3", 1000.0),
    "g/cm**3": Conversion("kg/m**3", 1000.0),
    "g/cm^3": Conversion("kg/m**3", 1000.0),
    "J/mol": Conversion("kJ/mol", 0.001),
    "kJ / mol": Conversion("kJ/mol", 1.0),
    "kcal/mol": Conversion("kJ/mol", 4.184),
    "cm ** 3 / mol": Conversion("cm**3/mol", 1.0),
    "mPa*s": Conversion("Pa*s", 0.001),
    "cP": Conversion("Pa*s", 0.001),
    "mN/m": Conversion("N/m", 0.001),
    "cm**2/s": Conversion("m**2/s", 0.0001),
    "nm": Conversion("m", 1e-9),
    "angstrom": Conversion("m", 1e-10),
    "ps": Conversion("s", 1e-12),
    "ns": Conversion("s", 1e-9),
    "g": Conversion("kg", 0.001),
}

MAXIMUM_UNIT_LENGTH = 100

# pint calculates what it reads, and 9**9**9 takes for ever: a number is a short exponent of a
# name, or the 1 of 1/K.
_UNIT = re.compile(
    r"""(?:
        (?:[^\W\d⁰¹²³⁴-⁹]|[°%‰]) (?:[^\W⁰¹²³⁴-⁹]|[°%‰])*+                  # a name
        | (?:\*\*|\^) \s* [-+]? \d{1,2} (?:\.\d+)? (?![\w.]|\s*(?:\*\*|\^))
        | (?:\*\*|\^) \s* \( \s* [-+]? \d{1,2} (?:\s*/\s*\d{1,2})? \s* \)  # such as (1/2)
        | ⁻? [⁰¹²³⁴-⁹]{1,2} (?![⁰¹²³⁴-⁹])
        | 1 (?=\s*/)
        | [\s*/·⋅×()]
    )*+""",
    re.VERBOSE,
)

_NAMES = {unit: name for name, unit in CANONICAL_UNITS.items()}
_LOCK = threading.RLock()  # pint's registry is made when it is first used, by one thread


@cache
def unit_registry() -> UnitRegistry[Any]:
    """Give the pint registry that propstore shares with the rest of the program."""
    import pint

    with _LOCK:
        registry: UnitRegistry[Any] = pint.get_application_registry()  # type: ignore[no-untyped-call]
        registry.Unit("kelvin")
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
    try:
        with _LOCK:
            canonical, (zero, one, two) = _converted((0.0, 1.0, 2.0), _parse_unit(unit))
    except OverflowError as error:
        raise DimensionError(f"{unit!r} is too large a unit to count in.") from error
    factor = one - zero
    if not factor or not math.isfinite(factor) or abs(two - one - factor) > 1e-9 * abs(factor):
        raise DimensionError(f"{unit!r} is not a linear unit; give the value in a linear one.")
    if zero:  # it leaves few digits of the difference, of which the unit of differences has all
        with _LOCK:
            _, (factor,) = _converted((1.0,), _delta_unit(unit))
    return Conversion(canonical, factor, zero)


@lru_cache(maxsize=256)
def difference_unit(unit: str) -> str:
    """Give the unit of differences: ``"delta_degC"`` for ``"degC"``, ``"K"`` for ``"K"``."""
    if not conversion(unit).offset:
        return unit
    return spell_unit(_delta_unit(unit))


def dimension_name(canonical_unit: str) -> str:
    """Name the dimension of a canonical unit: ``"temperature"`` for ``"K"``."""
    return _NAMES.get(canonical_unit, f"a quantity in {canonical_unit}")


def spell_unit(unit: Any) -> str:
    """Spell a unit of any pint registry shortly, in a way that ours reads as the same unit.

    Raises
    ------
    DimensionError
        If our registry does not know it.
    """
    name = f"{unit:C}" or "dimensionless"
    short = f"{unit:~C}".replace("Δ°", "delta_deg").replace("°", "deg")
    try:
        return short if short and _parse_unit(short) == _parse_unit(name) else name
    except DimensionError:
        return name


@cache
def _canonical_units() -> dict[str, str]:
    registry = unit_registry()
    return {str(registry.Unit(unit).dimensionality): unit for unit in CANONICAL_UNITS.values()}


def _converted(values: tuple[float, ...], unit: Any) -> tuple[str, list[float]]:
    """Give the canonical unit of a unit's dimension, and values in it."""
    given = [unit_registry().Quantity(value, unit) for value in values]
    canonical = _canonical_units().get(str(unit.dimensionality))
    if canonical is None:
        canonical = f"{given[0].to_root_units().units:~C}"
    return canonical, [float(quantity.to(canonical).magnitude) for quantity in given]


def _delta_unit(unit: str) -> Any:
    return _parse_unit(f"delta_{_parse_unit(unit):C}")


def _parse_unit(unit: str) -> Any:
    from tokenize import TokenError

    from pint.errors import PintError

    complaint = DimensionError(
        f"{unit[:MAXIMUM_UNIT_LENGTH]!r} is not a unit that pint knows; "
        "write it as in 'K', 'kPa', 'g/ml' or 'kJ/mol'."
    )
    if len(unit) > MAXIMUM_UNIT_LENGTH or not _UNIT.fullmatch(unit):
        raise complaint
    try:
        return unit_registry().Unit(unit)
    except (PintError, ArithmeticError, ValueError, TypeError, AttributeError) as error:
        raise complaint from error
    except (AssertionError, SyntaxError, TokenError, RecursionError) as error:
        raise complaint from error
