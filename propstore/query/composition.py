"""Conditions on the composition of a record's substance."""

from __future__ import annotations

from dataclasses import dataclass

from propstore.errors import QueryError
from propstore.model.amounts import ComponentAmounts
from propstore.model.component import Component, ComponentRole
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance, as_component
from propstore.model.validation import as_number
from propstore.query.conditions import Condition, SubstanceIs
from propstore.query.fields import FieldKind, resolve_field

__all__ = [
    "ComponentCount",
    "ConsistsOf",
    "HasComponent",
    "component_count",
    "consists_of",
    "contains",
    "mole_fraction",
    "pure_components_of",
]

FRACTION_TOLERANCE = 1e-6


class _OnSubstance(Condition):
    """A condition on the field ``substance``, which the record type has to have."""

    def bind(self, record_type: type[StoredData]) -> Condition:
        """Make sure that the record type has a substance."""
        if resolve_field(record_type, "substance").kind is not FieldKind.SUBSTANCE:
            raise QueryError(f"the field 'substance' of {record_type.__name__} is no Substance.")
        return self

    def matches(self, record: StoredData) -> bool:
        """Tell whether the record's substance fulfils the condition."""
        substance = getattr(record, "substance", None)
        return isinstance(substance, Substance) and self.holds_for(substance)

    def holds_for(self, substance: Substance) -> bool:
        """Tell whether a substance fulfils the condition."""
        raise NotImplementedError


@dataclass(frozen=True)
class HasComponent(_OnSubstance):
    """The substance has a component, in some role and with some mole fraction if these are given.

    Attributes
    ----------
    name
        The canonical SMILES of the component, or ``"label:..."``.
    role
        The role that it has to have; None for any.
    low, high
        The bounds of its mole fraction, both included; None for none.
    """

    name: str
    role: ComponentRole | None = None
    low: float | None = None
    high: float | None = None

    def holds_for(self, substance: Substance) -> bool:
        """Tell whether a substance has the component."""
        return any(self._fits(one) for one in substance.amounts)

    def _fits(self, one: ComponentAmounts) -> bool:
        if one.component.name != self.name or self.role not in (None, one.component.role):
            return False
        if self.low is None or self.high is None:
            return True
        return one.mole_fraction is not None and self.low <= one.mole_fraction <= self.high

    def __repr__(self) -> str:
        window = "" if self.low is None else f" with mole fraction {self.low!r} to {self.high!r}"
        role = "" if self.role is None else f" as {self.role}"
        return f"substance contains {self.name}{role}{window}"


@dataclass(frozen=True)
class ConsistsOf(_OnSubstance):
    """The substance has these components, in whatever roles and amounts, and no other."""

    names: frozenset[str]

    def holds_for(self, substance: Substance) -> bool:
        """Tell whether a substance has just these components."""
        return {one.component.name for one in substance.amounts} == self.names

    def __repr__(self) -> str:
        return f"substance consists of {', '.join(sorted(self.names))}"


@dataclass(frozen=True)
class ComponentCount(_OnSubstance):
    """The number of different components lies between two others, both included."""

    low: int
    high: int

    def holds_for(self, substance: Substance) -> bool:
        """Tell whether a substance has that many components."""
        return self.low <= len(substance.amounts) <= self.high

    def __repr__(self) -> str:
        number = str(self.low) if self.low == self.high else f"{self.low} to {self.high}"
        return f"substance has {number} component{'' if number == '1' else 's'}"


def contains(component: Component | str, role: ComponentRole | str | None = None) -> Condition:
    """Hold where the substance has a component.

    Parameters
    ----------
    component
        The component, by its SMILES or as a `Component`, whose role then has no meaning.
    role
        The role that it has to have, if it has to have one.
    """
    return HasComponent(as_component(component).name, None if role is None else _role(role))


def consists_of(*components: Component | str) -> Condition:
    """Hold where the substance has these components and no other."""
    if not components:
        raise QueryError("consists_of needs at least one component.")
    return ConsistsOf(frozenset(as_component(component).name for component in components))


def mole_fraction(component: Component | str, low: float, high: float) -> Condition:
    """Hold where the mole fraction of a component lies between two others, both included.

    Parameters
    ----------
    component
        The component, by its SMILES or as a `Component`.
    low, high
        Between 0 and 1.
    """
    least, most = as_number(low), as_number(high)
    if least is None or most is None or not 0.0 <= least <= most <= 1.0:
        raise QueryError(
            f"a window of mole fractions lies between 0 and 1, not from {low!r} to {high!r}."
        )
    name = as_component(component).name
    return HasComponent(name, None, least - FRACTION_TOLERANCE, most + FRACTION_TOLERANCE)


def component_count(low: int, high: int | None = None) -> Condition:
    """Hold where the substance has so many components: exactly, or from ``low`` to ``high``."""
    least, most = as_number(low), as_number(low if high is None else high)
    if not (isinstance(least, int) and isinstance(most, int) and 1 <= least <= most < 2**63):
        raise QueryError(
            f"a number of components is whole and 1 or more, not {low!r}"
            f"{'' if high is None else f' to {high!r}'}."
        )
    return ComponentCount(least, most)


def pure_components_of(substance: Substance, record_type: type[StoredData]) -> Condition:
    """Hold for the pure components of a mixture, in any role.

    The kinds of amounts match: what the mixture has by mole fraction is pure with the mole
    fraction 1; what it has by an exact amount is pure with that same amount.
    """
    pure = []
    for one in substance.amounts:
        for role in ComponentRole:
            component = Component(one.component.smiles, role, label=one.component.label)
            amounts = ComponentAmounts(
                component=component,
                mole_fraction=None if one.mole_fraction is None else 1.0,
                exact_amount=one.exact_amount,
            )
            pure.append(Substance([amounts]))
    return SubstanceIs(resolve_field(record_type, "substance"), tuple(pure))


def _role(role: ComponentRole | str) -> ComponentRole:
    return Component("C", role).role
