"""An index in Python, for backends that have none of their own.

`KeyIndex` lives in memory. `PagedKeyIndex` also keeps itself in the backend, by the three hooks
alone: as records of its own under reserved keys, each a page of entries, of which only the last
is written again when a record is stored.
"""

from __future__ import annotations

from collections.abc import Iterator

from propstore.ancillary.large_fields import bind_large_fields
from propstore.backends.index import Hooks, Match
from propstore.errors import CorruptRecordError
from propstore.model.registry import TypeName
from propstore.model.stored_data import StoredData, UnknownData, registry
from propstore.model.validation import FrozenModel
from propstore.query.search import Search

__all__ = ["RESERVED_KEY", "KeyIndex", "PagedKeyIndex", "may_be"]

RESERVED_KEY = "propstore-keys-"
PAGE_SIZE = 256


class _Entry(FrozenModel):
    key: str
    type: str
    identity: str | None


class _KeyPage(StoredData, type_name="propstore.key_page@v1"):
    """A page of the index of a backend that has only the three hooks."""

    entries: tuple[_Entry, ...]


class KeyIndex:
    """An index in memory.

    Parameters
    ----------
    backend
        The backend that has the records. Its lock is held while its hooks run.
    """

    def __init__(self, backend: Hooks) -> None:
        self._backend = backend
        self._entries: dict[str, _Entry] = {}
        self._by_identity: dict[str, str] = {}

    def find_identity(self, identity: str) -> str | None:
        """Give the key of the record of an identity, or None."""
        return self._by_identity.get(identity)

    def add(self, key: str, record: StoredData) -> None:
        """Take note of a record."""
        self._put(_Entry(key=key, type=str(record.stored_type_name()), identity=record.identity()))

    def remove(self, key: str) -> None:
        """Take note that a record was removed."""
        entry = self._entries.pop(key)
        if entry.identity is not None:
            self._by_identity.pop(entry.identity, None)

    def keys(self, record_type: type[StoredData]) -> Iterator[str]:
        """Give the keys of all records of a type, in the order in which they were stored."""
        entries = list(self._entries.values())
        return (entry.key for entry in entries if may_be(entry.type, record_type))

    def search(self, search: Search) -> Iterator[Match[StoredData]]:
        """Find records by testing each of the type."""
        return (match for match, _ in search.arrange(self._accepted(search)))

    def count(self, search: Search) -> int:
        """Count the records that a search finds."""
        return sum(1 for _ in self._accepted(search))

    def explain(self, search: Search) -> str:
        """Say that every record of the type is tested."""
        number = sum(1 for _ in self.keys(search.record_type))
        return (
            f"Each of the {number} records of the type {search.record_type.__name__} is read and "
            f"tested in Python: {search.condition!r}."
        )

    def _accepted(self, search: Search) -> Iterator[tuple[Match[StoredData], StoredData]]:
        with self._backend._lock:
            keys = self.keys(search.record_type)
        for key in keys:
            with self._backend._lock:
                record, path = self._backend._retrieve_object(key)
            bind_large_fields(record, path)
            if record is not None and search.accepts(record):
                yield Match(key, record, path), record

    def _put(self, entry: _Entry) -> None:
        known = self._entries.get(entry.key)
        if known is not None and known.identity is not None:
            self._by_identity.pop(known.identity, None)
        self._entries[entry.key] = entry
        if entry.identity is not None:
            self._by_identity[entry.identity] = entry.key


class PagedKeyIndex(KeyIndex):
    """An index that is kept in the backend that it is of, through the three hooks.

    Other store objects on the same backend may add to it: before each use, what they have added
    is read. Writers in several processes need a backend that has an index of its own.
    """

    def __init__(self, backend: Hooks) -> None:
        super().__init__(backend)
        self._pages: list[tuple[_Entry, ...]] = []

    def find_identity(self, identity: str) -> str | None:
        """Give the key of the record of an identity, or None."""
        self._refresh()
        return super().find_identity(identity)

    def add(self, key: str, record: StoredData) -> None:
        """Take note of a record, in the last page or a new one."""
        self._refresh()
        known = self._entries.get(key)
        super().add(key, record)
        entry = self._entries[key]
        if known is not None:
            self._rewrite(key, (entry,))
            return
        if not self._pages or len(self._pages[-1]) >= PAGE_SIZE:
            self._pages.append(())
        self._pages[-1] = (*self._pages[-1], entry)
        self._write(len(self._pages) - 1)

    def remove(self, key: str) -> None:
        """Take note that a record was removed, in the page that has it."""
        self._refresh()
        super().remove(key)
        self._rewrite(key, ())

    def keys(self, record_type: type[StoredData]) -> Iterator[str]:
        """Give the keys of all records of a type, in the order in which they were stored."""
        self._refresh()
        return super().keys(record_type)

    def _rewrite(self, key: str, replacement: tuple[_Entry, ...]) -> None:
        for number, page in enumerate(self._pages):
            if any(entry.key == key for entry in page):
                place = next(i for i, entry in enumerate(page) if entry.key == key)
                self._pages[number] = (*page[:place], *replacement, *page[place + 1 :])
                self._write(number)
                return

    def _write(self, number: int) -> None:
        page = _KeyPage(entries=self._pages[number])
        self._backend._store_object(page, f"{RESERVED_KEY}{number}")

    def _refresh(self) -> None:
        """Read the last page that is known, and those that came after it."""
        number = max(len(self._pages) - 1, 0)
        while self._backend._object_exists(f"{RESERVED_KEY}{number}"):
            page, _ = self._backend._retrieve_object(f"{RESERVED_KEY}{number}")
            if not isinstance(page, _KeyPage):
                raise CorruptRecordError(f"page {number} of the store's index can't be read.")
            if number == len(self._pages):
                self._pages.append(())
            for entry in page.entries:
                if entry.key not in self._entries:
                    self._put(entry)
            self._pages[number] = page.entries
            number += 1


def may_be(stored_type: str, record_type: type[StoredData]) -> bool:
    """Tell whether a record may be of a type, by the name under which it is stored."""
    stored = TypeName.parse(stored_type)
    known = registry.find(stored.name)
    if known is None or known.type_name is None or known.type_name.version < stored.version:
        return issubclass(UnknownData, record_type)
    return issubclass(known, record_type)
