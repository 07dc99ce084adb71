"""The catalog of a store in SQLite: its records as JSON documents, with what finds them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from propstore.backends.axes import Axes, axes_of, substance_of
from propstore.backends.catalog_connections import CatalogConnections, Writer
from propstore.backends.dialect import SQLITE, Dialect
from propstore.backends.key import is_key
from propstore.backends.planning import Plan, Planner, ids_of_types
from propstore.backends.query_words import in_words
from propstore.errors import StoreFormatError
from propstore.model.registry import TypeName
from propstore.model.stored_data import StoredData
from propstore.model.substance import Substance
from propstore.query.fields import FieldKind, resolve_field

__all__ = ["Catalog", "Row", "StoredRow", "VerifiableRow", "damaged_row"]

AXES = Axes._fields[1:]
"""The columns of the axes, after that of the substance."""

_INSERT = """
INSERT INTO records (key, type, identity, substance, phase, property_type, temperature, pressure,
    value, uncertainty, unit, indexed, generation, files, document)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_ADD = f"{_INSERT}ON CONFLICT DO NOTHING"

_REPLACE = """
UPDATE records SET key = ?, type = ?, identity = ?, substance = ?, phase = ?, property_type = ?,
    temperature = ?, pressure = ?, value = ?, uncertainty = ?, unit = ?, indexed = ?,
    generation = ?, files = ?, document = ?
WHERE key = ?
"""


class StoredRow(NamedTuple):
    """What the catalog has of a record.

    Attributes
    ----------
    document
        The record as JSON.
    files
        The location of its files; None if it has none.
    generation
        How many times the record was replaced.
    """

    document: str
    files: str | None
    generation: int


class Row(NamedTuple):
    """A record that a search found: its key, its document, and where its files are."""

    key: str
    document: str
    files: str | None


class VerifiableRow(NamedTuple):
    """All that the catalog has of a record: ``columns`` by name, besides the document."""

    key: str
    document: str
    files: str | None
    columns: dict[str, object]

    def is_well_formed(self) -> bool:
        """Tell whether each value is of its kind, as in a catalog that is not damaged."""
        is_text = type(self.document) is str and _is_location(self.files)
        return is_key(self.key) and is_text and type(self.columns["generation"]) is int


