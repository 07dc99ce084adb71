"""Finding the records that differ from what was asked for in as few fields as any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

from propstore.model.quantity import Quantity
from propstore.model.stored_data import StoredData
from propstore.query.conditions import And
from propstore.query.fields import PRESSURE, TEMPERATURE
from propstore.query.search import Nearest, Search
from propstore.sharing.criterion import Criterion
from propstore.sharing.store import Found, SharedStore

__all__ = ["least_different"]

MOST_COMPARED = 1000
"""How many records of one search are compared; those of the nearest states come first."""


def least_different(
    store: SharedStore, record_type: type[StoredData], criteria: Sequence[Criterion]
) -> Iterator[Found]:
    """Find the records that fulfil the most criteria.

    Parameters
    ----------
    store
        Where they are searched for, by as many searches as are needed: all criteria but one, then
        all but two, and so on. A criterion that no record fulfils takes part in none.
    record_type
        The type of the records.
    criteria
        What they should fulfil.
    """
    fulfilled = [one for one in criteria if _finds_any(store, record_type, [one])]
    for number in range(len(fulfilled) + 1):
        is_found = False
        for dropped in combinations(fulfilled, number):
            kept = [one for one in fulfilled if one not in dropped]
            missed = [one for one in criteria if one not in kept]
            search = Search(record_type, _all_of(kept), nearest=_nearest(missed))
            for found in islice(store.search(search), MOST_COMPARED):
                is_found = True
                yield found
        if is_found:
            return


def _finds_any(
    store: SharedStore, record_type: type[StoredData], criteria: Sequence[Criterion]
) -> bool:
    return next(store.search(Search(record_type, _all_of(criteria))), None) is not None


def _all_of(criteria: Sequence[Criterion]) -> And:
    return And(tuple(one.condition for one in criteria))


def _nearest(missed: Sequence[Criterion]) -> Nearest | None:
    """Order by the distance in temperature and pressure, if it is there that records differ."""
    values = {
        one.path: one.asked.canonical_value
        for one in missed
        if one.path in (TEMPERATURE, PRESSURE) and isinstance(one.asked, Quantity)
    }
    positive = {path: value for path, value in values.items() if value > 0.0}
    return Nearest(positive.get(TEMPERATURE), positive.get(PRESSURE)) if positive else None
