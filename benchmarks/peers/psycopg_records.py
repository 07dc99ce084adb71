"""Records by hand in PostgreSQL, by psycopg: the same columns, JSONB, and no validation."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import psycopg
from psycopg.types.json import Jsonb

from benchmarks.contender import Contender
from benchmarks.postgres_server import database_size, make_database
from benchmarks.records import TEMPERATURE_TOLERANCE, Document, Entry, StateQuestion, Window

TABLE = """
CREATE TABLE IF NOT EXISTS by_hand (
    key uuid PRIMARY KEY, substance text, property_type text, temperature double precision,
    pressure double precision, document jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS by_hand_substance ON by_hand (substance, temperature);
CREATE INDEX IF NOT EXISTS by_hand_temperature ON by_hand (temperature);
"""
COLUMNS = "(key, substance, property_type, temperature, pressure, document)"
AT_STATE = """
SELECT key, document FROM by_hand WHERE substance = %s AND temperature BETWEEN %s AND %s
AND pressure BETWEEN %s AND %s
"""
NEAREST = """
SELECT key, document FROM by_hand WHERE substance = %s AND property_type = %s
ORDER BY abs(temperature - %s) LIMIT 1
"""


def _row(entry: Entry) -> tuple[object, ...]:
    columns = (entry.substance, entry.property_type, entry.temperature, entry.pressure)
    return (uuid.uuid4(), *columns, Jsonb(entry.document))


class PsycopgRecords(Contender):
    """The store that one writes oneself, on a server."""

    name = "psycopg by hand"
    packages = ("psycopg",)
    url: ClassVar[str | None] = None

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.database = make_database(str(self.url))

    @classmethod
    def is_available(cls) -> bool:
        return super().is_available() and cls.url is not None

    def open(self) -> None:
        self.connection: psycopg.Connection[Any] = psycopg.connect(self.database, autocommit=True)
        self.connection.execute(TABLE)

    def close(self) -> None:
        self.connection.close()

    def store(self, prepared: Entry) -> uuid.UUID:
        row = _row(prepared)
        insert = f"INSERT INTO by_hand {COLUMNS} VALUES (%s, %s, %s, %s, %s, %s)"
        self.connection.execute(insert, row)
        key = row[0]
        assert isinstance(key, uuid.UUID)
        return key

    def store_batch(self, prepared: Sequence[Entry]) -> list[Any]:
        rows = [_row(entry) for entry in prepared]
        cursor = self.connection.cursor()
        with cursor.copy(f"COPY by_hand {COLUMNS} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return [row[0] for row in rows]

    def retrieve(self, key: uuid.UUID) -> Document:
        query = "SELECT document FROM by_hand WHERE key = %s"
        row = self.connection.execute(query, (key,)).fetchone()
        assert row is not None
        return dict(row[0])

    def query(self, question: StateQuestion) -> list[Any]:
        temperature, pressure = question.temperature, question.pressure
        temperatures = (temperature - TEMPERATURE_TOLERANCE, temperature + TEMPERATURE_TOLERANCE)
        bounds = (*temperatures, pressure * 0.999999, pressure * 1.000001)
        return self.connection.execute(AT_STATE, (question.substance, *bounds)).fetchall()

    def window(self, window: Window) -> list[Any]:
        query = "SELECT key, document FROM by_hand WHERE temperature BETWEEN %s AND %s"
        return self.connection.execute(query, (window.lower, window.upper)).fetchall()

    def nearest(self, question: StateQuestion) -> Any:
        values = (question.substance, question.property_type, question.temperature)
        return self.connection.execute(NEAREST, values).fetchone()

    def count(self, window: Window) -> int:
        query = "SELECT count(*) FROM by_hand WHERE temperature BETWEEN %s AND %s"
        row = self.connection.execute(query, (window.lower, window.upper)).fetchone()
        assert row is not None
        return int(row[0])

    def document(self, answer: Any) -> Document:
        return dict(answer[1] if isinstance(answer, tuple) else answer)

    def size(self) -> int:
        return database_size(self.database)
