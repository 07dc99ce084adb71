"""Registering what brings documents of an old version of a record type to the next."""

from __future__ import annotations

from collections.abc import Callable

from propstore.model.registry import Migration, TypeName
from propstore.model.stored_data import registry

__all__ = ["migration"]


def migration(old: str) -> Callable[[Migration], Migration]:
    """Register the decorated function as the migration from an old version to the next.

    Parameters
    ----------
    old
        The name with the version that the function takes: ``"mylab.viscosity@v1"``.
    """
    type_name = TypeName.parse(old)

    def register(migrate: Migration) -> Migration:
        registry.add_migration(type_name, migrate)
        return migrate

    return register
