"""A row of a catalog in TinyDB: one generation of a record."""

from __future__ import annotations

import json

from propstore.backends.json_catalog import Fields
from propstore.errors import CorruptRecordError, MigrationError
from propstore.model.stored_data import StoredData, load_document, registry

__all__ = ["CatalogRow", "load_row", "row_fault"]

_KINDS: dict[str, type | tuple[type, ...]] = {
    "key": str,
    "generation": int,
    "identity": (str, type(None)),
    "files": (str, type(None)),
    "document": dict,
}
_KINDS_OF_THE_PAST = {**_KINDS, "replaced": str, "reason": (str, type(None))}


class CatalogRow:
    """A generation of a record, as the catalog has it; it never changes.

    Parameters
    ----------
    number
        Its place in the order in which the records were stored.
    fields
        The row in TinyDB's table.
    """

    def __init__(self, number: int, fields: Fields) -> None:
        self.number = number
        self.fields = fields
        self._peeked: tuple[type[StoredData] | None, StoredData] | None = None

    @property
    def key(self) -> str:
        """The key of the record."""
        return str(self.fields["key"])

    @property
    def generation(self) -> int:
        """How many times the record was replaced."""
        return int(self.fields["generation"])

    @property
    def identity(self) -> str | None:
        """The identity of the record; None if all of its type are kept."""
        identity: str | None = self.fields.get("identity")
        return identity

    @property
    def files(self) -> str | None:
        """The location of its files; None if it has none."""
        files: str | None = self.fields.get("files")
        return files

    @property
    def type(self) -> str:
        """The name of its type, with the version."""
        return str(self.fields["document"].get("type"))

    @property
    def document(self) -> str:
        """The record as JSON."""
        return json.dumps(self.fields["document"], separators=(",", ":"), ensure_ascii=False)

    def peek(self) -> StoredData:
        """Give the record to be looked at only: it is read once, as what its type now stands for.

        Raises
        ------
        CorruptRecordError, MigrationError
            If it can't be read.
        """
        current = registry.find(self.type.partition("@")[0])
        if self._peeked is None or self._peeked[0] is not current:
            self._peeked = current, load_row(self.key, self.document)
        return self._peeked[1]


def row_fault(fields: Fields, *, is_past: bool) -> str | None:
    """Say what keeps fields from being a row; None if nothing does.

    Parameters
    ----------
    fields
        The row in TinyDB's table.
    is_past
        Whether it is of a record that was replaced.
    """
    for name, kind in (_KINDS_OF_THE_PAST if is_past else _KINDS).items():
        if not isinstance(fields.get(name), kind):
            return f"has {fields.get(name)!r} as its {name}"
    return None


def load_row(key: str, document: str) -> StoredData:
    """Read the record of a row.

    Raises
    ------
    CorruptRecordError, MigrationError
        If it can't be read.
    """
    try:
        return load_document(document)
    except (CorruptRecordError, MigrationError) as error:
        raise type(error)(f"the record {key!r} can't be read: {error}") from error
