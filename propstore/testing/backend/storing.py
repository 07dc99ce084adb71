"""The part of the suite of storage backends that stores records and retrieves them."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from typing import Any

import pytest

from propstore.backends import StorageBackend
from propstore.errors import ObjectTypeError, StoreClosedError
from propstore.model import (
    ForceFieldData,
    HashableStoredData,
    PropertyData,
    ThermodynamicState,
    UnknownData,
)
from propstore.query import field
from propstore.testing.backend.under_test import BackendUnderTest, retrieved
from propstore.testing.samples import SampleViscosity, density, viscosity

__all__ = ["StoringSuite"]


class StoringSuite(BackendUnderTest):
    """What was stored comes back as it was."""

    def test_a_stored_record_is_retrieved_by_its_key(self, store: StorageBackend) -> None:
        record = density(uncertainty="0.1 kg/m**3", source="10.1021/je050085p")
        key = store.store_object(record)
        stored, path = store.retrieve_object(key, expected_type=PropertyData)
        assert stored == record
        assert stored is not None
        assert stored.uncertainty == record.uncertainty
        assert path is None

    def test_a_quantity_comes_back_in_the_unit_that_it_was_given_in(
        self, store: StorageBackend
    ) -> None:
        key = store.store_object(density("25 degC"))
        state = retrieved(store, key, PropertyData).thermodynamic_state
        assert isinstance(state, ThermodynamicState)
        assert state.temperature.unit == "degC"
        assert state.temperature.value == 25.0

    def test_a_key_that_is_not_there_gives_none_twice(self, store: StorageBackend) -> None:
        assert store.retrieve_object("f" * 32) == (None, None)
        assert "f" * 32 not in store

    def test_a_record_of_another_type_than_expected_is_an_error_that_names_both(
        self, store: StorageBackend
    ) -> None:
        key = store.store_object(density())
        says = r"propstore\.property_data@v1, not a ForceFieldData"
        with pytest.raises(ObjectTypeError, match=says):
            store.retrieve_object(key, expected_type=ForceFieldData)

    def test_an_expected_base_type_is_satisfied_by_its_subclasses(
        self, store: StorageBackend
    ) -> None:
        key = store.store_object(density())
        assert isinstance(retrieved(store, key, HashableStoredData), PropertyData)

    def test_a_users_own_type_is_stored_replaced_and_found_by_its_fields(
        self, store: StorageBackend
    ) -> None:
        key = store.store_object(viscosity(samples=10))
        assert store.store_object(viscosity(samples=20)) == key
        found = store.find(SampleViscosity, field("viscosity") < "1 cP", field("samples") == 20)
        assert found.keys() == [key]
        assert store.find(SampleViscosity, field("temperature") == "298.15 K").one().key == key

    def test_a_record_of_a_type_that_is_not_known_is_listed_and_not_lost(
        self, store: StorageBackend
    ) -> None:
        key = store.store_object(UnknownData(document={"type": "elsewhere.thing@v3", "size": 3}))
        assert retrieved(store, key, UnknownData).document["size"] == 3
        assert store.keys() == [key]
        assert store.keys(PropertyData) == []
        assert store.find(UnknownData).keys() == [key]

    def test_text_of_all_languages_comes_back_as_it_was(self, store: StorageBackend) -> None:
        source = 'Wasser, вода, 水, 💧, "quoted", back\\slash,\nnext line, \u2028.'
        key = store.store_object(density(source=source))
        assert retrieved(store, key, PropertyData).source == source
        assert store.find(PropertyData, field("source") == source).keys() == [key]

    def test_what_is_no_record_is_refused(self, store: StorageBackend) -> None:
        document: Any = {"value": 1}
        with pytest.raises(ObjectTypeError, match="is not a record"):
            store.store_object(document)

    def test_a_class_without_a_type_name_is_refused_with_how_to_give_one(
        self, store: StorageBackend
    ) -> None:
        class Nameless(HashableStoredData):
            value: float

        with pytest.raises(ObjectTypeError, match="type_name="):
            store.store_object(Nameless(value=1.0))
        assert len(store) == 0

    def test_a_store_without_records_is_a_store(self, store: StorageBackend) -> None:
        assert store
        assert len(store) == 0
        assert store.keys() == []

    def test_a_closed_store_says_that_it_is_closed(self, store: StorageBackend) -> None:
        key = store.store_object(density())
        store.close()
        for use in (
            lambda: store.store_object(density("300 K")),
            lambda: store.retrieve_object(key),
            lambda: store.keys(),
            lambda: list(store.find(PropertyData)),
        ):
            with pytest.raises(StoreClosedError, match="open the store again"):
                use()

    def test_a_store_may_be_closed_twice(self, store: StorageBackend) -> None:
        store.close()
        store.close()
