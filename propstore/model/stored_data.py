"""What is stored: the base classes of records, and how a record becomes a document and back.

A record's document is JSON: its ``type``, its fields, and, outside its identity, its ``tags`` and
its ``provenance``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationError

from propstore.errors import CorruptRecordError, InvalidDataError, ObjectTypeError
from propstore.model.identity import canonical_form, content_digest
from propstore.model.provenance import Provenance
from propstore.model.registry import Document, TypeName, registry
from propstore.model.tags import Tags
from propstore.model.validation import TRUSTED, FrozenModel, clear_error

__all__ = ["HashableStoredData", "ReplaceableData", "StoredData", "UnknownData", "load_document"]

_DOCUMENT_HEAD = re.compile(r'\{"type":"(?P<name>[\w.-]+)@v(?P<version>[1-9]\d*)",?', re.ASCII)
_OUTSIDE_IDENTITY = frozenset({"tags", "provenance"})


def _refuse_reserved_names(record_type: type[FrozenModel]) -> None:
    reserved = {"type", *_OUTSIDE_IDENTITY}.intersection(record_type.__annotations__)
    if reserved and record_type.__module__ != __name__:
        raise TypeError(
            f"{record_type.__name__} can't have fields called {sorted(reserved)}: "
            "propstore keeps these names for itself."
        )


class StoredData(FrozenModel):
    """The base of every record: typed fields, and a name for the type.

    A record type is a subclass with a ``type_name``, which is permanent: it stands in every
    document, and its version is raised when the fields change. Each record of a direct subclass
    is kept; see `HashableStoredData` and `ReplaceableData` for the others.

    Attributes
    ----------
    requires_files
        Whether a record can't be stored without a directory of files.
    indexed_fields
        The names of fields, beyond those that every property has, by which records are often
        searched for; a backend that has indexes keeps one for each.
    tags
        Small strings, by name, that are given when the record is stored.
    provenance
        When, by whom and where the record was stored; None until it is.
    """

    type_name: ClassVar[TypeName | None] = None
    requires_files: ClassVar[bool] = False
    indexed_fields: ClassVar[tuple[str, ...]] = ()

    tags: Tags = Field(default_factory=dict, exclude_if=lambda tags: not tags, repr=False)
    provenance: Provenance | None = Field(
        default=None, exclude_if=lambda provenance: provenance is None, repr=False
    )

    def __init_subclass__(cls, *, type_name: str | None = None, **kwargs: Any) -> None:
        # The name is registered below, once pydantic has completed the fields.
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, *, type_name: str | None = None, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        _refuse_reserved_names(cls)
        unknown = [name for name in cls.indexed_fields if name not in cls.model_fields]
        if unknown:
            raise TypeError(f"{cls.__name__}.indexed_fields names {unknown}, which it has not.")
        cls.type_name = None if type_name is None else TypeName.parse(type_name)
        if cls.type_name is not None:
            registry.register(cls.type_name, cls)

    def identity(self) -> str | None:
        """Give the digest of what makes two records the same one; None if all are kept."""
        return None

    def identity_document(self) -> Document:
        """Give the canonical form of the fields, without tags and provenance."""
        return {
            name: canonical_form(getattr(self, name))
            for name in type(self).model_fields
            if name not in _OUTSIDE_IDENTITY
        }

    def stored_type_name(self) -> TypeName:
        """Give the name under which the record is stored.

        Raises
        ------
        ObjectTypeError
            If its class has none.
        """
        if self.type_name is None:
            raise ObjectTypeError(
                f"{type(self).__name__} has no type name and can't be stored; declare it as in "
                f"class {type(self).__name__}(..., type_name='mylab.something@v1')."
            )
        return self.type_name

    def to_json(self) -> str:
        """Write the record's document as JSON, its type first."""
        fields = self.model_dump_json()
        separator = "" if fields == "{}" else ","
        return f'{{"type":"{self.stored_type_name()}"{separator}{fields[1:]}'

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a record of this type, or of a subclass, from its document as JSON.

        Raises
        ------
        CorruptRecordError
            If the text is not a valid document.
        ObjectTypeError
            If it is one of another type.
        """
        record = load_document(text, trusted=False)
        if not isinstance(record, cls):
            raise ObjectTypeError(
                f"the document is a {type(record).__name__}, not a {cls.__name__}."
            )
        return record

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy the record, with other values for some fields; they are not validated."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("_identity", None)  # that of the original
        return copied

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredData):
            return NotImplemented
        return type(self) is type(other) and self.identity_document() == other.identity_document()

    def __hash__(self) -> int:
        return hash(content_digest(self.identity_document()))


class HashableStoredData(StoredData):
    """A record that is the same as another if all its fields are; it is stored once."""

    def identity(self) -> str:
        """Give the digest of the type's name and all fields."""
        return self._identity

    @cached_property
    def _identity(self) -> str:
        return content_digest([self.stored_type_name().name, self.identity_document()])


