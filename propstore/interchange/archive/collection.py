"""The record of a collection: a named set of keys, with metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, JsonValue, field_validator

from propstore.errors import NoMatchError
from propstore.model.stored_data import ReplaceableData

if TYPE_CHECKING:
    from propstore.backends.base import StorageBackend

__all__ = ["Collection", "find_collection"]


class Collection(ReplaceableData, type_name="propstore.collection@v1"):
    """A named set of records, which are anywhere in a store: the data of a paper, say.

    It is a record like any other. A store has one of a name; one that is stored again takes its
    place.

    Attributes
    ----------
    name
        What it is called.
    keys
        The keys of its records, in the order in which they were given, each once.
    metadata
        What there is to say of it, as far as JSON can: authors, a license, a DOI.
    """

    identity_fields: ClassVar[tuple[str, ...]] = ("name",)

    name: Annotated[str, Field(min_length=1)]
    keys: tuple[str, ...] = ()
    metadata: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("keys")
    @classmethod
    def _each_once(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(keys))

    @classmethod
    def most_information(cls, stored: Self, candidate: Self) -> Self:
        """Prefer what is stored later."""
        return stored if stored == candidate else candidate


def find_collection(store: StorageBackend, name: str) -> Collection:
    """Give the collection of a name.

    Raises
    ------
    NoMatchError
        If the store has none; the message lists those that it has.
    """
    key = store.has_object(Collection(name=name))
    collection = None if key is None else store.retrieve_object(key, Collection)[0]
    if collection is None:
        known = sorted(found.record.name for found in store.find(Collection))
        raise NoMatchError(
            f"there is no collection {name!r}; there are {', '.join(map(repr, known)) or 'none'}"
        )
    return collection
