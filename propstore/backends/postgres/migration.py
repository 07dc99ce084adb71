"""The tables of a store in PostgreSQL, from numbered files of SQL."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING

from propstore._version import __version__
from propstore.errors import NotAStoreError, StoreFormatError
from propstore.model.component import canonicaliser

if TYPE_CHECKING:
    from propstore.backends.postgres.connections import PostgresConnections

__all__ = ["bring_up_to_date", "is_current", "stored_format"]

FORMAT = "format"
LOCK = 0x70726F70  # "prop"; who makes or changes tables holds it


def migrations() -> dict[int, str]:
    """Give the text of each migration by its number, in their order."""
    folder = resources.files("propstore.backends.postgres") / "migrations"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return {int(name[:4]): (folder / name).read_text(encoding="utf-8") for name in names}


def stored_format(connections: PostgresConnections) -> int | None:
    """Give the number of the last migration that a store has had; None if there is no store.

    Raises
    ------
    NotAStoreError
        If the schema is that of something else.
    StoreFormatError
        If a later version of propstore made or changed it.
    """
    schema, place = connections.address.schema, str(connections.address)
    tables = {
        name
        for (name,) in connections.fetch(
            "SELECT relname::text FROM pg_class WHERE relnamespace = to_regnamespace(?) "
            "AND relkind IN ('r', 'p')",
            (schema,),
        )
    }
    if not tables:
        return None
    if not {"about", "records"} <= tables:
        raise NotAStoreError(f"the schema of {place!r} is that of something else than propstore.")
    row = connections.fetch_one("SELECT value FROM about WHERE name = ?", (FORMAT,))
    if row is None:
        raise NotAStoreError(f"the schema of {place!r} is that of something else than propstore.")
    stored, newest = int(row[0]), max(migrations())
    if stored > newest:
        raise StoreFormatError(
            f"{place!r} has format {stored}, and propstore {__version__} reads formats up to "
            f"{newest}: install a later propstore to open it."
        )
    return stored


def is_current(stored: int | None) -> bool:
    """Tell whether a store of a format, or none, needs no migration."""
    return stored == max(migrations())


def bring_up_to_date(connections: PostgresConnections) -> None:
    """Make the tables, or change those of an earlier propstore, while nobody else does."""
    with connections.writing() as statements:
        statements.execute("SELECT pg_advisory_xact_lock(?)", (LOCK,))
        stored = stored_format(connections) or 0
        if stored == 0:
            schema = connections.address.schema
            if not connections.fetch("SELECT 1 WHERE to_regnamespace(?) IS NOT NULL", (schema,)):
                statements.execute(f'CREATE SCHEMA "{schema}"')
        for number, text in migrations().items():
            if number > stored:
                statements.execute(text)
        if stored == 0:
            about = {
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "propstore": __version__,
                "canonicaliser": canonicaliser(),
                "identifier": uuid.uuid4().hex,
            }
            statements.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        statements.execute(
            "INSERT INTO about VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (FORMAT, str(max(migrations()))),
        )
