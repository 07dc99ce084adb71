"""Records in signac: the state and the property are the state point, the record is the document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import signac

from benchmarks.contender import Contender
from benchmarks.records import Document, Entry, StateQuestion, Window


class SignacRecords(Contender):
    """A signac project with a job for each record."""

    name = "signac"
    packages = ("signac",)
    notes: ClassVar[dict[str, str]] = {
        "store one": "signac does not sync: a power cut may lose it.",
        "nearest state": "the nearest of what is found is taken in Python.",
    }

    def open(self) -> None:
        self.project = signac.init_project(str(self.directory))
        self.project.update_cache()

    def close(self) -> None:
        self.project.update_cache()

    def store(self, prepared: Entry) -> str:
        job = self.project.open_job(
            {
                "substance": prepared.substance,
                "property_type": prepared.property_type,
                "temperature": prepared.temperature,
                "pressure": prepared.pressure,
            }
        )
        job.document = prepared.document
        return str(job.id)

    def store_batch(self, prepared: Sequence[Entry]) -> list[str]:
        with signac.buffered():
            return [self.store(entry) for entry in prepared]

    def retrieve(self, key: str) -> Document:
        return dict(self.project.open_job(id=key).document())

    def query(self, question: StateQuestion) -> list[Document]:
        state = {"temperature": question.temperature, "pressure": question.pressure}
        jobs = self.project.find_jobs({"substance": question.substance, **state})
        return [job.document() for job in jobs]

    def window(self, window: Window) -> list[Document]:
        return [job.document() for job in self.within(window)]

    def nearest(self, question: StateQuestion) -> Document:
        wanted = {"substance": question.substance, "property_type": question.property_type}
        jobs = self.project.find_jobs(wanted)
        job = min(
            jobs, key=lambda job: abs(job.cached_statepoint["temperature"] - question.temperature)
        )
        return dict(job.document())

    def count(self, window: Window) -> int:
        return len(self.within(window))

    def document(self, answer: Document) -> Document:
        return answer

    def within(self, window: Window) -> Any:
        """Find the jobs in a window."""
        bounds = {"$gte": window.lower, "$lte": window.upper}
        return self.project.find_jobs({"temperature": bounds})
