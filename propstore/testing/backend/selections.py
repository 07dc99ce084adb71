"""The part of the suite of storage backends that orders and limits what is found."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

import pytest

from propstore.backends import StorageBackend
from propstore.errors import MultipleMatchesError, NoMatchError
from propstore.model import PropertyData, ThermodynamicState
from propstore.query import component_count, consists_of, field
from propstore.testing.backend.filled import TEMPERATURE, fill, names
from propstore.testing.backend.under_test import BackendUnderTest
from propstore.testing.samples import density

__all__ = ["SelectionsSuite"]


class SelectionsSuite(BackendUnderTest):
    """A selection is searched when it is asked, in the order and the number that are asked for."""

    def test_nearest_orders_by_the_distance_of_the_state(self, store: StorageBackend) -> None:
        fill(store)
        water = store.find(PropertyData, consists_of("O"))
        order = names(water.nearest(temperature="299 K", pressure="1 atm"))
        assert order == ["water 25 degC", "water 290 K", "water 320 K", "gas", "water, no pressure"]

    def test_order_by_sorts_and_puts_what_is_missing_last(self, store: StorageBackend) -> None:
        fill(store)
        densities = store.find(PropertyData, field("property_type") == "Density")
        ascending = names(densities.order_by("source").order_by(TEMPERATURE))
        assert ascending[:3] == ["ethanol", "water 320 K", "water 290 K"]
        descending = names(densities.order_by("source", descending=True))
        assert descending[:2] == ["water 320 K", "ethanol"]
        assert names(densities.order_by("value", descending=True).limit(1)) == ["water 290 K"]

    def test_order_by_a_field_that_only_python_can_order(self, store: StorageBackend) -> None:
        for temperature in ("300 K", "301 K"):
            store.store_object(density(temperature))
        newest = store.find(PropertyData).order_by("provenance.time", descending=True).first()
        assert newest is not None
        assert newest.record.thermodynamic_state == ThermodynamicState("301 K", "1 atm")

    def test_equal_records_come_in_the_order_of_storing(self, store: StorageBackend) -> None:
        keys = [store.store_object(density("300 K", source=str(i))) for i in range(5)]
        for descending in (False, True):
            found = store.find(PropertyData).order_by(TEMPERATURE, descending=descending)
            assert found.keys() == keys

    def test_limit_first_and_one(self, store: StorageBackend) -> None:
        fill(store)
        everything = store.find(PropertyData)
        assert len(list(everything.limit(3))) == everything.limit(3).count() == 3
        assert everything.limit(3).limit(5).count() == 3
        assert list(everything.limit(0)) == []
        solid = store.find(PropertyData, field("phase") == "solid")
        assert solid.first() is None
        mixture = store.find(PropertyData, component_count(2)).one()
        assert mixture.record.tags["name"] == "mixture"
        with pytest.raises(NoMatchError, match="solid"):
            solid.one()
        with pytest.raises(MultipleMatchesError, match="7 are found"):
            everything.one()

    def test_a_selection_is_lazy_and_searches_each_time(self, store: StorageBackend) -> None:
        selection = store.find(PropertyData)
        assert selection.count() == 0
        key = store.store_object(density())
        assert selection.count() == 1
        assert selection.one() == (key, density(), None)

    def test_a_selection_says_how_it_is_carried_out(self, store: StorageBackend) -> None:
        store.store_object(density())
        explanation = store.find(PropertyData, field("source").matches("x$")).explain()
        assert "Python" in explanation
