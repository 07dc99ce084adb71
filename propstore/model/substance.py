"""A substance: which components it has, and how much of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any, Self, TypeAlias

from pydantic import (
    GetCoreSchemaHandler,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import CoreSchema, core_schema, to_json

from propstore.errors import InvalidDataError
from propstore.model.amounts import (
    MOLE_FRACTION_TOLERANCE,
    Amount,
    ComponentAmounts,
    ExactAmount,
    MoleFraction,
    checked_mole_fraction,
)
from propstore.model.component import Component, ComponentRole
from propstore.model.identity import content_digest
from propstore.model.validation import TRUSTED, FrozenModel, base_init

__all__ = ["AmountsLike", "Substance", "as_component"]

MOST_SHARED = 4096
_READ: dict[tuple[bool, bytes], Substance] = {}

AmountsLike: TypeAlias = Amount | float | Collection[Amount]


class Substance(FrozenModel):
    """A pure substance, a mixture or a complex: components with their amounts.

    The order of the components has no meaning, and a component that is given twice adds up.

    Parameters
    ----------
    amounts
        A mapping or pairs of a component (or its SMILES) and its amounts: a `MoleFraction`, an
        `ExactAmount`, one of each, or a float, which is a mole fraction.

    Raises
    ------
    InvalidDataError
        If there is no component, or the mole fractions do not sum to 1 within 1e-6.

    Examples
    --------
    >>> Substance({"O": 0.75, "CO": 0.25})
    Substance({'CO': 0.25, 'O': 0.75})
    """

    amounts: tuple[ComponentAmounts, ...]

    @base_init
    def __init__(
        self,
        amounts: Mapping[str, AmountsLike]
        | Mapping[Component, AmountsLike]
        | Mapping[Component | str, AmountsLike]
        | Iterable[tuple[Component | str, AmountsLike] | ComponentAmounts],
    ) -> None:
        super().__init__(amounts=tuple(_component_amounts(pair) for pair in _pairs(amounts)))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        fields = handler(source)
        return core_schema.json_or_python_schema(
            core_schema.with_info_wrap_validator_function(cls._shared, fields), fields
        )

    @classmethod
    def _shared(
        cls, given: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Substance:
        """Read a substance from JSON once: many records are of one, and it can't be changed."""
        place = info.context is TRUSTED, to_json(given)
        known = _READ.get(place)
        if known is None:
            if len(_READ) >= MOST_SHARED:
                _READ.clear()
            known = _READ[place] = read(given)
        return known

    @classmethod
    def from_components(cls, *components: Component | str) -> Substance:
        """Make a substance with equal mole fractions of the given components.

        Parameters
        ----------
        *components
            Components or SMILES: ``Substance.from_components("O", "CO")``.
        """
        if not components:
            raise InvalidDataError("a substance has at least one component; none was given.")
        return cls([(component, 1.0 / len(components)) for component in components])

    @field_validator("amounts")
    @classmethod
    def _add_up_and_order(
        cls, amounts: tuple[ComponentAmounts, ...], info: ValidationInfo
    ) -> tuple[ComponentAmounts, ...]:
        if info.context is TRUSTED:
            return amounts
        if not amounts:
            raise InvalidDataError("a substance has at least one component; none was given.")
        merged: dict[tuple[str, str], ComponentAmounts] = {}
        for one in amounts:
            if one.mole_fraction is None and one.exact_amount is None:
                raise InvalidDataError(f"{one.component} has neither kind of amount.")
            key = (one.component.name, one.component.role.value)
            merged[key] = _added(merged[key], one) if key in merged else one
        fractions = [one.mole_fraction for one in merged.values() if one.mole_fraction is not None]
        if fractions and abs(sum(fractions) - 1.0) > MOLE_FRACTION_TOLERANCE:
            raise InvalidDataError(
                "the mole fractions of a substance sum to 1; "
                f"{fractions} sum to {sum(fractions)!r}."
            )
        return tuple(merged[key] for key in sorted(merged))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy the substance, with other values for some fields; they are not validated."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("identity", None)  # that of the original
        return copied

    @property
    def components(self) -> tuple[Component, ...]:
        """The components, in the order of their names."""
        return tuple(one.component for one in self.amounts)

    def amounts_of(self, component: Component | str) -> tuple[Amount, ...]:
        """Give the amounts of one component.

        Raises
        ------
        InvalidDataError
            If the substance does not have it.
        """
        wanted = as_component(component)
        for one in self.amounts:
            if one.component == wanted:
                return one.amounts
        raise InvalidDataError(f"{self} has no component {wanted}.")

    @cached_property
    def identity(self) -> str:
        """The digest under which the substance is found, whatever the order it was given in."""
        parts = [
            (
                one.component.name,
                one.component.role.value,
                None if one.mole_fraction is None else round(one.mole_fraction, 6),
                one.exact_amount,
            )
            for one in self.amounts
        ]
        return _digest(tuple(parts))

    def identity_document(self) -> str:
        """Give what makes two substances the same one: mole fractions count to 1e-6."""
        return self.identity

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Substance):
            return NotImplemented
        return self is other or self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)

    def __str__(self) -> str:
        first = self.amounts[0]
        if len(self.amounts) == 1 and first.amounts == (MoleFraction(1.0),):
            return str(first.component)
        return " + ".join(_described(one) for one in self.amounts)

    def __repr__(self) -> str:
        parts = []
        for one in self.amounts:
            plain = one.component.label is None and one.component.role is ComponentRole.SOLVENT
            component = one.component.smiles if plain else one.component
            shown = one.mole_fraction if one.exact_amount is None else list(one.amounts)
            parts.append(f"{component!r}: {shown!r}")
        return f"Substance({{{', '.join(parts)}}})"


