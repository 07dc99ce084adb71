"""Windows of temperatures, of which no index knows without the property type."""

from __future__ import annotations

from pathlib import Path

import pytest

import propstore as ps
from propstore.testing.samples import WATER, density

TEMPERATURE = ps.field("thermodynamic_state.temperature")
PRESSURE = ps.field("thermodynamic_state.pressure")
TYPES = ["Density", "EnthalpyOfMixing", "", "a property of one's own", "Ω"]
KELVINS = [280.0, 290.0, 300.0, 310.0]


class Melting(ps.HashableStoredData, type_name="tests.test_temperature_windows_melting@v1"):
    """It has a state and no property type."""

    thermodynamic_state: ps.ThermodynamicState
    substance: ps.Substance


class Titled(ps.HashableStoredData, type_name="tests.test_temperature_windows_titled@v1"):
    """Its property type is left out or empty as often as not."""

    thermodynamic_state: ps.ThermodynamicState
    property_type: str | None = None


def fill(store: ps.StorageBackend) -> None:
    for kelvin in KELVINS:
        state = ps.ThermodynamicState((kelvin, "K"), "1 atm")
        store.store_object(Melting(thermodynamic_state=state, substance=WATER))
        store.store_object(Titled(thermodynamic_state=state))
        for property_type in TYPES:
            store.store_object(Titled(thermodynamic_state=state, property_type=property_type))
        store.store_object(density(f"{kelvin} K"))


@pytest.mark.parametrize(
    ("record_type", "at_each"), [(Melting, 1), (Titled, 6), (ps.PropertyData, 1)]
)
def test_a_window_has_the_records_of_every_property_type_and_of_none(store, record_type, at_each):
    fill(store)
    within = store.find(record_type, TEMPERATURE.between("285 K", "305 K"))
    assert within.count() == 2 * at_each
    keys = store.keys(record_type)
    assert within.keys() == keys[at_each : 3 * at_each]
    assert within.limit(1).keys() == keys[at_each : at_each + 1]


def test_a_window_over_all_types_has_them_all(store):
    fill(store)
    everything = store.find(ps.StoredData, TEMPERATURE >= "305 K")
    assert everything.count() == 8
    assert everything.keys() == store.keys()[24:]


def test_a_window_goes_with_what_else_is_asked_for(store):
    fill(store)
    warm, cool = TEMPERATURE > "280 K", TEMPERATURE < "310 K"
    assert store.find(Titled, warm, cool).count() == 12
    assert store.find(Titled, warm, cool, PRESSURE < "1 kPa").count() == 0
    assert store.find(Titled, warm, cool, ~PRESSURE.exists()).count() == 0
    assert store.find(Titled, warm, cool, ps.field("property_type") == "Ω").count() == 2
    assert store.find(Melting, warm, ps.contains("O")).count() == 3
    assert store.find(Titled, warm, cool, ps.field("tags.a").one_of("x")).count() == 0


def test_a_query_for_a_state_alone_has_the_records_of_every_property_type(store):
    one = density()
    store.store_object(one)
    store.store_object(one.model_copy(update={"property_type": "a density of one's own"}))
    state = one.thermodynamic_state
    (found,) = store.query(ps.PropertyDataQuery(thermodynamic_state=state)).values()
    assert len(found) == 2
    elsewhere = ps.ThermodynamicState("1 K", state.pressure)
    assert not store.query(ps.PropertyDataQuery(thermodynamic_state=elsewhere))


def test_no_more_of_the_index_is_read_than_the_window(tmp_path: Path) -> None:
    with ps.open(tmp_path / "store") as store:
        fill(store)
        plan = store.find(Titled, TEMPERATURE.between("285 K", "305 K")).explain()
    searched = "records_by_state (type=? AND property_type=? AND temperature>? AND temperature<?)"
    assert searched in plan
    assert "(type=?)" not in plan
    assert "reads all" not in plan