class Catalog:
    """Reads and writes the tables of a catalog.

    Writing is done inside ``connections.writing()``, under the store's lock.
    """

    dialect: Dialect = SQLITE

    def __init__(self, connections: CatalogConnections) -> None:
        self._connections = connections
        self.planner = Planner(connections, self.dialect)
        document = self.dialect.document
        self._found = f"key, {document}, files"
        self._by_key = f"SELECT {document}, files, generation FROM records WHERE key = ?"
        self.forget()

    def forget(self) -> None:
        """Forget the ids that are known: those of a transaction that was undone are not stored."""
        self._type_ids: dict[TypeName, int] = {}
        self._substance_ids: dict[str, int] = {}

    def locations(self) -> set[str]:
        """Give the locations of all files that a record has, or one that was replaced."""
        rows = self._connections.fetch(
            "SELECT files FROM records WHERE files IS NOT NULL "
            "UNION SELECT files FROM superseded WHERE files IS NOT NULL"
        )
        return {location for (location,) in rows}

    def get(self, key: str) -> StoredRow | None:
        """Read the row of a key."""
        row = self._connections.fetch_one(self._by_key, (key,))
        if row is None:
            return None
        document, files, generation = row
        if type(document) is not str or type(generation) is not int or not _is_location(files):
            raise damaged_row(key)
        return StoredRow(document, files, generation)

    def exists(self, key: str) -> bool:
        """Tell whether a key is in use."""
        return bool(self._connections.fetch("SELECT 1 FROM records WHERE key = ?", (key,)))

    def find_identity(self, identity: str) -> str | None:
        """Give the key of the record of an identity, or None."""
        row = self._connections.fetch_one("SELECT key FROM records WHERE identity = ?", (identity,))
        return None if row is None else str(row[0])

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
        """Write a record, new or in the place of an earlier generation."""
        with self._connections.writing() as connection:
            values = self._values(connection, key, record)
            if not replaces:
                connection.execute(_INSERT, (*values, generation, files, document))
                return
            connection.execute(
                "INSERT INTO superseded (key, generation, type, files, document, time) "
                "SELECT key, generation, type, files, document, ? FROM records WHERE key = ?",
                (datetime.now(UTC).isoformat(), key),
            )
            connection.execute(_REPLACE, (*values, generation, files, document, key))

    def has_ids_for(self, record: StoredData) -> bool:
        """Tell whether the ids of a record's type and its substance are known."""
        substance = substance_of(record)
        is_known = substance is None or substance.identity in self._substance_ids
        return is_known and record.stored_type_name() in self._type_ids

    def add(self, connection: Writer, key: str, record: StoredData, document: str) -> bool:
        """Write a record without files by one statement, unless its key or identity is taken.

        Outside of a transaction, the ids of its type and its substance have to be known. Inside of
        one, those that are not are made, with what belongs to them or not at all.
        """
        values = self._values(connection, key, record)
        return connection.execute(_ADD, (*values, 0, None, document)).rowcount == 1

    def _values(self, connection: Writer, key: str, record: StoredData) -> tuple[object, ...]:
        """Give the first columns of a record's row, whose type and substance are known by then."""
        axes = axes_of(record)
        type_id = self._type_id(connection, record)
        substance = axes.substance and self._substance_id(connection, axes.substance)
        return (key, type_id, record.identity(), substance, *axes[1:])

    def remove(self, key: str) -> list[str]:
        """Remove a record with its past generations, and give the locations of all their files."""
        with self._connections.writing() as connection:
            rows = connection.execute(
                "SELECT files FROM records WHERE key = ? AND files IS NOT NULL "
                "UNION SELECT files FROM superseded WHERE key = ? AND files IS NOT NULL",
                (key, key),
            ).fetchall()
            connection.execute("DELETE FROM superseded WHERE key = ?", (key,))
            connection.execute("DELETE FROM records WHERE key = ?", (key,))
        return [location for (location,) in rows]

    def forget_files(self, key: str) -> None:
        """Let a record stand without its files."""
        with self._connections.writing() as connection:
            connection.execute("UPDATE records SET files = NULL WHERE key = ?", (key,))

    def keys(self, type_names: tuple[str, ...] | None) -> Iterator[str]:
        """Give the keys of the records of some types, or of all, in the order of storing."""
        where = "TRUE" if type_names is None else f"type IN ({ids_of_types(type_names)})"
        yield from (
            key
            for (key,) in self._connections.stream(
                f"SELECT key FROM records WHERE {where} ORDER BY id"
            )
        )

    def types(self) -> list[tuple[str, int]]:
        """Give the names and versions of the types that the catalog has had records of."""
        return self._connections.fetch("SELECT name, version FROM record_types")

    def rows(self, plan: Plan, limit: int | None) -> Iterator[Row]:
        """Give the rows that a plan finds, one after the other."""
        for key, document, files in self._connections.stream(*plan.select(self._found, limit)):
            if type(document) is not str or (files is not None and type(files) is not str):
                raise damaged_row(key)
            yield Row(key, document, files)

    def count(self, plan: Plan) -> tuple[int, list[tuple[str, int]]]:
        """Count the rows that a plan finds, and give the `types` that there were by then."""
        ((number,),) = self._connections.fetch(*plan.select_number())
        return int(number), self.types()

    def query_plan(self, plan: Plan) -> list[str]:
        """Give the database's account of how it carries out a plan, in words."""
        text, parameters = plan.select("key, document, files")
        rows = self._connections.fetch(f"EXPLAIN QUERY PLAN {text}", parameters)
        words = [in_words(str(row[3])) for row in rows]
        return [one for one in dict.fromkeys(words) if one]

    def about(self) -> dict[str, str]:
        """Give what the catalog says of itself."""
        return dict(self._connections.fetch("SELECT name, value FROM about ORDER BY name"))

    def note(self, name: str, value: str) -> None:
        """Let the catalog say something of itself, unless it says so already."""
        with self._connections.writing() as connection:
            connection.execute(
                "INSERT INTO about VALUES (?, ?) ON CONFLICT DO NOTHING", (name, value)
            )

    def complaints(self) -> list[str]:
        """Give what SQLite finds wrong with the catalog's file."""
        found = self._connections.fetch("PRAGMA integrity_check")
        found += self._connections.fetch("PRAGMA foreign_key_check")
        return [" ".join(map(str, row)) for row in found if row != ("ok",)]

    def verifiable_rows(self) -> Iterator[VerifiableRow]:
        """Give all that the catalog has of each record."""
        names = ("type", "identity", "substance", "generation", *AXES)
        text = (
            f"SELECT key, {self.dialect.document}, files, "
            "record_types.name || '@v' || record_types.version, "
            f"records.identity, substances.identity, generation, {', '.join(AXES)} FROM records "
            "JOIN record_types ON record_types.id = type "
            "LEFT JOIN substances ON substances.id = substance ORDER BY records.id"
        )
        for key, document, files, *columns in self._connections.stream(text):
            yield VerifiableRow(key, document, files, dict(zip(names, columns, strict=True)))

    def components(self, substance: str) -> list[tuple[str, str, float | None, int | None]]:
        """Give the name, role, mole fraction and amount of each component of a substance."""
        return self._connections.fetch(
            "SELECT name, role, mole_fraction, exact_amount FROM components "
            "JOIN substances ON substances.id = substance WHERE identity = ? ORDER BY name, role",
            (substance,),
        )

    def _type_id(self, connection: Writer, record: StoredData) -> int:
        name = record.stored_type_name()
        known = self._type_ids.get(name)
        if known is not None:
            return known
        with self._connections.savepoint():
            connection.execute(
                "INSERT INTO record_types (name, version) VALUES (?, ?) ON CONFLICT DO NOTHING",
                tuple(name),
            )
            (type_id,) = connection.execute(
                "SELECT id FROM record_types WHERE name = ? AND version = ?", tuple(name)
            ).fetchone()
            self._index_fields(connection, type(record), type_id)
        self._type_ids[name] = type_id
        return int(type_id)

    def _index_fields(
        self, connection: Writer, record_type: type[StoredData], type_id: int
    ) -> None:
        """Make an index for each field that the type declares and that has none yet."""
        for name in record_type.indexed_fields:
            field = resolve_field(record_type, name)
            has_unit = field.dimension is not None and field.dimension.unit is not None
            if field.kind is FieldKind.QUANTITY and not has_unit:
                raise TypeError(f"{name} has no dimension and can't be indexed; annotate it.")
            present = connection.execute(
                "SELECT 1 FROM indexed_fields WHERE type = ? AND field = ?", (type_id, name)
            ).fetchone()
            if present is None:
                self._fill_indexed(connection, type_id)
                value = self.dialect.value("indexed", (name,), field.kind)
                if value is not None:
                    connection.execute(
                        f'CREATE INDEX "records_by_{type_id}_{name}" ON records '
                        f"(type, ({value})) WHERE type = {type_id}"
                    )
                connection.execute("INSERT INTO indexed_fields VALUES (?, ?)", (type_id, name))

    def _fill_indexed(self, connection: Writer, type_id: int) -> None:
        """Work out the indexed fields of records that were stored before a field was declared."""
        from propstore.model.stored_data import load_document

        rows = connection.execute(
            f"SELECT id, {self.dialect.document} FROM records WHERE type = ?", (type_id,)
        ).fetchall()
        for row_id, document in rows:
            indexed = axes_of(load_document(document)).indexed
            connection.execute("UPDATE records SET indexed = ? WHERE id = ?", (indexed, row_id))

    def _substance_id(self, connection: Writer, substance: Substance) -> int:
        known = self._substance_ids.get(substance.identity)
        if known is not None:
            return known
        with self._connections.savepoint():
            row = connection.execute(
                "INSERT INTO substances (identity, size) VALUES (?, ?) ON CONFLICT DO NOTHING "
                "RETURNING id",
                (substance.identity, len(substance.amounts)),
            ).fetchone()
            if row is None:
                row = connection.execute(
                    "SELECT id FROM substances WHERE identity = ?", (substance.identity,)
                ).fetchone()
            else:
                connection.executemany(
                    "INSERT INTO components (name, substance, role, mole_fraction, exact_amount) "
                    "VALUES (?, ?, ?, ?, ?)",
                    self._component_rows(row[0], substance),
                )
        self._substance_ids[substance.identity] = row[0]
        return int(row[0])

    @staticmethod
    def _component_rows(substance_id: int, substance: Substance) -> list[tuple[object, ...]]:
        return [
            (
                one.component.name,
                substance_id,
                one.component.role.value,
                one.mole_fraction,
                one.exact_amount,
            )
            for one in substance.amounts
        ]


def damaged_row(key: object) -> StoreFormatError:
    """Give the error for a row that has something in it that is never written there."""
    return StoreFormatError(
        f"the catalog is damaged: the row of {key!r} has values of the wrong kind in it; run "
        "'propstore repair'."
    )


def _is_location(files: object) -> bool:
    return files is None or type(files) is str
