"""A physical quantity: a value with its unit."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeAlias

from pydantic import AfterValidator, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from propstore.errors import DimensionError, NonPhysicalValueError
from propstore.model.units import (
    conversion,
    difference_unit,
    dimension_name,
    spell_unit,
    unit_registry,
)
from propstore.model.validation import FrozenModel, as_number, base_init

if TYPE_CHECKING:
    import pint

__all__ = ["Dimension", "Pressure", "Quantity", "QuantityLike", "Temperature", "Uncertainty"]

QuantityLike: TypeAlias = "Quantity | str | tuple[float, str] | pint.Quantity[Any]"
"""What a quantity is made from: ``"25 degC"``, ``(25, "degC")``, a pint quantity, or another."""

_EXAMPLES = "'298.15 K' or '101.325 kPa'"

_NUMBER_AND_UNIT = re.compile(
    r"\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf(?:inity)?)\b)\s*(?P<unit>.*?)\s*",
    re.IGNORECASE | re.DOTALL,
)


@lru_cache(maxsize=4096)  # so that pydantic need not step into Python for each quantity
def _known_unit(unit: str) -> str:
    conversion(unit)
    return unit


class Quantity(FrozenModel):
    """A value and its unit, kept as they were given.

    Two quantities are equal when they agree to 12 significant digits in the canonical unit of
    their dimension: ``Quantity("1 atm") == Quantity("101.325 kPa")``.

    Parameters
    ----------
    value
        The number, or anything a quantity is made from: another quantity, a pint quantity,
        ``"25 degC"`` or ``(25, "degC")``.
    unit
        The unit as pint spells it, if ``value`` is a number; ``"dimensionless"`` where there is
        none.

    Raises
    ------
    DimensionError
        If there is no unit, or one that pint does not know.
    NonPhysicalValueError
        If the value is NaN or infinite.
    """

    value: float = Field(strict=True)
    unit: Annotated[str, AfterValidator(_known_unit)]

    @base_init
    def __init__(self, value: QuantityLike | float, unit: str | None = None) -> None:
        fields = _fields_of(value) if unit is None else {"value": _number(value), "unit": unit}
        super().__init__(**fields)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        fields = handler(source)  # JSON has nothing but these, which go straight to the model
        return core_schema.json_or_python_schema(
            fields, core_schema.no_info_before_validator_function(cls._accepted, fields)
        )

    @classmethod
    def _accepted(cls, given: Any) -> Any:
        return given if type(given) is cls else _fields_of(given)

    @property
    def canonical_value(self) -> float:
        """The value in the canonical unit of the dimension (K, kPa, kg/m**3, kJ/mol, ...)."""
        _, factor, offset = conversion(self.unit)
        return self.value * factor + offset

    @property
    def canonical_difference(self) -> float:
        """The value as a difference: 1 degC of it is 1 K."""
        return self.value * conversion(self.unit).factor

    @property
    def canonical_unit(self) -> str:
        """The canonical unit of the dimension; equal for two quantities that can be compared."""
        return conversion(self.unit).canonical_unit

    def to(self, unit: str) -> Quantity:
        """Give the same quantity in another unit.

        Raises
        ------
        DimensionError
            If ``unit`` is of another dimension.
        """
        if unit == self.unit:
            return self
        own, other = conversion(self.unit), conversion(unit)
        if own.canonical_unit != other.canonical_unit:
            raise DimensionError(
                f"{self} is {dimension_name(own.canonical_unit)} and can't be given in {unit!r}, "
                f"which is {dimension_name(other.canonical_unit)}."
            )
        return Quantity(own.value_in(other, self.value), unit)

    def to_pint(self) -> pint.Quantity[Any]:
        """Give the quantity as pint's, in the application's registry."""
        return unit_registry().Quantity(self.value, self.unit)

    def identity_document(self) -> list[Any]:
        """Give what makes two quantities the same one, free of the noise of conversions.

        Temperatures are rounded to 1e-6 K, pressures to 1e-6 kPa, all else to 12 significant
        digits.
        """
        unit, factor, offset = conversion(self.unit)
        value = self.value * factor + offset
        rounded = round(value, 6) if unit in ("K", "kPa") else float(f"{value:.12g}")
        return [rounded + 0.0, unit]

    def __str__(self) -> str:
        unit = "" if self.unit in ("", "dimensionless") else f" {self.unit}"
        return f"{self.value!r}{unit}"

    def __repr__(self) -> str:
        return f"Quantity({self.value!r}, {self.unit!r})"

    def _comparison_key(self) -> tuple[str, float]:
        return _comparison_key(self.value, self.unit)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Quantity):
            return NotImplemented
        if self.value == other.value and self.unit == other.unit:
            return True
        return self._comparison_key() == other._comparison_key()

    def __hash__(self) -> int:
        return hash(_comparison_key(self.value, self.unit))

    def _ordered(self, other: Quantity) -> tuple[float, float]:
        (own_unit, own), (other_unit, others) = self._comparison_key(), other._comparison_key()
        if own_unit != other_unit:
            raise DimensionError(
                f"{self} and {other} can't be compared: one is {dimension_name(own_unit)}, "
                f"the other {dimension_name(other_unit)}."
            )
        return own, others

    def __lt__(self, other: Quantity) -> bool:
        own, others = self._ordered(other)
        return own < others

    def __le__(self, other: Quantity) -> bool:
        own, others = self._ordered(other)
        return own <= others

    def __gt__(self, other: Quantity) -> bool:
        own, others = self._ordered(other)
        return own > others

    def __ge__(self, other: Quantity) -> bool:
        own, others = self._ordered(other)
        return own >= others

    def __add__(self, other: QuantityLike) -> Quantity:
        return self._by_pint(lambda: self.to_pint() + _pint(other))

    def __radd__(self, other: QuantityLike | float) -> Quantity:
        return self._by_pint(lambda: _pint(other) + self.to_pint())  # sum() begins with 0

    def __sub__(self, other: QuantityLike) -> Quantity:
        return self._by_pint(lambda: self.to_pint() - _pint(other))

    def __mul__(self, other: QuantityLike | float) -> Quantity:
        return self._by_pint(lambda: self.to_pint() * _pint(other))

    def __rmul__(self, other: float) -> Quantity:
        return self * other

    def __truediv__(self, other: QuantityLike | float) -> Quantity:
        return self._by_pint(lambda: self.to_pint() / _pint(other))

    def __rtruediv__(self, other: float) -> Quantity:
        return self._by_pint(lambda: other / self.to_pint())

    def __pow__(self, exponent: float) -> Quantity:
        return self._by_pint(lambda: self.to_pint() ** exponent)

    def __neg__(self) -> Quantity:
        return Quantity(-self.value, self.unit)

    def __abs__(self) -> Quantity:
        return Quantity(abs(self.value), self.unit)

    @staticmethod
    def _by_pint(calculate: Any) -> Quantity:
        from pint.errors import DimensionalityError, OffsetUnitCalculusError

        try:
            return Quantity(calculate())
        except OffsetUnitCalculusError as error:
            raise DimensionError(f"{error} Convert to K first: quantity.to('K').") from error
        except DimensionalityError as error:
            raise DimensionError(str(error)) from error


@lru_cache(maxsize=4096)  # many records are of one state, each with quantities of its own
def _comparison_key(value: float, unit: str) -> tuple[str, float]:
    canonical_unit, factor, offset = conversion(unit)
    return canonical_unit, float(f"{value * factor + offset:.12g}") + 0.0


def _pint(operand: Any) -> Any:
    number = as_number(operand)
    if number is not None:
        return number
    return (operand if isinstance(operand, Quantity) else Quantity(operand)).to_pint()


def _number(value: Any) -> int | float:
    number = as_number(value)
    if number is None:
        raise DimensionError(f"{value!r} is not a number; with a unit apart, give a plain number.")
    return number


def _fields_of(given: Any) -> dict[str, Any]:
    """Read value and unit out of whatever means a quantity."""
    if isinstance(given, dict):
        return given
    if isinstance(given, Quantity):
        return {"value": given.value, "unit": given.unit}
    if isinstance(given, str):
        match = _NUMBER_AND_UNIT.fullmatch(given)
        if match is None:
            raise DimensionError(f"{given!r} is not a number and a unit, such as {_EXAMPLES}.")
        if not match["unit"]:
            raise DimensionError(f"{given!r} has no unit; write it as in {_EXAMPLES}.")
        return {"value": float(match["number"]), "unit": match["unit"]}
    if isinstance(given, tuple | list) and len(given) == 2 and isinstance(given[1], str):
        return {"value": _number(given[0]), "unit": given[1]}
    if hasattr(given, "magnitude") and hasattr(given, "units"):
        return {"value": _number(given.magnitude), "unit": spell_unit(given.units)}
    raise DimensionError(
        f"{given!r} has no unit; give a quantity, such as '298.15 K' or (298.15, 'K')."
    )


class Dimension:
    """What a field of a record takes: quantities of one dimension, within physical bounds.

    Used as an annotation: ``viscosity: Annotated[Quantity, Dimension("viscosity", "Pa*s",
    minimum=0.0)]``.

    Parameters
    ----------
    name
        The name of the dimension, as error messages give it.
    unit
        A unit of the dimension, in which the bounds are given; ``None`` lets every dimension pass.
    minimum
        The lowest value that is physical, in ``unit``.
    above
        The value that all physical ones lie above, in ``unit``.
    is_difference
        Whether a value is a difference, so that 1 degC of it is 1 K.
    """

    def __init__(
        self,
        name: str,
        unit: str | None,
        *,
        minimum: float = -math.inf,
        above: float = -math.inf,
        is_difference: bool = False,
    ) -> None:
        self.name = name
        self.unit = unit
        self.minimum = minimum
        self.above = above
        self.is_difference = is_difference

    def __repr__(self) -> str:
        return f"Dimension({self.name!r}, {self.unit!r})"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        if source not in (Quantity, Quantity | None):
            raise TypeError(f"a Dimension annotates a Quantity or Quantity | None, not {source}.")
        checked = handler(source)
        if self.unit is not None or self.is_difference or max(self.minimum, self.above) > -math.inf:
            checked = core_schema.no_info_after_validator_function(self._checked, checked)
        return core_schema.json_or_python_schema(
            checked, core_schema.no_info_before_validator_function(self._with_unit, checked)
        )

    def _with_unit(self, given: Any) -> Any:
        if is_bare_number(given):
            self.refuse_number(given)
        return given

    def _checked(self, quantity: Quantity | None) -> Quantity | None:
        if quantity is None:
            return None
        self.check(quantity)
        if self.is_difference:
            unit = difference_unit(quantity.unit)
            return quantity if unit == quantity.unit else Quantity(quantity.value, unit)
        return quantity

    def refuse_number(self, given: Any) -> NoReturn:
        """Refuse a number that has no unit.

        Raises
        ------
        DimensionError
            In any case; the message names the dimension.
        """
        raise DimensionError(
            f"{given!r} has no unit; {self._named} is needed, such as '1 {self.unit or 'kg/m**3'}'."
        )

    @property
    def _named(self) -> str:
        return f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.name}"

    def check(self, quantity: Quantity) -> None:
        """Refuse a quantity of another dimension, or one that nothing real can have.

        Raises
        ------
        DimensionError
            If it is of another dimension.
        NonPhysicalValueError
            If it lies outside the bounds.
        """
        value = quantity.value
        if self.unit is not None and self.unit != quantity.unit:
            unit, factor, offset = conversion(quantity.unit)
            wanted = conversion(self.unit)
            if unit != wanted.canonical_unit:
                raise DimensionError(
                    f"{quantity} is {dimension_name(unit)}; {self._named} is needed, "
                    f"in {self.unit} or a unit that converts to it."
                )
            value = (value * factor + offset - wanted.offset) / wanted.factor
        if value < self.minimum or value <= self.above:
            bound = f"above {self.above:g}" if value <= self.above else f"at least {self.minimum:g}"
            raise NonPhysicalValueError(
                f"{quantity} is not a physical {self.name}; "
                f"it has to be {bound}{f' {self.unit}' if self.unit else ''}."
            )


def is_bare_number(given: object) -> bool:
    """Tell whether something is a number, or the text of one, that has no unit."""
    if isinstance(given, str):
        match = _NUMBER_AND_UNIT.fullmatch(given)
        return match is not None and not match["unit"]
    return isinstance(given, bool) or as_number(given) is not None


Temperature = Annotated[Quantity, Dimension("temperature", "K", above=0.0)]
"""A quantity above 0 K."""

Pressure = Annotated[Quantity, Dimension("pressure", "kPa", minimum=0.0)]
"""A pressure of 0 kPa or more."""

Uncertainty = Annotated[Quantity, Dimension("uncertainty", None, minimum=0.0, is_difference=True)]
"""A standard uncertainty: 0 or more, a difference in the unit that it has."""
