"""What ``store.find`` gives: a search that is carried out when its answer is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from propstore.backends.index import Match
from propstore.errors import MultipleMatchesError, NoMatchError, QueryError
from propstore.model.quantity import QuantityLike
from propstore.model.stored_data import StoredData
from propstore.query.fields import FieldKind, resolve_field
from propstore.query.search import Nearest, Ordering, Search

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Selection"]

Record = TypeVar("Record", bound=StoredData, covariant=True)


class Searched(Protocol):
    """What a selection needs of the store that it is of."""

    def _searched(self, search: Search) -> Iterator[Match[StoredData]]: ...

    def _counted(self, search: Search) -> int: ...

    def _explained(self, search: Search) -> str: ...


class Selection(Generic[Record]):
    """The records that fulfil some conditions, found when they are asked for.

    A selection is a value: ``order_by``, ``nearest`` and ``limit`` give new ones. Iterating gives
    ``(key, record, path)``, one after the other, and each time searches anew.
    """

    def __init__(self, store: Searched, search: Search) -> None:
        self._store = store
        self._search = search

    def __iter__(self) -> Iterator[Match[Record]]:
        # The search is for records of this type, and finds no others.
        return cast("Iterator[Match[Record]]", self._store._searched(self._search))

    def __repr__(self) -> str:
        return f"<{self._search.record_type.__name__} where {self._search.condition!r}>"

    def count(self) -> int:
        """Count the records, without reading them where the backend can."""
        found = self._store._counted(self._search)
        return found if self._search.limit is None else min(found, self._search.limit)

    def keys(self) -> list[str]:
        """Give the keys of the records."""
        return [match.key for match in self]

    def first(self) -> Match[Record] | None:
        """Give the first of the records, or None."""
        return next(iter(self.limit(1)), None)

    def one(self) -> Match[Record]:
        """Give the only record.

        Raises
        ------
        NoMatchError
            If there is none.
        MultipleMatchesError
            If there are several.
        """
        found = list(self.limit(2))
        if not found:
            raise NoMatchError(f"one record was asked for, and none is found: {self!r}.")
        if len(found) > 1:
            raise MultipleMatchesError(
                f"one record was asked for, and {self.count()} are found: {self!r}."
            )
        return found[0]

    def order_by(self, path: str, *, descending: bool = False) -> Selection[Record]:
        """Order the records by a field; those that do not have it come last.

        Called again, it orders those that are equal so far.
        """
        found = resolve_field(self._search.record_type, path)
        if found.kind in (FieldKind.SUBSTANCE, FieldKind.STATE, FieldKind.OTHER):
            raise QueryError(f"{path} has parts and no order; order by one of its fields.")
        orderings = (*self._search.orderings, Ordering(found, descending))
        return Selection(self._store, self._search._replace(orderings=orderings))

    def nearest(
        self,
        *,
        temperature: QuantityLike | None = None,
        pressure: QuantityLike | None = None,
    ) -> Selection[Record]:
        """Order the records by the distance of their state from another.

        The distance is the root of the sum of the squared relative differences in temperature and
        pressure, of those that are given. Records that lack one come last.
        """
        state = Nearest.of(self._search.record_type, temperature, pressure)
        return Selection(self._store, self._search._replace(nearest=state))

    def limit(self, number: int) -> Selection[Record]:
        """Take the first so many records only."""
        if number < 0:
            raise QueryError(f"a limit is 0 or more, not {number!r}.")
        least = number if self._search.limit is None else min(number, self._search.limit)
        return Selection(self._store, self._search._replace(limit=least))

    def explain(self) -> str:
        """Say in words how the records are found, and by which index."""
        return self._store._explained(self._search)

    def to_pandas(self) -> pd.DataFrame:
        """Give the property data as a table with the columns of OpenFF Evaluator.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        from propstore.tables import to_frame

        frame: Any = to_frame(self)
        return frame
