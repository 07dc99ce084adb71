"""The tables of a catalog in SQLite, and what tells one catalog from another."""

from __future__ import annotations

import sqlite3
import uuid
from datetime import UTC, datetime

from propstore._version import __version__
from propstore.errors import NotAStoreError, StoreFormatError
from propstore.model.component import canonicaliser

__all__ = ["FORMAT", "check_format", "create_tables"]

APPLICATION_ID = 0x70726F70  # "prop", which file(1) and SQLite show
FORMAT = 2
"""The version of the tables. A change raises it, and says in ``earlier_formats`` how a catalog of
the one before becomes one of it."""

TABLES = """
CREATE TABLE about (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE record_types (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (name, version)
);

CREATE TABLE substances (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL
);

CREATE TABLE components (
    name TEXT NOT NULL,
    substance INTEGER NOT NULL REFERENCES substances (id),
    role TEXT NOT NULL,
    mole_fraction REAL,
    exact_amount INTEGER,
    PRIMARY KEY (name, substance, role)
) WITHOUT ROWID;

CREATE INDEX components_by_substance ON components (substance);

CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    type INTEGER NOT NULL REFERENCES record_types (id),
    identity TEXT UNIQUE,
    substance INTEGER REFERENCES substances (id),
    phase TEXT,
    property_type TEXT,
    temperature REAL,
    pressure REAL,
    value REAL,
    uncertainty REAL,
    unit TEXT,
    indexed TEXT,
    generation INTEGER NOT NULL,
    files TEXT,
    document TEXT NOT NULL
);

CREATE INDEX records_by_substance ON records (substance, type, temperature)
    WHERE substance IS NOT NULL;
CREATE INDEX records_by_state ON records (type, property_type, temperature);

CREATE TABLE indexed_fields (
    type INTEGER NOT NULL REFERENCES record_types (id),
    field TEXT NOT NULL,
    PRIMARY KEY (type, field)
) WITHOUT ROWID;

CREATE TABLE superseded (
    key TEXT NOT NULL,
    generation INTEGER NOT NULL,
    type INTEGER NOT NULL REFERENCES record_types (id),
    files TEXT,
    document TEXT NOT NULL,
    time TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (key, generation)
) WITHOUT ROWID;

CREATE TABLE claims (
    token INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    since TEXT NOT NULL,
    expiry REAL NOT NULL,
    beats INTEGER NOT NULL DEFAULT 0,
    is_doubted INTEGER NOT NULL DEFAULT 0
);
"""

MARKS = """
SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
FROM pragma_application_id, pragma_user_version
"""


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of a new catalog, inside the caller's transaction."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    about = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "propstore": __version__,
        "canonicaliser": canonicaliser(),
        "identifier": uuid.uuid4().hex,
    }
    connection.executemany("INSERT INTO about (name, value) VALUES (?, ?)", about.items())
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def check_format(connection: sqlite3.Connection, path: str) -> bool:
    """Tell whether a database is a catalog that this version reads.

    Returns
    -------
    bool
        False if the database is empty, and a catalog can be made of it.

    Raises
    ------
    NotAStoreError
        If it is some other program's database.
    StoreFormatError
        If a later version of propstore wrote it.
    """
    # By one statement: between two, another process may make the catalog.
    application, stored, tables = connection.execute(MARKS).fetchone()
    if application == stored == tables == 0:
        return False
    if application != APPLICATION_ID:
        raise NotAStoreError(f"{path!r} is a database, but not one of propstore.")
    if stored > FORMAT:
        raise StoreFormatError(
            f"{path!r} has format {stored}, and propstore {__version__} reads formats up to "
            f"{FORMAT}: install a later propstore to open it."
        )
    return True
