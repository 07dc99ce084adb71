"""The part of the suite of storage backends that asks what is noted with a record."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from propstore._version import __version__
from propstore.backends import StorageBackend
from propstore.errors import InvalidTagError
from propstore.model import PropertyData
from propstore.query import field
from propstore.testing.backend.under_test import BackendUnderTest, retrieved
from propstore.testing.samples import density

__all__ = ["DescriptionSuite"]


class DescriptionSuite(BackendUnderTest):
    """Tags and provenance are kept with a record, and have no part in its identity."""

    def test_a_stored_record_tells_when_by_whom_where_and_by_what_it_was_stored(
        self, store: StorageBackend
    ) -> None:
        before = datetime.now(UTC)
        key = store.store_object(density())
        provenance = retrieved(store, key, PropertyData).provenance
        assert provenance is not None
        assert before <= provenance.time <= datetime.now(UTC)
        assert provenance.user
        assert provenance.host
        assert provenance.propstore == __version__

    def test_provenance_is_no_part_of_the_identity(self, store: StorageBackend) -> None:
        record = density()
        key = store.store_object(record)
        stored = retrieved(store, key, PropertyData)
        assert record.provenance is None
        assert stored == record
        assert stored.identity() == record.identity()

    def test_tags_are_given_when_storing_and_can_be_queried(self, store: StorageBackend) -> None:
        store.store_object(density("300 K"), tags={"project": "sage"})
        tags = {"project": "rosemary", "batch": "7"}
        key = store.store_object(density("310 K"), tags=tags)
        found = store.find(PropertyData, field("tags.project") == "rosemary")
        assert found.keys() == [key]
        assert found.one().record.tags == tags
        assert store.find(PropertyData, field("tags.batch").exists()).keys() == [key]

    @pytest.mark.parametrize("tags", [{"project": 7}, {"a b": "x"}, {"": "x"}, {"x": "y" * 257}])
    def test_a_tag_that_is_not_a_small_string_is_refused(
        self, store: StorageBackend, tags: Any
    ) -> None:
        with pytest.raises(InvalidTagError):
            store.store_object(density(), tags=tags)
        assert len(store) == 0

    def test_what_a_user_changes_in_a_retrieved_record_is_not_in_the_store(
        self, store: StorageBackend
    ) -> None:
        key = store.store_object(density(), tags={"project": "sage"})
        for given in (
            retrieved(store, key, PropertyData),
            store.find(PropertyData, field("tags.project") == "sage").one().record,
        ):
            given.tags["project"] = "rosemary"
            assert retrieved(store, key, PropertyData).tags == {"project": "sage"}
            assert store.find(PropertyData, field("tags.project") == "sage").keys() == [key]
