"""Records in ase.db: the state and the property are key-value pairs, the record is the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ase import Atoms
from ase.db import connect

from benchmarks.contender import Contender
from benchmarks.records import Document, Entry, StateQuestion, Window


class AseRecords(Contender):
    """A database of ase.db in SQLite."""

    name = "ase.db"
    packages = ("ase",)
    notes: ClassVar[dict[str, str]] = {
        "nearest state": "two searches: the next above and the next below."
    }

    def open(self) -> None:
        self.database: Any = connect(  # type: ignore[no-untyped-call]
            self.directory / "records.db", type="db"
        )

    def close(self) -> None:
        """Leave it: it is open while something is asked for only."""

    def store(self, prepared: Entry) -> int:
        number: int = self.database.write(
            Atoms(),
            key_value_pairs={
                "substance": prepared.substance,
                "property_type": prepared.property_type,
                "temperature": prepared.temperature,
                "pressure": prepared.pressure,
            },
            data=prepared.document,
        )
        return number

    def store_batch(self, prepared: Sequence[Entry]) -> list[int]:
        with self.database:
            return [self.store(entry) for entry in prepared]

    def retrieve(self, key: int) -> Any:
        return self.database.get(id=key)

    def query(self, question: StateQuestion) -> list[Any]:
        state = {"temperature": question.temperature, "pressure": question.pressure}
        return list(self.database.select(substance=question.substance, **state))

    def window(self, window: Window) -> list[Any]:
        return list(self.database.select(_within(window)))

    def nearest(self, question: StateQuestion) -> Any:
        wanted = {"substance": question.substance, "property_type": question.property_type}
        above, below = f"temperature>={question.temperature}", f"temperature<{question.temperature}"
        found = [
            *self.database.select(above, sort="temperature", limit=1, **wanted),
            *self.database.select(below, sort="-temperature", limit=1, **wanted),
        ]
        return min(found, key=lambda row: abs(row.temperature - question.temperature))

    def count(self, window: Window) -> int:
        return int(self.database.count(_within(window)))

    def document(self, answer: Any) -> Document:
        return dict(answer.data)


def _within(window: Window) -> str:
    return f"temperature>={window.lower},temperature<={window.upper}"
