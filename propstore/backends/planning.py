"""How a catalog carries out a search: what SQL tests and orders, and what is left to Python."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from propstore.backends.catalog_connections import CatalogConnections
from propstore.backends.dialect import Dialect
from propstore.backends.sql import Clause, SearchCompiler
from propstore.model.stored_data import StoredData
from propstore.query.data_query import Asked
from propstore.query.search import Search

__all__ = ["Plan", "Planner", "ids_of_types"]

BY_STORING = Clause("records.id")
"""The order in which records were stored."""

ALL = "records"
OF_TYPES = "record_types CROSS JOIN records"
"""What the records of some types are selected from. SQLite begins with the table on the left, and
need not make a set of the ids of the types, as for ``type IN (SELECT ...)``."""


class Plan(NamedTuple):
    """How a search is carried out.

    Attributes
    ----------
    where
        What SQL tests; if it is not exact, the records that it finds are tested in Python.
    order
        How SQL orders them; None if that is left to Python.
    source
        What they are selected from.
    """

    where: Clause
    order: Clause | None
    source: str

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to Python."""
        return self.where.is_exact and self.order is not None

    def select(self, columns: str, limit: int | None = None) -> tuple[str, tuple[object, ...]]:
        """Write the statement, limited only if nothing is left to Python."""
        order = BY_STORING if self.order is None else self.order
        text = _select_text(columns, self.source, self.where.sql, order.sql)
        parameters = (*self.where.parameters, *order.parameters)
        if limit is not None and self.is_complete:
            return f"{text} LIMIT ?", (*parameters, limit)
        return text, parameters

    def select_number(self) -> tuple[str, tuple[object, ...]]:
        """Write the statement that counts what SQL finds."""
        return _count_text(self.source, self.where.sql), self.where.parameters


class Planner:
    """Decides how searches are carried out in a catalog.

    Parameters
    ----------
    connections
        Those of the catalog.
    dialect
        The database's way to write what others write differently.
    """

    def __init__(self, connections: CatalogConnections, dialect: Dialect) -> None:
        self._connections = connections
        self._dialect = dialect
        self._written: dict[tuple[object, ...], tuple[str, str]] = {}

    def plan(self, search: Search, type_names: tuple[str, ...] | None) -> Plan:
        """Decide how a search is carried out over the records of some types, or of all."""
        asked = search.condition
        if isinstance(asked, Asked) and not search.is_ordered:
            # It is written once for all data queries of a form, which differ in operands.
            known = self._written.get((type_names, asked.form))
            if known is not None:
                text, source = known
                return Plan(Clause(text, asked.operands), BY_STORING, source)
        record_type = search.record_type
        indexed_fields = self._indexed_fields(record_type)
        compiler = SearchCompiler(record_type, indexed_fields, self._dialect)
        where, source = self._where(search, type_names, compiler)
        # Of a type with indexed fields, it depends on what the catalog has an index of.
        is_lasting = where.is_exact and not record_type.indexed_fields
        if isinstance(asked, Asked) and is_lasting and where.parameters == asked.operands:
            self._written[type_names, asked.form] = where.sql, source
        return Plan(where, self._order(search, compiler), source)

    def _where(
        self, search: Search, type_names: tuple[str, ...] | None, compiler: SearchCompiler
    ) -> tuple[Clause, str]:
        """Write what is tested, and what it is tested of."""
        skipping = self._skip_scan(search, type_names, compiler)
        if skipping is not None:
            return skipping, ALL
        where = compiler.condition(search.condition)
        if type_names is None:
            return where, ALL
        if compiler.indexed_fields:
            of_type, source = self._of_one_type(search.record_type), ALL
        else:
            of_type, source = _is_of_types(type_names), OF_TYPES
        text = _both_texts(of_type, where.sql)
        return Clause(text, where.parameters, where.is_exact), source

    def _skip_scan(
        self, search: Search, type_names: tuple[str, ...] | None, compiler: SearchCompiler
    ) -> Clause | None:
        """Write a window of temperatures for which there is no other index."""
        parts = compiler.window_and_rest(search.condition)
        if parts is None:
            return None
        window, rest = parts
        text = self._dialect.skip_scan(ids_of_types(type_names), window.sql)
        if text is None:
            return None
        parameters = (*window.parameters, *window.parameters, *rest.parameters)
        return Clause(_both_texts(text, rest.sql), parameters, rest.is_exact)

    def _order(self, search: Search, compiler: SearchCompiler) -> Clause | None:
        if not search.is_ordered:
            return BY_STORING
        orders = [compiler.ordering(ordering) for ordering in search.orderings]
        if search.nearest is not None:
            orders.insert(0, compiler.nearest(search.nearest))
        known = [order for order in orders if order is not None]
        if len(known) < len(orders):
            return None
        text = _order_text(tuple([order.sql for order in known]))
        return Clause(text, tuple([p for order in known for p in order.parameters]))

    def _indexed_fields(self, record_type: type[StoredData]) -> frozenset[str]:
        """Give the fields that all records of a type have in the column ``indexed``."""
        if not record_type.indexed_fields or record_type.type_name is None:
            return frozenset()
        rows = self._connections.fetch(
            "SELECT field FROM indexed_fields WHERE type IN (SELECT id FROM record_types "
            "WHERE name = ?) GROUP BY field "
            "HAVING count(*) = (SELECT count(*) FROM record_types WHERE name = ?)",
            (record_type.type_name.name,) * 2,
        )
        return frozenset(field for (field,) in rows)

    def _of_one_type(self, record_type: type[StoredData]) -> str:
        """Write the ids of a type's versions out, as a partial index needs literals."""
        name = None if record_type.type_name is None else record_type.type_name.name
        rows = self._connections.fetch("SELECT id FROM record_types WHERE name = ?", (name,))
        ids = [str(type_id) for (type_id,) in rows]
        return f"type = {ids[0]}" if len(ids) == 1 else f"type IN ({', '.join(ids)})"


@lru_cache(maxsize=1024)
def ids_of_types(names: tuple[str, ...] | None) -> str:
    """Select the ids of some types in whatever version, or of all."""
    if names is None:
        return "SELECT id FROM record_types"
    return f"SELECT id FROM record_types WHERE {_is_one_of(names)}"


@lru_cache(maxsize=1024)
def _is_of_types(names: tuple[str, ...]) -> str:
    return f"{_is_one_of(names)} AND type = record_types.id"


def _is_one_of(names: tuple[str, ...]) -> str:
    texts = ", ".join(f"'{name}'" for name in names)  # checked when they were registered
    return f"record_types.name IN ({texts})"


@lru_cache(maxsize=1024)
def _select_text(columns: str, source: str, where: str, order: str) -> str:
    return f"SELECT {columns} FROM {source} WHERE {where} ORDER BY {order}"


@lru_cache(maxsize=1024)
def _count_text(source: str, where: str) -> str:
    return f"SELECT count(*) FROM {source} WHERE {where}"


@lru_cache(maxsize=1024)
def _order_text(texts: tuple[str, ...]) -> str:
    return ", ".join([*texts, BY_STORING.sql])


@lru_cache(maxsize=1024)
def _both_texts(one: str, other: str) -> str:
    return f"{one} AND {other}"
