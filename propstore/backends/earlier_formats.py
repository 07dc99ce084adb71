"""Catalogs in SQLite that an earlier propstore wrote: brought up to date, or read as they are."""

from __future__ import annotations

from typing import NamedTuple

from propstore.backends.catalog_connections import CatalogConnections, Writer
from propstore.backends.schema import FORMAT

__all__ = ["bring_up_to_date", "read_as_current", "update_catalog"]


class _Addition(NamedTuple):
    """Something that catalogs of today have, and those of an earlier format may lack.

    Attributes
    ----------
    presence
        A query that has a row if it is there.
    change
        The statement that adds it.
    table, view
        The table that it belongs to, and what takes the place of that table where nothing can be
        written.
    """

    presence: str
    change: str
    table: str
    view: str


# The earliest record tells apart two stores that were made in the same second.
_IDENTIFIER = (
    "SELECT 'identifier', value || coalesce(' ' || (SELECT key FROM main.records ORDER BY id "
    "LIMIT 1), '') FROM main.about WHERE name = 'created'"
)

_ADDITIONS = (
    _Addition(
        presence="SELECT 1 FROM pragma_table_info('superseded', 'main') WHERE name = 'reason'",
        change="ALTER TABLE main.superseded ADD COLUMN reason TEXT",
        table="superseded",
        view="SELECT *, NULL AS reason FROM main.superseded",
    ),
    _Addition(
        presence="SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'claims'",
        change="CREATE TABLE main.claims (token INTEGER PRIMARY KEY AUTOINCREMENT, "
        "name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, since TEXT NOT NULL, "
        "expiry REAL NOT NULL, beats INTEGER NOT NULL DEFAULT 0, "
        "is_doubted INTEGER NOT NULL DEFAULT 0)",
        table="claims",
        view="SELECT NULL AS token, NULL AS name, NULL AS owner, NULL AS since, NULL AS expiry, "
        "NULL AS beats, NULL AS is_doubted WHERE 0",
    ),
    _Addition(
        presence="SELECT 1 FROM main.about WHERE name = 'identifier'",
        change=f"INSERT INTO main.about (name, value) {_IDENTIFIER}",
        table="about",
        view=f"SELECT name, value FROM main.about UNION ALL {_IDENTIFIER}",
    ),
)
"""What format 2 added to format 1."""


def bring_up_to_date(connections: CatalogConnections) -> None:
    """Give a catalog that is opened for writing the format of today."""
    stored = connections.fetch_one("PRAGMA user_version")
    if stored is not None and stored[0] < FORMAT:
        with connections.writing() as connection:
            update_catalog(connection)


def update_catalog(connection: Writer) -> None:
    """Give a catalog the format of today, inside the caller's transaction.

    A propstore of the earlier format that has it open goes on working; one that opens it later
    says that it is too early.
    """
    for addition in _missing(connection):
        connection.execute(addition.change)
    connection.execute(f"PRAGMA main.user_version = {FORMAT}")


def read_as_current(connection: Writer) -> None:
    """Let a catalog of an earlier format be read by the queries of today, without changing it."""
    (stored,) = connection.execute("PRAGMA user_version").fetchone()
    if 0 < stored < FORMAT:
        for addition in _missing(connection):
            connection.execute(f"CREATE TEMP VIEW {addition.table} AS {addition.view}")


def _missing(connection: Writer) -> list[_Addition]:
    return [one for one in _ADDITIONS if connection.execute(one.presence).fetchone() is None]
