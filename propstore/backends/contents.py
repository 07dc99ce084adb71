"""How much a catalog holds, counted by its indexes: no record is read."""

from __future__ import annotations

from typing import NamedTuple

from propstore.backends.catalog_connections import CatalogConnections

__all__ = ["Contents", "contents_of"]

_TYPES = """
SELECT name, sum(number) FROM (SELECT type, count(*) AS number FROM records GROUP BY type) counted
JOIN record_types ON record_types.id = counted.type GROUP BY name
"""

_SUBSTANCES = "SELECT count(DISTINCT substance) FROM records WHERE substance IS NOT NULL"


class Contents(NamedTuple):
    """How much a store holds.

    Attributes
    ----------
    types
        How many records there are of each type, by its name, whatever its version.
    substances
        How many different substances they are of.
    """

    types: dict[str, int]
    substances: int


def contents_of(connections: CatalogConnections) -> Contents:
    """Count what a catalog holds."""
    types = {name: int(number) for name, number in sorted(connections.fetch(_TYPES))}
    ((substances,),) = connections.fetch(_SUBSTANCES)
    return Contents(types, int(substances))
