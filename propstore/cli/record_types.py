"""The names of record types, as a command takes and shows them."""

from __future__ import annotations

from dataclasses import dataclass

from propstore.backends import StorageBackend
from propstore.errors import UnknownTypeError
from propstore.model import (
    ForceFieldData,
    PropertyData,
    StoredData,
    StoredEquilibrationData,
    StoredFreeEnergyData,
    StoredSimulationData,
    UnknownData,
    registry,
)
from propstore.query import Condition

__all__ = ["OfUnknownType", "find_type", "short_name"]

OWN_PREFIX, OWN_SUFFIX = "propstore.", "_data"


@dataclass(frozen=True)
class OfUnknownType(Condition):
    """The record is of a type that is not registered, of this name, in whatever version."""

    name: str

    def bind(self, record_type: type[StoredData]) -> Condition:
        """Give the condition itself."""
        return self

    def matches(self, record: StoredData) -> bool:
        """Tell whether the record's document carries the name."""
        return record.stored_type_name().name == self.name


def short_name(name: str) -> str:
    """Give the name of a type as it is shown: ``"free-energy"``; all of it for a user's type."""
    if not name.startswith(OWN_PREFIX):
        return name
    return name.removeprefix(OWN_PREFIX).removesuffix(OWN_SUFFIX).replace("_", "-")


def find_type(store: StorageBackend, given: str) -> type[StoredData] | OfUnknownType:
    """Find the type that a name means: short or whole, with or without a version.

    Raises
    ------
    UnknownTypeError
        If there is no such type, neither registered nor in the store.
    """
    name = given.partition("@")[0]
    found = _OWN_TYPES.get(given, registry.find(name))
    if found is not None:
        return found
    others = {match.record.stored_type_name().name for match in store.find(UnknownData)}
    if name in others:
        return OfUnknownType(name)
    known = ", ".join([*_OWN_TYPES, *sorted(others)])
    raise UnknownTypeError(f"there is no record type {given!r}; there are {known}.")


_OWN_TYPES: dict[str, type[StoredData]] = {
    short_name(str(own.type_name and own.type_name.name)): own
    for own in (
        PropertyData,
        ForceFieldData,
        StoredSimulationData,
        StoredEquilibrationData,
        StoredFreeEnergyData,
    )
}
