"""Records in TinyDB itself, with the cache that its documentation recommends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from tinydb import TinyDB, where
from tinydb.middlewares import CachingMiddleware
from tinydb.queries import QueryInstance
from tinydb.storages import JSONStorage

from benchmarks.contender import Contender
from benchmarks.records import Document, Entry, StateQuestion, Window


def _document(entry: Entry) -> Document:
    return {
        "substance": entry.substance,
        "property_type": entry.property_type,
        "temperature": entry.temperature,
        "pressure": entry.pressure,
        "record": entry.document,
    }


class TinyDBRecords(Contender):
    """A TinyDB whose cache is flushed after each batch and each record stored alone."""

    name = "TinyDB"
    packages = ("tinydb",)
    notes: ClassVar[dict[str, str]] = {
        "store one": "TinyDB does not sync, and a kill while it writes damages the file."
    }

    def open(self) -> None:
        self.storage: Any = CachingMiddleware(JSONStorage)  # type: ignore[no-untyped-call]
        self.database: Any = TinyDB(self.directory / "records.json", storage=self.storage)

    def close(self) -> None:
        self.database.close()

    def store(self, prepared: Entry) -> int:
        number: int = self.database.insert(_document(prepared))
        self.storage.flush()
        return number

    def store_batch(self, prepared: Sequence[Entry]) -> list[int]:
        numbers: list[int] = self.database.insert_multiple(_document(entry) for entry in prepared)
        self.storage.flush()
        return numbers

    def retrieve(self, key: int) -> Any:
        return self.database.get(doc_id=key)

    def query(self, question: StateQuestion) -> list[Any]:
        found: list[Any] = self.database.search(
            (where("substance") == question.substance)
            & (where("temperature") == question.temperature)
            & (where("pressure") == question.pressure)
        )
        return found

    def window(self, window: Window) -> list[Any]:
        return list(self.database.search(_within(window)))

    def nearest(self, question: StateQuestion) -> Any:
        found = self.database.search(
            (where("substance") == question.substance)
            & (where("property_type") == question.property_type)
        )
        return min(found, key=lambda one: abs(one["temperature"] - question.temperature))

    def count(self, window: Window) -> int:
        return int(self.database.count(_within(window)))

    def document(self, answer: Any) -> Document:
        return dict(answer["record"])


def _within(window: Window) -> QueryInstance:
    return (where("temperature") >= window.lower) & (where("temperature") <= window.upper)
