"""Records by hand in SQLite: as durable, the same columns, and no validation."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import uuid
from collections.abc import Sequence

from benchmarks.contender import Contender
from benchmarks.records import TEMPERATURE_TOLERANCE, Document, Entry, StateQuestion, Window

TABLE = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, identity TEXT UNIQUE, substance TEXT,
    property_type TEXT, temperature REAL, pressure REAL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_substance ON records (substance, temperature);
CREATE INDEX IF NOT EXISTS by_temperature ON records (temperature);
"""
INSERT = """
INSERT OR IGNORE INTO records
(key, identity, substance, property_type, temperature, pressure, document)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
AT_STATE = """
SELECT key, document FROM records WHERE substance = ? AND temperature BETWEEN ? AND ?
AND pressure BETWEEN ? AND ?
"""
NEAREST = """
SELECT key, document FROM records WHERE substance = ? AND property_type = ?
ORDER BY abs(temperature - ?) LIMIT 1
"""


class SQLiteRecords(Contender):
    """The store that one writes oneself."""

    name = "sqlite3 by hand"

    def open(self) -> None:
        self.connection = sqlite3.connect(self.directory / "by_hand.sqlite", isolation_level=None)
        self.connection.executescript(TABLE)

    def close(self) -> None:
        self.connection.close()

    def store(self, prepared: Entry) -> str:
        document, key = json.dumps(prepared.document), uuid.uuid4().hex
        identity = hashlib.sha256(document.encode()).hexdigest()
        columns = (
            prepared.substance,
            prepared.property_type,
            prepared.temperature,
            prepared.pressure,
        )
        self.connection.execute(INSERT, (key, identity, *columns, document))
        return key

    def store_batch(self, prepared: Sequence[Entry]) -> list[str]:
        self.connection.execute("BEGIN IMMEDIATE")
        keys = [self.store(entry) for entry in prepared]
        self.connection.execute("COMMIT")
        return keys

    def retrieve(self, key: str) -> Document:
        query = "SELECT document FROM records WHERE key = ?"
        (document,) = self.connection.execute(query, (key,)).fetchone()
        return dict(json.loads(document))

    def query(self, question: StateQuestion) -> list[tuple[str, Document]]:
        temperature, pressure = question.temperature, question.pressure
        temperatures = (temperature - TEMPERATURE_TOLERANCE, temperature + TEMPERATURE_TOLERANCE)
        bounds = (*temperatures, pressure * 0.999999, pressure * 1.000001)
        rows = self.connection.execute(AT_STATE, (question.substance, *bounds))
        return [(key, json.loads(document)) for key, document in rows]

    def window(self, window: Window) -> list[tuple[str, Document]]:
        query = "SELECT key, document FROM records WHERE temperature BETWEEN ? AND ?"
        rows = self.connection.execute(query, (window.lower, window.upper))
        return [(key, json.loads(document)) for key, document in rows]

    def nearest(self, question: StateQuestion) -> tuple[str, Document]:
        values = (question.substance, question.property_type, question.temperature)
        key, document = self.connection.execute(NEAREST, values).fetchone()
        return key, json.loads(document)

    def count(self, window: Window) -> int:
        query = "SELECT count(*) FROM records WHERE temperature BETWEEN ? AND ?"
        (number,) = self.connection.execute(query, (window.lower, window.upper)).fetchone()
        return int(number)

    def document(self, answer: Document | tuple[str, Document]) -> Document:
        return answer[1] if isinstance(answer, tuple) else answer