def as_component(component: Component | str) -> Component:
    """Give a component for itself or for its SMILES."""
    return component if isinstance(component, Component) else Component(component)


@lru_cache(maxsize=4096)  # many records are of one substance, each with a copy of its own
def _digest(parts: tuple[tuple[str, str, float | None, int | None], ...]) -> str:
    return content_digest(parts)


def _pairs(amounts: object) -> Iterable[Any]:
    if isinstance(amounts, str) or not isinstance(amounts, Iterable):
        raise InvalidDataError(
            f"{amounts!r} is not components with amounts, such as {{'O': 0.75, 'CO': 0.25}}; "
            "Substance.from_components('O') makes a pure one."
        )
    return amounts.items() if isinstance(amounts, Mapping) else amounts


def _component_amounts(pair: Any) -> ComponentAmounts:
    if isinstance(pair, ComponentAmounts):
        return pair
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise InvalidDataError(f"{pair!r} is not a component with its amount, such as ('O', 1.0).")
    component, given = pair
    is_one = isinstance(given, str) or not isinstance(given, Collection)
    fractions, counts = [], []
    for amount in (given,) if is_one else given:
        if isinstance(amount, ExactAmount):
            counts.append(amount.value)
        elif isinstance(amount, MoleFraction):
            fractions.append(amount.value)
        elif isinstance(amount, float):
            fractions.append(checked_mole_fraction(amount))
        else:
            raise InvalidDataError(
                f"{amount!r} is not an amount; give MoleFraction({amount!r}) or "
                f"ExactAmount({amount!r})."
            )
    return _summed(as_component(component), fractions, counts)


def _added(one: ComponentAmounts, other: ComponentAmounts) -> ComponentAmounts:
    fractions = [x for x in (one.mole_fraction, other.mole_fraction) if x is not None]
    counts = [x for x in (one.exact_amount, other.exact_amount) if x is not None]
    return _summed(one.component, fractions, counts)


def _summed(component: Component, fractions: list[float], counts: list[int]) -> ComponentAmounts:
    return ComponentAmounts(
        component=component,
        mole_fraction=sum(fractions) if fractions else None,
        exact_amount=sum(counts) if counts else None,
    )


def _described(one: ComponentAmounts) -> str:
    fraction = "" if one.mole_fraction is None else f"{one.mole_fraction:g} "
    count = "" if one.exact_amount is None else f"{one.exact_amount} × "
    return f"{count}{fraction}{one.component}"