class ReplaceableData(StoredData):
    """A record of which the store keeps, for one identity, the one with the most information.

    Attributes
    ----------
    identity_fields
        The fields that say what the record is about.
    """

    identity_fields: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        unknown = [name for name in cls.identity_fields if name not in cls.model_fields]
        if unknown:
            raise TypeError(f"{cls.__name__}.identity_fields names {unknown}, which it has not.")
        if cls.type_name is not None and not cls.identity_fields:
            raise TypeError(f"{cls.__name__} is replaceable and needs identity_fields.")

    def identity(self) -> str:
        """Give the digest of the type's name and the identity fields."""
        return self._identity

    @cached_property
    def _identity(self) -> str:
        fields = {name: canonical_form(getattr(self, name)) for name in self.identity_fields}
        return content_digest([self.stored_type_name().name, fields])

    @classmethod
    def most_information(cls, stored: Self, candidate: Self) -> Self:
        """Say which of two records of one identity has more information.

        Parameters
        ----------
        stored
            The record that the store has.
        candidate
            The record that would take its place.

        Returns
        -------
        Self
            One of the two; ``stored`` if neither has more.
        """
        raise NotImplementedError(f"{cls.__name__} has to say which of two records tells more.")


class UnknownData(HashableStoredData):
    """A record of a type that this program does not know: listed, exported, never lost.

    Attributes
    ----------
    document
        The whole document as it was stored, its ``type`` included.
    """

    document: Document

    def stored_type_name(self) -> TypeName:
        """Give the name that the document carries."""
        return TypeName.parse(self.document["type"])

    def identity_document(self) -> Document:
        """Give the document without tags and provenance."""
        form = {name: entry for name, entry in self.document.items() if name != "type"}
        return {name: form[name] for name in form if name not in _OUTSIDE_IDENTITY}

    def to_json(self) -> str:
        """Write the document as it was read, with the tags and the provenance of now."""
        document = {name: self.document[name] for name in self.document}
        document.update(self.model_dump(mode="json", include=set(_OUTSIDE_IDENTITY)))
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def load_document(text: str, *, trusted: bool = True) -> StoredData:
    """Read a record from its document.

    Parameters
    ----------
    text
        The document as JSON.
    trusted
        Whether propstore itself wrote it, so that SMILES need not be made canonical again.

    Returns
    -------
    StoredData
        Of the registered class, after the migrations that it needs; or `UnknownData` where the
        type, or so new a version of it, is not registered.

    Raises
    ------
    CorruptRecordError
        If the text is not JSON, or not a document of its type.
    MigrationError
        If it is of an old version that can't be brought up to date.
    """
    record_type, fields = _current_form(text)
    if record_type is not None:
        return _validated(record_type, fields, trusted)
    try:
        document = json.loads(text)
        stored = TypeName.parse(document["type"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CorruptRecordError(f"this is not the document of a record: {error}") from error
    record_type = registry.find(stored.name)
    current = record_type.type_name if record_type is not None else None
    if record_type is None or current is None or current.version < stored.version:
        return _unknown(document)
    del document["type"]
    if current.version > stored.version:
        document, trusted = registry.migrate(stored, current, document), False
    return _validated(record_type, document, trusted)


def _current_form(text: str) -> tuple[type[StoredData] | None, str]:
    """Split the type off a document that this propstore wrote, without parsing the rest.

    ``to_json`` writes the type first; then the fields go from their text straight to the record,
    which takes a third of the time. Any other form has no class here and is parsed first.
    """
    match = _DOCUMENT_HEAD.match(text)
    record_type = registry.find(match["name"]) if match is not None else None
    if match is None or record_type is None or record_type.type_name is None:
        return None, text
    if record_type.type_name.version != int(match["version"]):
        return None, text
    return record_type, "{" + text[match.end() :]


def _validated(record_type: type[StoredData], fields: str | Document, trusted: bool) -> StoredData:
    validator = record_type.__pydantic_validator__
    context = TRUSTED if trusted else None
    record: StoredData
    try:
        if isinstance(fields, str):
            record = validator.validate_json(fields, context=context)
        else:
            record = validator.validate_python(fields, context=context)
        return record
    except ValidationError as error:
        cause = clear_error(record_type, error)
    raise CorruptRecordError(f"the document of a {record_type.type_name} is not valid: {cause}")


def _unknown(document: Document) -> UnknownData:
    try:
        return UnknownData(
            document=document,
            tags=document.get("tags", {}),
            provenance=document.get("provenance"),
        )
    except InvalidDataError as error:
        raise CorruptRecordError(
            f"the document of a {document['type']} is not valid: {error}"
        ) from error
