"""Records in propstore."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import propstore as ps
from benchmarks.contender import Cannot, Contender
from benchmarks.postgres_server import database_size, make_database
from benchmarks.records import TEMPERATURE_TOLERANCE, Document, Entry, StateQuestion, Window

TEMPERATURE = ps.field("thermodynamic_state.temperature")
TOLERANCE = ps.Quantity(TEMPERATURE_TOLERANCE, "K")


class PropstoreRecords(Contender):
    """A store in a folder; the records are made, and so validated, before they are stored."""

    name = "propstore"

    def place(self) -> str:
        """Give where the store is."""
        return str(self.directory / "store")

    def prepare(self, entries: Sequence[Entry]) -> Sequence[ps.PropertyData]:
        return [ps.PropertyData.model_validate(entry.document) for entry in entries]

    def open_store(self) -> ps.StorageBackend:
        """Open the store."""
        return ps.open(self.place())

    def open(self) -> None:
        self.substances: dict[str, ps.Substance] = {}
        self.store_of_records = self.open_store()

    def close(self) -> None:
        self.store_of_records.close()

    def store(self, prepared: ps.PropertyData) -> str:
        return self.store_of_records.store_object(prepared)

    def store_batch(self, prepared: Sequence[ps.PropertyData]) -> list[str]:
        with self.store_of_records.batch():
            return [self.store_of_records.store_object(record) for record in prepared]

    def retrieve(self, key: str) -> ps.PropertyData | None:
        record, _ = self.store_of_records.retrieve_object(key, ps.PropertyData)
        return record

    def prepare_question(self, question: StateQuestion) -> ps.PropertyDataQuery:
        state = ps.ThermodynamicState((question.temperature, "K"), (question.pressure, "kPa"))
        return ps.PropertyDataQuery(
            substance=self.substance(question),
            thermodynamic_state=state,
            temperature_tolerance=TOLERANCE,
        )

    def query(self, question: ps.PropertyDataQuery) -> list[ps.StoredData]:
        answer = self.store_of_records.query(question)
        return [match.record for matches in answer.values() for match in matches]

    def window(self, window: Window) -> list[ps.PropertyData]:
        return [match.record for match in self.within(window)]

    def nearest(self, question: StateQuestion) -> ps.PropertyData:
        selection = self.store_of_records.find(
            ps.PropertyData,
            ps.field("substance") == self.substance(question),
            ps.field("property_type") == question.property_type,
        )
        found = selection.nearest(temperature=(question.temperature, "K")).first()
        assert found is not None
        return found.record

    def count(self, window: Window) -> int:
        return self.within(window).count()

    def document(self, answer: ps.PropertyData) -> Document:
        return answer.model_dump(mode="json", exclude={"provenance", "tags"})

    def within(self, window: Window) -> ps.Selection[ps.PropertyData]:
        """Select the records in a window."""
        condition = TEMPERATURE.between((window.lower, "K"), (window.upper, "K"))
        return self.store_of_records.find(ps.PropertyData, condition)

    def substance(self, question: StateQuestion) -> ps.Substance:
        """Give the substance, which who asks has made once."""
        if question.substance not in self.substances:
            made = ps.Substance.model_validate(question.components)
            self.substances[question.substance] = made
        return self.substances[question.substance]


class PropstoreMemory(PropstoreRecords):
    """A store in memory."""

    name = "propstore, memory"
    notes: ClassVar[dict[str, str]] = {"store one": "in memory: it survives nothing."}

    def place(self) -> str:
        return "memory:"

    def size(self) -> int:
        raise Cannot("nothing is on the disk.")


class PropstoreTinyDB(PropstoreRecords):
    """A store in one JSON file."""

    name = "propstore, TinyDB"
    notes: ClassVar[dict[str, str]] = {
        "store in batches": "the file is written anew with each batch."
    }

    def place(self) -> str:
        return f"tinydb:{self.directory / 'store'}"

    def open(self) -> None:
        warnings.simplefilter("ignore", ps.LargeCatalogWarning)  # that it is slow is shown
        super().open()


class PropstorePostgres(PropstoreRecords):
    """A store in PostgreSQL on this machine, with files in a folder."""

    name = "propstore, PostgreSQL"
    packages = ("psycopg",)
    url: ClassVar[str | None] = None

    @classmethod
    def is_available(cls) -> bool:
        return super().is_available() and hasattr(ps, "PostgresStorage") and cls.url is not None

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.database = make_database(str(self.url))

    def open_store(self) -> ps.StorageBackend:
        return ps.open(self.database, files=str(self.directory))

    def size(self) -> int:
        return database_size(self.database)
