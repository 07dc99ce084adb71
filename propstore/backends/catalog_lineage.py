"""The generations of the records in a catalog."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import datetime
from typing import Protocol

from propstore.ancillary import FileArea, Staged
from propstore.backends.catalog import Row, StoredRow
from propstore.backends.generation import Generation
from propstore.backends.index import Match
from propstore.backends.lineage import Lineage
from propstore.backends.superseded import SupersededRow
from propstore.errors import MissingExternalResourceError, ObjectNotFoundError
from propstore.model.stored_data import StoredData

__all__ = ["CatalogLineage"]


class Present(Protocol):
    """The records that stand."""

    def get(self, key: str) -> StoredRow | None:
        """Read the row of a key."""


class Past(Protocol):
    """The records that others have replaced."""

    def of_key(self, key: str) -> list[SupersededRow]:
        """Give the replaced records of a key, the earliest first."""

    def note_reason(self, key: str, reason: str) -> None:
        """Note why the latest replaced record of a key was replaced."""


class CatalogLineage(Lineage):
    """History, restoring and pins of a backend with a catalog and an area of files."""

    _catalog: Present
    _superseded: Past

    @property
    @abstractmethod
    def area(self) -> FileArea:
        """Where the files of the records are."""

    def _history(self, storage_key: str) -> list[Generation]:
        # First what stands: if it is replaced meanwhile, it is in the past too, and left out there.
        present = self._standing(storage_key)
        past = self._superseded.of_key(storage_key)
        generations = [
            self._generation(
                Row(storage_key, row.document, row.files),
                row.generation,
                datetime.fromisoformat(row.time),
                row.reason,
            )
            for row in past
            if row.generation < present.generation
        ]
        current = Row(storage_key, present.document, present.files)
        return [*generations, self._generation(current, present.generation, None, None)]

    def _restore(self, storage_key: str, generation: int) -> int:
        row = self._row(storage_key, generation)
        staged: AbstractContextManager[Staged | None] = nullcontext(None)
        if row.files is not None:
            staged = self.area.stage_again(row.files)
        with staged as files, self._lock, self._transaction():
            if self._standing(storage_key).generation == generation:
                return generation
            self._store_object(self._match(row).record, storage_key, files)
            self._note_reason(storage_key, f"generation {generation} was restored")
            return self._standing(storage_key).generation

    @contextmanager
    def _pinned(self, storage_key: str, generation: int | None) -> Iterator[Match[StoredData]]:
        with ExitStack() as stack:
            yield self._pin(stack, storage_key, generation)

    def _pin(self, stack: ExitStack, key: str, generation: int | None) -> Match[StoredData]:
        row = self._row(key, generation)
        while row.files is not None:
            try:
                files = stack.enter_context(self.area.pin(row.files))
            except MissingExternalResourceError:
                # Replaced, removed or collected between the two steps, or indeed missing.
                before, row = row, self._row(key, generation)
                if row == before:
                    raise
            else:
                return self._match(row)._replace(path=files)
        return self._match(row)

    def _note_reason(self, storage_key: str, reason: str) -> None:
        self._superseded.note_reason(storage_key, reason)

    def _row(self, key: str, generation: int | None) -> Row:
        """Give a generation of a key; the one that stands if none is named."""
        present = self._standing(key)
        if generation in (None, present.generation):
            return Row(key, present.document, present.files)
        past = self._superseded.of_key(key)
        for row in past:
            if row.generation == generation:
                return Row(key, row.document, row.files)
        known = ", ".join(map(str, [*(row.generation for row in past), present.generation]))
        raise ObjectNotFoundError(f"{key!r} has no generation {generation}; there are: {known}.")

    def _standing(self, key: str) -> StoredRow:
        row = self._catalog.get(key)
        if row is None:
            raise ObjectNotFoundError(f"no record is stored under {key!r}.")
        return row

    def _generation(
        self, row: Row, number: int, replaced: datetime | None, reason: str | None
    ) -> Generation:
        match = self._match(row)
        return Generation(number, match.record, match.path, replaced, reason)

    @abstractmethod
    def _match(self, row: Row) -> Match[StoredData]:
        """Read the record of a row."""

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[None]:
        """Make what is done in a block one change."""

    @abstractmethod
    def _store_object(
        self,
        object_to_store: StoredData,
        storage_key: str | None = None,
        ancillary_data_path: Staged | None = None,
    ) -> str:
        """Write a record, under a key that is in use."""
