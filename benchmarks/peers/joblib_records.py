"""Records in joblib.Memory: the results of a function, by its arguments."""

from __future__ import annotations

from typing import Any, ClassVar

import joblib

from benchmarks.contender import Contender
from benchmarks.records import Document, Entry, entries


def measured(number: int) -> Document:
    """Give a record by its number."""
    (entry,) = entries(number, number + 1)
    return entry.document


class JoblibRecords(Contender):
    """A cached function that makes the record."""

    name = "joblib.Memory"
    packages = ("joblib",)
    notes: ClassVar[dict[str, str]] = {
        "store one": "joblib does not sync, and the time to make the record is part of it.",
        "store in batches": "one by one: joblib.Memory has no batches.",
    }

    def open(self) -> None:
        memory = joblib.Memory(str(self.directory), verbose=0)
        self.cached: Any = memory.cache(measured)

    def close(self) -> None:
        """Leave it: nothing is open."""

    def store(self, prepared: Entry) -> int:
        self.cached(prepared.number)
        return prepared.number

    def retrieve(self, key: int) -> Document:
        return dict(self.cached(key))

    def document(self, answer: Document) -> Document:
        return answer
