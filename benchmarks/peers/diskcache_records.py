"""Records in diskcache, by a key of one's own; nothing is evicted, and what is stored is synced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import diskcache

from benchmarks.contender import Contender
from benchmarks.records import Document, Entry

SYNC_ALWAYS = 2


class DiskcacheRecords(Contender):
    """A cache on the disk."""

    name = "diskcache"
    packages = ("diskcache",)

    def open(self) -> None:
        self.cache = diskcache.Cache(
            str(self.directory),
            eviction_policy="none",
            size_limit=2**40,
            sqlite_synchronous=SYNC_ALWAYS,
        )

    def close(self) -> None:
        self.cache.close()

    def store(self, prepared: Entry) -> int:
        self.cache[prepared.number] = prepared.document
        return prepared.number

    def store_batch(self, prepared: Sequence[Entry]) -> list[int]:
        with self.cache.transact():
            return [self.store(entry) for entry in prepared]

    def retrieve(self, key: int) -> Any:
        return self.cache[key]

    def document(self, answer: Any) -> Document:
        return dict(answer)
