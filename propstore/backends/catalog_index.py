"""Finding records in a catalog: by SQL, and by Python where SQL can't say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from propstore.backends.catalog import Catalog, Row
from propstore.backends.incomplete import report_left_out
from propstore.backends.index import Match
from propstore.backends.planning import Plan
from propstore.model.stored_data import StoredData, UnknownData, registry
from propstore.query.search import Search

__all__ = ["CatalogIndex"]

FEW = 100  # records, that may be read before the first of them is given


class CatalogIndex:
    """Finds records by SQL, and tests in Python what SQL can't say."""

    def __init__(self, catalog: Catalog, match: Callable[[Row], Match[StoredData]]) -> None:
        self._catalog = catalog
        self._match = match

    def find_identity(self, identity: str) -> str | None:
        """Give the key of the record of an identity, or None."""
        return self._catalog.find_identity(identity)

    def add(self, key: str, record: StoredData) -> None:
        """Do nothing: the catalog knows it already."""

    def remove(self, key: str) -> None:
        """Do nothing: the catalog knows it already."""

    def keys(self, record_type: type[StoredData]) -> Iterator[str]:
        """Give the keys of all records of a type, in the order in which they were stored."""
        if record_type is UnknownData:
            return (match.key for match in self.search(Search(UnknownData)))
        return self._catalog.keys(_type_names(record_type))

    def search(self, search: Search) -> Iterator[Match[StoredData]]:
        """Find records, in the order that the search asks for."""
        plan = self._plan(search)
        if not plan.is_complete or search.record_type is UnknownData:
            return self._tested(plan, search)
        if search.limit is None:
            return self._readable(plan, search.record_type, None)
        if search.limit <= FEW:
            return self._first(plan, search)
        if _has_unreadable(self._catalog.types(), search.record_type):
            return self._tested(plan, search)
        return self._readable(plan, search.record_type, search.limit)

    def count(self, search: Search) -> int:
        """Count what a search finds, without its limit."""
        plan = self._plan(search)
        if plan.where.is_exact:
            number, types = self._catalog.count(plan)
            if not _has_unreadable(types, search.record_type):
                return number
        return sum(1 for _ in self._accepted(plan, search))

    def explain(self, search: Search) -> str:
        """Say in words how a search is answered."""
        plan = self._plan(search)
        lines = self._catalog.query_plan(plan)
        if not plan.where.is_exact:
            lines.append(f"tests what it finds in Python: {search.condition!r}")
        if plan.order is None:
            lines.append("orders what it finds in Python")
        return "The catalog " + "; then it ".join(lines) + "."

    def _first(self, plan: Plan, search: Search) -> Iterator[Match[StoredData]]:
        """Give the first few, for which it is not asked before whether all can be read."""
        found = [self._match(row) for row in self._catalog.rows(plan, search.limit)]
        if all(isinstance(match.record, search.record_type) for match in found):
            yield from found
        else:
            yield from self._tested(plan, search)

    def _tested(self, plan: Plan, search: Search) -> Iterator[Match[StoredData]]:
        if plan.order is not None:
            # SQL has ordered them: only the limit is left.
            search = Search(search.record_type, search.condition, limit=search.limit)
        accepted = ((match, match.record) for match in self._accepted(plan, search))
        for match, _ in search.arrange(accepted):
            yield match

    def _accepted(self, plan: Plan, search: Search) -> Iterator[Match[StoredData]]:
        for match in self._readable(plan, search.record_type, None):
            if plan.where.is_exact or search.condition.matches(match.record):
                yield match

    def _readable(
        self, plan: Plan, record_type: type[StoredData], limit: int | None
    ) -> Iterator[Match[StoredData]]:
        """Give the records that are of the type, and report those of a later version of it."""
        left_out: set[str] = set()
        for row in self._catalog.rows(plan, limit):
            match = self._match(row)
            if isinstance(match.record, record_type):
                yield match
            elif record_type is not UnknownData:
                left_out.add(str(match.record.stored_type_name()))
        report_left_out(left_out, record_type)

    def _plan(self, search: Search) -> Plan:
        return self._catalog.planner.plan(search, _type_names(search.record_type))


def _type_names(record_type: type[StoredData]) -> tuple[str, ...] | None:
    """Give the names of the types that are of a class; None if it may be any."""
    if record_type in (StoredData, UnknownData):
        return None
    if not record_type.__subclasses__():
        name = record_type.type_name
        return () if name is None or registry.find(name.name) is not record_type else (name.name,)
    return tuple(
        [
            known.type_name.name
            for known in registry.classes()
            if known.type_name is not None and issubclass(known, record_type)
        ]
    )


def _has_unreadable(types: Iterable[tuple[str, int]], record_type: type[StoredData]) -> bool:
    """Tell whether some of the types of a catalog should be read as a class, and can't be."""
    if record_type is StoredData:
        return False
    names = _type_names(record_type)
    of_class = (
        _class_of(name, version) for name, version in types if names is None or name in names
    )
    return any(
        known is not record_type and not issubclass(known, record_type) for known in of_class
    )


def _class_of(name: str, version: int) -> type[StoredData]:
    """Give the class as which documents of a version of a type are read."""
    known = registry.find(name)
    if known is None or known.type_name is None or known.type_name.version < version:
        return UnknownData
    return known
