"""The catalog of a store in PostgreSQL, which many processes change at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from propstore.backends.axes import axes_of
from propstore.backends.catalog import Catalog, Row, StoredRow
from propstore.backends.catalog_connections import Writer
from propstore.backends.dialect import Dialect
from propstore.backends.planning import Plan
from propstore.backends.postgres.dialect import POSTGRES
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance

if TYPE_CHECKING:
    from propstore.backends.postgres.connections import PostgresConnections

__all__ = ["IdentityTakenError", "PostgresCatalog"]

_INDEX = re.compile(
    r" using (?P<one>\S+) on records\b|^Bitmap Index Scan on (?P<other>records_\S+)"
)

INDEXING_LOCK = 0x696E6478  # "indx"; who makes an index for a field holds it

_INSERT = """
INSERT INTO records (key, type, identity, substance, phase, property_type, temperature, pressure,
    value, uncertainty, unit, indexed, generation, files, document)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""

_ADD = f"{_INSERT}RETURNING key"

_INSERT_MANY = """
INSERT INTO records (key, type, identity, substance, phase, property_type, temperature, pressure,
    value, uncertainty, unit, indexed, document, generation)
SELECT *, 0 FROM ROWS FROM (
    unnest(?::text[], ?::integer[], ?::text[], ?::bigint[], ?::text[], ?::text[],
        ?::double precision[], ?::double precision[], ?::double precision[], ?::double precision[],
        ?::text[], ?::jsonb[]),
    json_array_elements(?::json))
ON CONFLICT DO NOTHING RETURNING key
"""
"""An array of JSON is written and read faster than an array of texts, which have quotes in them."""

_KNOW_SUBSTANCES = """
WITH given AS (
    SELECT * FROM unnest(?::text[], ?::integer[]) AS given (identity, size)
), known AS (
    SELECT identity, id FROM substances WHERE identity IN (SELECT identity FROM given)
), added AS (
    INSERT INTO substances (identity, size)
    SELECT identity, size FROM given WHERE identity NOT IN (SELECT identity FROM known)
    ORDER BY identity ON CONFLICT DO NOTHING RETURNING identity, id
), named AS (
    INSERT INTO components (name, substance, role, mole_fraction, exact_amount)
    SELECT name, id, role, mole_fraction, exact_amount
    FROM unnest(?::text[], ?::text[], ?::text[], ?::double precision[], ?::bigint[])
        AS component (identity, name, role, mole_fraction, exact_amount)
    JOIN added USING (identity)
)
SELECT identity, id FROM (TABLE known UNION ALL TABLE added) AS substance,
    set_config('synchronous_commit', 'off', true)
"""
"""They need not be on the disk before what refers to them is, which is written after them. They
are added in one order, so that no two who do so wait for each other in a circle."""

_REPLACE = """
UPDATE records SET type = ?, identity = ?, substance = ?, phase = ?, property_type = ?,
    temperature = ?, pressure = ?, value = ?, uncertainty = ?, unit = ?, indexed = ?,
    generation = ?, files = ?, document = ?
WHERE key = ?
"""

_SUPERSEDE = """
INSERT INTO superseded (key, generation, type, files, document, time)
SELECT key, generation, type, files, document, ? FROM records WHERE key = ?
"""

_IS_STORED = """
SELECT 1 FROM records WHERE key = ? AND generation = ?
UNION ALL SELECT 1 FROM superseded WHERE key = ? AND generation = ?
"""


class IdentityTakenError(Exception):
    """Another has just stored a record of the identity or the key: look again, and decide anew."""


