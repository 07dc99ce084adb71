"""An index over documents in memory, each of which is read once to be tested."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from propstore.backends.catalog import Row
from propstore.backends.incomplete import report_left_out
from propstore.backends.index import Match
from propstore.backends.key_index import may_be
from propstore.backends.tinydb_contents import Contents
from propstore.backends.tinydb_row import CatalogRow
from propstore.model.registry import TypeName
from propstore.model.stored_data import StoredData, registry
from propstore.query.search import Search

__all__ = ["DocumentIndex"]


class DocumentIndex:
    """Finds records by testing each of the type, in a state of the catalog that was.

    Parameters
    ----------
    contents
        Gives what the catalog holds now.
    match
        Reads the record of a row for the user, with its files.
    """

    def __init__(
        self,
        contents: Callable[[], Contents],
        match: Callable[[Row], Match[StoredData]],
    ) -> None:
        self._contents = contents
        self._match = match

    def find_identity(self, identity: str) -> str | None:
        """Give the key of the record of an identity, or None."""
        return self._contents().find_identity(identity)

    def add(self, key: str, record: StoredData) -> None:
        """Do nothing: the contents know it already."""

    def remove(self, key: str) -> None:
        """Do nothing: the contents know it already."""

    def keys(self, record_type: type[StoredData]) -> Iterator[str]:
        """Give the keys of all records of a type, in the order in which they were stored."""
        return (row.key for row in self._of_type(record_type, set()))

    def search(self, search: Search) -> Iterator[Match[StoredData]]:
        """Find records by testing each of the type."""
        for row, _ in search.arrange(self._accepted(search)):
            yield self._match(Row(row.key, row.document, row.files))

    def count(self, search: Search) -> int:
        """Count the records that a search finds."""
        return sum(1 for _ in self._accepted(search))

    def explain(self, search: Search) -> str:
        """Say that every record of the type is tested."""
        number = sum(1 for _ in self.keys(search.record_type))
        return (
            f"Each of the {number} records of the type {search.record_type.__name__} is tested in "
            f"Python: {search.condition!r}."
        )

    def _accepted(self, search: Search) -> Iterator[tuple[CatalogRow, StoredData]]:
        left_out: set[str] = set()
        for row in self._of_type(search.record_type, left_out):
            record = row.peek()
            if search.accepts(record):
                yield row, record
        report_left_out(left_out, search.record_type)

    def _of_type(self, record_type: type[StoredData], left_out: set[str]) -> Iterator[CatalogRow]:
        """Give the rows of a type, and take note of the later versions of it that are met."""
        is_wanted: dict[str, bool] = {}
        for row in list(self._contents().rows.values()):
            wanted = is_wanted.get(row.type)
            if wanted is None:
                wanted = is_wanted[row.type] = may_be(row.type, record_type)
                if not wanted and _is_later_version(row.type, record_type):
                    left_out.add(row.type)
            if wanted:
                yield row


def _is_later_version(stored_type: str, record_type: type[StoredData]) -> bool:
    """Tell whether records are of a type in a version that this program does not know."""
    stored = TypeName.parse(stored_type)
    known = registry.find(stored.name)
    return (
        known is not None
        and known.type_name is not None
        and known.type_name.version < stored.version
        and issubclass(known, record_type)
    )
