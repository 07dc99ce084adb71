"""What is stored: the base classes of records, and how a record becomes a document and back.

A record's document is JSON: its ``type``, its fields, and, outside its identity, its ``tags`` and
its ``provenance``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from operator import not_
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationError

from propstore.errors import (
    CorruptRecordError,
    InvalidDataError,
    ObjectTypeError,
    UnknownTypeError,
)
from propstore.model.declaration import OUTSIDE_IDENTITY, check_declaration, check_field_names
from propstore.model.documents import Document, parse_document
from propstore.model.identity import canonical_form, content_digest
from propstore.model.provenance import Provenance
from propstore.model.registry import TypeName, TypeRegistry
from propstore.model.tags import Tags
from propstore.model.validation import TRUSTED, FrozenModel, clear_error, is_none, shown

__all__ = [
    "HashableStoredData",
    "ReplaceableData",
    "StoredData",
    "UnknownData",
    "load_document",
    "registry",
]

registry: TypeRegistry[StoredData] = TypeRegistry()
"""The record types of the running program."""

_BEGINNING = '{"type":"'
"""How `StoredData.to_json` begins a document."""


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

    _content: ClassVar[tuple[str, ...]] = ()  # the fields that have a part in identity

    type_name: ClassVar[TypeName | None] = None
    requires_files: ClassVar[bool] = False
    indexed_fields: ClassVar[tuple[str, ...]] = ()

    tags: Tags = Field(default_factory=dict, exclude_if=not_, repr=False)
    provenance: Provenance | None = Field(default=None, exclude_if=is_none, repr=False)

    def __init_subclass__(cls, *, type_name: str | None = None, **kwargs: Any) -> None:
        # The name is registered below, once pydantic has completed the fields.
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, *, type_name: str | None = None, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        check_declaration(cls)
        check_field_names(cls, "indexed_fields")
        cls._content = tuple(name for name in cls.model_fields if name not in OUTSIDE_IDENTITY)
        cls.type_name = None if type_name is None else TypeName.parse(type_name)
        if cls.type_name is not None:
            registry.register(cls.type_name, cls)

    def identity(self) -> str | None:
        """Give the digest of what makes two records the same one; None if all are kept."""
        return None

    def identity_document(self) -> Document:
        """Give the canonical form of the fields, without tags and provenance."""
        return self._canonical_forms(self._content)

    def _canonical_forms(self, names: tuple[str, ...]) -> Document:
        try:
            return {name: canonical_form(getattr(self, name)) for name in names}
        except InvalidDataError:  # it may be of a type for which pydantic was told how to write it
            return {name: self._canonical_form(name) for name in names}

    def _canonical_form(self, name: str) -> Any:
        try:
            return canonical_form(getattr(self, name))
        except InvalidDataError as error:
            try:
                written = self.model_dump(mode="json", include={name})
            except ValueError:
                raise error from None
        return canonical_form(written[name])

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
        """Write the record's document as JSON, its type first.

        Raises
        ------
        InvalidDataError
            If a field holds what JSON can't.
        """
        try:
            written = self.__pydantic_serializer__.to_json(self, by_alias=False, round_trip=True)
        except ValueError as error:  # pydantic's own, and bytes that are no text
            raise InvalidDataError(f"{shown(self)} can't be written as JSON: {error}.") from error
        fields = written.decode()
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
        if update is not None and not OUTSIDE_IDENTITY.issuperset(update):
            copied.__dict__.pop("_identity", None)  # that of the original
        return copied

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredData):
            return NotImplemented
        same_type = type(self) is type(other) or (self.type_name or 0) == other.type_name
        return same_type and self._content_digest() == other._content_digest()

    def __hash__(self) -> int:
        return hash(self._content_digest())

    def _content_digest(self) -> str:
        return content_digest(self.identity_document())


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
    def __pydantic_init_subclass__(cls, *, type_name: str | None = None, **kwargs: Any) -> None:
        check_field_names(cls, "identity_fields")
        own = cls.__mro__[: cls.__mro__.index(ReplaceableData)]
        decides = any("most_information" in vars(one) for one in own)
        if type_name is not None and not (cls.identity_fields and decides):
            raise TypeError(
                f"{cls.__name__} is replaceable and needs identity_fields and most_information."
            )
        super().__pydantic_init_subclass__(type_name=type_name, **kwargs)

    def identity(self) -> str:
        """Give the digest of the type's name and the identity fields."""
        return self._identity

    @cached_property
    def _identity(self) -> str:
        fields = self._canonical_forms(self.identity_fields)
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
        outside = OUTSIDE_IDENTITY | {"type"}
        return {
            name: canonical_form(entry)
            for name, entry in self.document.items()
            if name not in outside
        }

    def _content_digest(self) -> str:
        return content_digest([self.document["type"], self.identity_document()])

    def to_json(self) -> str:
        """Write the document as it was read, with the tags and the provenance of now."""
        document = {name: self.document[name] for name in self.document}
        document.update(self.model_dump(mode="json", include=set(OUTSIDE_IDENTITY)))
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def load_document(text: str, *, trusted: bool = True) -> StoredData:
    """Read a record from its document.

    Parameters
    ----------
    text
        The document as JSON.
    trusted
        Whether propstore itself wrote it, so that SMILES need not be made canonical again, and
        nothing is looked for that propstore does not write, such as a name that is given twice.

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
    record = _read_current(text) if trusted else None
    if record is not None:
        return record
    document = parse_document(text)
    stored = _stored_type_name(document)
    record_type = registry.find(stored.name)
    current = record_type.type_name if record_type is not None else None
    if record_type is None or current is None or current.version < stored.version:
        return _unknown(document)
    del document["type"]
    if current.version > stored.version:
        document, trusted = registry.migrate(stored, current, document), False
    try:
        return record_type.model_validate(
            document, context=TRUSTED if trusted else None, by_alias=False, by_name=True
        )
    except ValidationError as error:
        cause = clear_error(record_type, error)
    raise CorruptRecordError(f"the document of a {current} is not valid: {cause}")


def _read_current(text: str) -> StoredData | None:
    """Read a document that this propstore wrote, without parsing it first.

    ``to_json`` writes the type first; then the fields go from their text straight to the record,
    which takes a third of the time. Of any other form, and of one that is not valid, there is
    None: it is parsed first, which also tells what is wrong with it.
    """
    if not text.startswith(_BEGINNING):
        return None
    type_name, _, fields = text[len(_BEGINNING) :].partition('","')
    name, _, version = type_name.partition("@v")
    record_type = registry.find(name)
    if record_type is None or record_type.type_name is None:
        return None
    if version != str(record_type.type_name.version):
        return None
    try:
        record: StoredData = record_type.__pydantic_validator__.validate_json(
            '{"' + fields, context=TRUSTED, by_alias=False, by_name=True
        )
    except ValidationError:
        return None
    return record


def _stored_type_name(document: Document) -> TypeName:
    if "type" not in document:
        raise CorruptRecordError("this is not the document of a record: it has no 'type'.")
    try:
        return TypeName.parse(document["type"])
    except UnknownTypeError as error:
        raise CorruptRecordError(f"this is not the document of a record: {error}") from error


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
