"""What is asked for: a query, or the identity of a record, and how much data is enough."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from propstore.errors import NotEnoughDataError, QueryError, UnfitResultError
from propstore.model.identity import canonical_form, content_digest
from propstore.model.stored_data import StoredData
from propstore.query.conditions import And
from propstore.query.data_query import DataQuery
from propstore.query.search import Search
from propstore.sharing.criterion import Criterion, criteria_of, flattened
from propstore.sharing.demand import Demand
from propstore.sharing.difference import Difference
from propstore.sharing.nearest import least_different
from propstore.sharing.record_identity import RecordIdentity
from propstore.sharing.result import Result
from propstore.sharing.store import Found, SharedStore

__all__ = ["Request"]


class Request:
    """What is asked for, with demands on how good it has to be.

    Parameters
    ----------
    asked
        A data query, or the identity of a record.
    *demands
        What a record has to fulfil besides, to be enough: `at_most`, `at_least`. Of two records,
        that is better which comes closer to the first demand, or if they tie, to the next.

    Raises
    ------
    QueryError
        If nothing in particular is asked for.
    UnknownFieldError, DimensionError
        If a demand is about a field that the record type does not have, or can't be compared.

    Examples
    --------
    >>> Request(query, at_most("uncertainty", "0.1 kg/m**3"))
    """

    def __init__(self, asked: DataQuery | RecordIdentity, *demands: Demand) -> None:
        if not isinstance(asked, DataQuery | RecordIdentity):
            raise QueryError(f"{asked!r} is neither a data query nor a RecordIdentity.")
        if isinstance(asked, DataQuery) and not asked.criteria():
            raise QueryError(
                f"{type(asked).__name__}() asks for nothing in particular; say what is to be "
                "computed."
            )
        self.asked = asked
        self.demands = demands
        self.record_type: type[StoredData]
        self.record_type = asked.data_class if isinstance(asked, DataQuery) else asked.record_type
        self._bound = [demand.bind(self.record_type) for demand in demands]

    @classmethod
    def of(cls, asked: DataQuery | RecordIdentity | Request) -> Request:
        """Give a request for itself, or for what it asks for."""
        return asked if isinstance(asked, Request) else cls(asked)

    def __repr__(self) -> str:
        return f"Request({', '.join(map(repr, (self.asked, *self.demands)))})"

    def __str__(self) -> str:
        asked = [f"{one.path.rpartition('.')[2]} {one.asked}" for one in self.criteria if one.asked]
        return f"{self.record_type.__name__} of {', '.join(asked)}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        return self.name == other.name and self._bound == other._bound

    def __hash__(self) -> int:
        return hash((self.name, *self._bound))

    def __reduce__(self) -> Any:
        return Request, (self.asked, *self.demands)

    @cached_property
    def name(self) -> str:
        """A digest of what is asked for. Demands are no part of it: one improves it at a time."""
        if isinstance(self.asked, RecordIdentity):
            return self.asked.identity
        assert self.record_type.type_name is not None
        values = vars(self.asked).items()
        forms = {name: canonical_form(value) for name, value in values if value is not None}
        return content_digest([self.record_type.type_name.name, forms])

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """What is asked of a record, field by field, without the demands."""
        if isinstance(self.asked, RecordIdentity):
            return self.asked.criteria()
        return criteria_of(self.asked.to_condition(), flattened(self.asked.criteria()))

    def answer(self, store: SharedStore) -> Found | None:
        """Give a record that was asked for and is enough, the first that was stored; or None."""
        return next(self._found(store, is_enough=True), None)

    def best_so_far(self, store: SharedStore) -> Found | None:
        """Give the record that comes closest to the demands; None without demands or records."""
        if not self._bound:
            return None
        found = self._found(store, is_enough=False)
        return min(found, key=lambda one: self._shortfalls(one.record), default=None)

    def read(self, given: Any) -> Result:
        """Read what the calculation gave.

        Raises
        ------
        UnfitResultError
            If it is not the record that was asked for; the message says in what it differs.
        """
        result = Result.of(given)
        if not isinstance(result.record, self.record_type):
            raise UnfitResultError(
                f"the calculation gave a {type(result.record).__name__}, and a "
                f"{self.record_type.__name__} was asked for; nothing was stored."
            )
        self._check(result.record, "the calculation gave a record that was not asked for")
        return result

    def keep(self, store: SharedStore, result: Result, submitted: Any, best: Found | None) -> None:
        """Store a result: in the place of the best so far if it is better, or else beside it.

        Raises
        ------
        UnfitResultError
            If the store keeps another record of the same identity, which was not asked for.
        """
        current = None if best is None else store.retrieve(best.key)
        if best is None or current is None:
            kept = store.retrieve(store.keep(submitted))
            assert kept is not None
            self._check(kept.record, f"the store keeps {kept.key} instead, which tells more but")
        elif self._shortfalls(result.record) < self._shortfalls(current.record):
            asked = ", ".join(map(str, self.demands))
            reason = f"it comes closer to {asked}"
            store.keep(submitted, instead_of=best.key, reason=reason)

    def not_enough(self, result: Result) -> NotEnoughDataError:
        """Say in what a result falls short of the demands."""
        misses = "; ".join(map(str, self.differences(result.record)))
        return NotEnoughDataError(
            f"what was calculated of {self} is not enough: {misses}. The best so far is kept, and "
            "handed to the next calculation."
        )

    def candidates(self, store: SharedStore) -> Iterator[Found]:
        """Find the records that fulfil the most of what was asked for."""
        return least_different(store, self.record_type, self._all_criteria())

    def differences(self, record: StoredData) -> tuple[Difference, ...]:
        """Tell in what a record is not as asked, the demands included."""
        return _differences(self._all_criteria(), record)

    def _all_criteria(self) -> tuple[Criterion, ...]:
        return (*self.criteria, *(demand.criterion for demand in self._bound))

    def _found(self, store: SharedStore, *, is_enough: bool) -> Iterator[Found]:
        demands = [demand.criterion for demand in self._bound] if is_enough else []
        if isinstance(self.asked, RecordIdentity):
            found = store.find_identity(self.asked.identity)
            if found is not None and all(one.holds_for(found.record) for one in demands):
                yield found
            return
        condition = self.asked.to_condition()
        if demands:
            condition = And((condition, *(one.condition for one in demands)))
        yield from store.search(Search(self.record_type, condition.bind(self.record_type)))

    def _shortfalls(self, record: StoredData) -> tuple[float, ...]:
        return tuple(demand.shortfall(record) for demand in self._bound)

    def _check(self, record: StoredData, what: str) -> None:
        differences = _differences(self.criteria, record)
        if differences:
            raise UnfitResultError(
                f"{what}: {'; '.join(map(str, differences))}. Nothing was stored."
            )


def _differences(criteria: tuple[Criterion, ...], record: StoredData) -> tuple[Difference, ...]:
    return tuple(one.difference(record) for one in criteria if not one.holds_for(record))