class PostgresCatalog(Catalog):
    """Reads and writes the tables of a catalog.

    Two transactions may be about the same record. That an identity is stored once is a constraint
    of the table. A record that is read in order to be changed is locked until that is committed.
    """

    dialect: Dialect = POSTGRES
    _connections: PostgresConnections

    def __init__(self, connections: PostgresConnections) -> None:
        super().__init__(connections)
        self._losses = 0

    def get(self, key: str) -> StoredRow | None:
        """Read the row of a key; in a transaction, it stays as it is until the end of that."""
        lock = " FOR UPDATE" if self._connections.is_writing else ""
        row = self._connections.fetch_one(f"{self._by_key}{lock}", (key,))
        return None if row is None else StoredRow._make(row)

    def find_identity(self, identity: str) -> str | None:
        """Give the key of the record of an identity, or None.

        In a transaction, the record stays as it is until the end of that.
        """
        lock = " FOR UPDATE" if self._connections.is_writing else ""
        row = self._connections.fetch_one(
            f"SELECT key FROM records WHERE identity = ?{lock}", (identity,)
        )
        return None if row is None else str(row[0])

    def find_identities(self, identities: Sequence[str]) -> dict[str, str]:
        """Give the keys of the records of those identities that are stored.

        In a transaction, the records stay as they are until the end of that.
        """
        text = f"SELECT identity, key FROM records WHERE identity = ANY(?){self._locking}"
        return dict(self._connections.fetch(text, (identities,)))

    def rows_of(self, keys: Sequence[str]) -> Iterator[Row]:
        """Read the rows of those keys that are in use; in a transaction, they stay as they are."""
        text = (
            f"SELECT key, {self.dialect.document}, files FROM records WHERE key = ANY(?)"
            f"{self._locking}"
        )
        return map(Row._make, self._connections.fetch(text, (keys,)))

    @property
    def _locking(self) -> str:
        # In one order, so that two transactions don't wait for each other in a circle.
        return " ORDER BY id FOR UPDATE" if self._connections.is_writing else ""

    def add_record(self, key: str, record: StoredData, document: str) -> bool:
        """Write a record without files under a new key, unless its identity is taken.

        Whatever happens, either all of it is written or nothing. Inside of a transaction it need
        not have a savepoint, and outside of one no transaction: then it is one trip to the server.

        Returns
        -------
        bool
            Whether it was written; not either if its type is new here.
        """
        self._forget_after_loss()
        type_id = self._type_ids.get(record.stored_type_name())
        if type_id is None:
            return False
        if not self._connections.is_writing:
            return self._add_alone(key, record, document)
        try:
            row = self._new_row(key, type_id, record, document)
            is_added = self._connections.add(_INSERT, row)
        except BaseException:
            self.forget()
            raise
        if is_added:
            with self._connections.writing() as statements:
                statements.witness = (_IS_STORED, (key, 0) * 2)
        return is_added

    def _add_alone(self, key: str, record: StoredData, document: str) -> bool:
        attempts = 0

        def add() -> bool:
            nonlocal attempts
            attempts += 1
            type_id = self._stored_type_id(record)  # after a crash of the server, another perhaps
            try:
                row = self._new_row(key, type_id, record, document)
                is_added = type_id is not None and bool(self._connections.fetch_once(_ADD, row))
            except BaseException:
                self.forget()
                raise
            # If the answer to the first attempt was lost, the record may have been stored by it:
            # nobody else has its key.
            return is_added or (attempts > 1 and self.exists(key))

        return self._connections.attempt(add)

    def _forget_after_loss(self) -> None:
        """Forget the ids that are known if a connection was lost.

        After a crash of the server, what was not yet on its disk is not there any more, and others
        are given its ids.
        """
        if self._losses != self._connections.losses:
            self._losses = self._connections.losses
            self.forget()

    def _new_row(
        self, key: str, type_id: int | None, record: StoredData, document: str
    ) -> tuple[object, ...]:
        axes = axes_of(record)
        substance = axes.substance and self._id_of(axes.substance)
        return (key, type_id, record.identity(), substance, *axes[1:], 0, None, document)

    def put_new(self, records: Mapping[str, StoredData]) -> set[str]:
        """Write new records without files, and give the keys of those that others have taken."""
        if not records:
            return set()
        with self._connections.writing() as statements:
            self._forget_after_loss()
            axes = [axes_of(record) for record in records.values()]
            self._know_substances({one.substance for one in axes if one.substance})
            rows = [
                (
                    key,
                    self._type_id(statements, record),
                    record.identity(),
                    of.substance and self._substance_ids[of.substance.identity],
                    *of[1:],
                )
                for (key, record), of in zip(records.items(), axes, strict=True)
            ]
            columns = [list(column) for column in zip(*rows, strict=True)]
            documents = f"[{','.join(record.to_json() for record in records.values())}]"
            answer = statements.execute(_INSERT_MANY, (*columns, documents))
            stored = {key for (key,) in answer.fetchall()}
            if stored:
                statements.witness = (_IS_STORED, (next(iter(stored)), 0) * 2)
        return records.keys() - stored

    def put(
        self,
        key: str,
        record: StoredData,
        document: str,
        files: str | None,
        generation: int,
        *,
        replaces: bool,
    ) -> None:
        """Write a record, new or in the place of an earlier generation.

        Raises
        ------
        IdentityTakenError
            If it is new, and another has been stored since it was looked for.
        """
        axes = axes_of(record)
        with self._connections.writing() as statements:
            self._forget_after_loss()
            type_id = self._type_id(statements, record)
            substance = axes.substance and self._id_of(axes.substance)
            values = (type_id, record.identity(), substance, *axes[1:], generation, files, document)
            if replaces:
                statements.execute(_SUPERSEDE, (datetime.now(UTC).isoformat(), key))
                statements.execute(_REPLACE, (*values, key))
            elif statements.execute(_INSERT, (key, *values)).rowcount == 0:
                raise IdentityTakenError
            statements.witness = (_IS_STORED, (key, generation) * 2)

    def note_files(self, key: str, files: str, generation: int) -> None:
        """Note where the files of a record are that was just written, and its generation."""
        with self._connections.writing() as statements:
            statements.execute(
                "UPDATE records SET files = ?, generation = ? WHERE key = ?",
                (files, generation, key),
            )
            statements.witness = (_IS_STORED, (key, generation) * 2)

    def remove(self, key: str) -> list[str]:
        """Remove a record with its past generations, and give the locations of all their files."""
        with self._connections.writing() as statements:
            locations = super().remove(key)
            is_gone = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM records WHERE key = ?)"
            statements.witness = (is_gone, (key,))
        return locations

    def count(self, plan: Plan) -> tuple[int, list[tuple[str, int]]]:
        """Count the rows that a plan finds, and give the `types` that there were by then."""
        number, parameters = plan.select_number()
        types = "SELECT json_agg(json_build_array(name, version)) FROM record_types"
        ((count, found),) = self._connections.fetch(f"SELECT ({number}), ({types})", parameters)
        return int(count), [(name, version) for name, version in found or ()]

    def query_plan(self, plan: Plan) -> list[str]:
        """Give the database's account of how it carries out a plan, in words."""
        text, parameters = plan.select("key")
        rows = self._connections.fetch(f"EXPLAIN (COSTS OFF) {text}", parameters)
        lines = [line.strip().lstrip("-> ") for (line,) in reversed(rows)]
        return [words for line in lines if (words := _in_words(line))]

    def server_version(self) -> str:
        """Give the version of the server."""
        ((version,),) = self._connections.fetch("SHOW server_version")
        return str(version)

    def size(self) -> int:
        """Give the bytes of the tables and their indexes."""
        ((size,),) = self._connections.fetch(
            "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class "
            "WHERE relnamespace = to_regnamespace(?) AND relkind = 'r'",
            (self._connections.address.schema,),
        )
        return int(size)

    def complaints(self) -> list[str]:
        """Give nothing: a server checks the sums of its own pages."""
        return []

    def _type_id(self, connection: Writer, record: StoredData) -> int:
        name = record.stored_type_name()
        known = self._type_ids.get(name)
        if known is not None:
            return known
        row = self._stored_type_id(record)
        if row is None:
            with self._connections.apart() as apart:
                apart.execute(
                    "INSERT INTO record_types (name, version) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    tuple(name),
                )
            return self._type_id(connection, record)
        if type(record).indexed_fields:
            connection.execute("SELECT pg_advisory_xact_lock(?)", (INDEXING_LOCK,))
            self._index_fields(connection, type(record), row)
        self._type_ids[name] = row
        return row

    def _stored_type_id(self, record: StoredData) -> int | None:
        name = record.stored_type_name()
        text = "SELECT id FROM record_types WHERE name = ? AND version = ?"
        return self._type_ids.get(name) or self._id(text, tuple(name))

    def _id_of(self, substance: Substance) -> int:
        if substance.identity not in self._substance_ids:
            self._know_substances([substance])
        return self._substance_ids[substance.identity]

    def _know_substances(self, substances: Iterable[Substance]) -> None:
        """Learn the ids of substances, and store those that are new.

        They are stored at once: of two batches, none has to wait for the end of the other.
        """
        unknown = [one for one in substances if one.identity not in self._substance_ids]
        while unknown:
            identities = [one.identity for one in unknown]
            sizes = [len(one.amounts) for one in unknown]
            components = [
                (one.identity, name, role, mole_fraction, exact_amount)
                for one in unknown
                for name, _, role, mole_fraction, exact_amount in self._component_rows(0, one)
            ]
            columns = [list(column) for column in zip(*components, strict=True)]
            parameters = (identities, sizes, *columns)
            self._substance_ids.update(self._connections.fetch_apart(_KNOW_SUBSTANCES, parameters))
            # Another may just have stored them: then they are there the next time.
            unknown = [one for one in unknown if one.identity not in self._substance_ids]

    def _id(self, text: str, parameters: tuple[object, ...]) -> int | None:
        row = self._connections.fetch_one(text, parameters)
        return None if row is None else int(row[0])


def _in_words(line: str) -> str:
    """Say what a line of a query plan says; nothing if it says nothing of the records."""
    index = _INDEX.search(line)
    if index is not None:
        return f"searches its records by the index {index['one'] or index['other']}"
    if line.startswith(("Seq Scan on records", "Parallel Seq Scan on records")):
        return "reads all its records"
    return "orders what it finds" if line.startswith("Sort Key") else ""
