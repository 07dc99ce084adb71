"""The part of the suite of external storages that asks where something can be."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from typing import Any

import pytest

from propstore.errors import (
    ExternalPermissionError,
    InvalidLocationError,
    MissingExternalResourceError,
)
from propstore.external import ExternalStorage
from propstore.testing.external.raw import (
    CONCERNED_WITH_CONTENT,
    HELLO,
    INVALID_LOCATIONS,
    INVALID_PREFIXES,
    OPERATIONS,
    OTHER,
    Operation,
    RawAccess,
    reading,
    writing,
)

__all__ = ["LocationsSuite"]


class LocationsSuite(RawAccess):
    """What is missing, forbidden or nowhere is told apart, in the same way by all."""

    @reading
    def test_what_was_never_stored_is_missing_at_the_call(
        self, storage: ExternalStorage, operation: Operation
    ) -> None:
        with pytest.raises(MissingExternalResourceError, match="never/stored"):
            operation(storage, "never/stored")
        assert not storage.exists("never/stored")

    @reading
    @pytest.mark.parametrize(
        "location", ["data/set", "data/set/sample/part"], ids=["above", "below"]
    )
    def test_what_is_above_or_below_a_resource_is_none(
        self, storage: ExternalStorage, operation: Operation, location: str
    ) -> None:
        self.set_raw(storage, "data/set/sample", HELLO)
        with pytest.raises(MissingExternalResourceError, match=location):
            operation(storage, location)
        assert not storage.exists(location)
        assert self.get_raw(storage, "data/set/sample") == HELLO

    @writing
    def test_nothing_is_stored_at_a_directory(
        self, storage: ExternalStorage, operation: Operation
    ) -> None:
        self.set_raw(storage, "data/set/sample", HELLO)
        with pytest.raises(InvalidLocationError, match="directory"):
            operation(storage, "data")
        assert list(storage) == ["data/set/sample"]

    @writing
    def test_nothing_is_stored_below_a_resource(
        self, storage: ExternalStorage, operation: Operation
    ) -> None:
        self.set_raw(storage, "data/sample", OTHER)
        with pytest.raises(InvalidLocationError, match="resource"):
            operation(storage, "data/sample/deeper/part")
        assert list(storage) == ["data/sample"]

    @pytest.mark.parametrize(
        "operation", CONCERNED_WITH_CONTENT.values(), ids=CONCERNED_WITH_CONTENT
    )
    def test_what_is_forbidden_is_not_missing(
        self, storage: ExternalStorage, operation: Operation
    ) -> None:
        self.set_raw(storage, "data/sample", HELLO)
        with self.denied(storage) as forbidden, pytest.raises(ExternalPermissionError):
            operation(forbidden, "data/sample")
        assert self.get_raw(storage, "data/sample") == HELLO

    def test_forbidden_contents_are_not_none(self, storage: ExternalStorage) -> None:
        self.set_raw(storage, "data/sample", HELLO)
        with self.denied(storage) as forbidden, pytest.raises(ExternalPermissionError):
            list(forbidden)

    @pytest.mark.parametrize("spelling", ["./data/sample", "data//sample", "data/./sample/"])
    def test_spellings_of_a_location_are_one(self, storage: ExternalStorage, spelling: str) -> None:
        storage.store_bytes(spelling, HELLO)
        assert list(storage) == ["data/sample"]
        assert storage.exists(spelling)
        assert storage.get_filename(spelling) == storage.get_filename("data/sample")

    @pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
    @pytest.mark.parametrize("location", INVALID_LOCATIONS.values(), ids=INVALID_LOCATIONS)
    def test_an_invalid_location_is_refused(
        self, storage: ExternalStorage, operation: Operation, location: Any
    ) -> None:
        with pytest.raises(InvalidLocationError):
            operation(storage, location)
        assert list(storage) == []

    @pytest.mark.parametrize("kind", INVALID_PREFIXES)
    def test_an_invalid_prefix_is_refused_at_the_call(
        self, storage: ExternalStorage, kind: str
    ) -> None:
        prefix: Any = INVALID_LOCATIONS[kind]
        with pytest.raises(InvalidLocationError):
            storage.iter_contents(prefix)
