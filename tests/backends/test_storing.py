"""Storing records and getting them back, on every backend."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Self

import pytest

import propstore as ps
from propstore.errors import (
    InvalidDataError,
    InvalidTagError,
    ObjectNotFoundError,
    ObjectTypeError,
    StoreClosedError,
    UnsupportedOperationError,
)
from tests.samples import AQUEOUS_ETHANOL, WATER, box, box_files, density


class Viscosity(ps.ReplaceableData, type_name="tests.stored_viscosity@v1"):
    identity_fields: ClassVar[tuple[str, ...]] = ("substance", "temperature")
    indexed_fields: ClassVar[tuple[str, ...]] = ("viscosity", "samples")

    substance: ps.Substance
    temperature: ps.Temperature
    viscosity: Annotated[ps.Quantity, ps.Dimension("viscosity", "Pa*s", minimum=0.0)]
    samples: int

    @classmethod
    def most_information(cls, stored: Self, candidate: Self) -> Self:
        return candidate if candidate.samples > stored.samples else stored


def viscosity(samples: int = 10, temperature: str = "25 degC") -> Viscosity:
    return Viscosity(
        substance=WATER, temperature=temperature, viscosity="0.89 mPa*s", samples=samples
    )


def test_a_stored_record_is_retrieved_by_its_key(store):
    record = density(uncertainty="0.1 kg/m**3", source="10.1021/je050085p")
    key = store.store_object(record)
    retrieved, path = store.retrieve_object(key, expected_type=ps.PropertyData)
    assert retrieved == record
    assert retrieved.uncertainty == record.uncertainty
    assert path is None


def test_a_quantity_comes_back_in_the_unit_that_it_was_given_in(store):
    key = store.store_object(density("25 degC"))
    record, _ = store.retrieve_object(key, expected_type=ps.PropertyData)
    assert record.thermodynamic_state.temperature.unit == "degC"
    assert record.thermodynamic_state.temperature.value == 25.0


def test_a_key_that_is_not_there_gives_none_twice(store):
    assert store.retrieve_object("f" * 32) == (None, None)
    assert "f" * 32 not in store


def test_a_record_of_another_type_than_expected_is_an_error_that_names_both(store):
    key = store.store_object(density())
    with pytest.raises(ObjectTypeError, match=r"propstore\.property_data@v1, not a ForceFieldData"):
        store.retrieve_object(key, expected_type=ps.ForceFieldData)


def test_an_expected_base_type_is_satisfied_by_its_subclasses(store):
    key = store.store_object(density())
    record, _ = store.retrieve_object(key, expected_type=ps.HashableStoredData)
    assert isinstance(record, ps.PropertyData)


def test_the_same_hashable_record_is_stored_once(store):
    first = store.store_object(density())
    assert store.store_object(density()) == first
    assert len(store) == 1


def test_the_noise_of_a_unit_conversion_makes_no_second_record(store):
    first = store.store_object(density("298.15 K", value="0.997 g/ml", pressure="1 atm"))
    again = store.store_object(density("25 degC", value="997.0 kg/m**3", pressure="101.325 kPa"))
    assert again == first
    assert len(store) == 1


def test_records_that_differ_in_value_are_two(store):
    store.store_object(density(value="997.0 kg/m**3"))
    store.store_object(density(value="997.1 kg/m**3"))
    assert len(store) == 2


@pytest.mark.parametrize("order", [(2.0, 1.0, 3.0), (1.0, 2.0, 3.0), (3.0, 2.0, 1.0)])
def test_of_a_replaceable_identity_the_best_record_stays_under_one_key(store, tmp_path, order):
    files = box_files(tmp_path / "files")
    keys = {store.store_object(box(inefficiency), files) for inefficiency in order}
    assert len(keys) == len(store) == 1
    record, _ = store.retrieve_object(keys.pop(), expected_type=ps.StoredSimulationData)
    assert record.statistical_inefficiency == 1.0


def test_a_tie_keeps_the_record_that_was_stored_first(store, tmp_path):
    files = box_files(tmp_path / "files")
    key = store.store_object(box(observables_file_name="first.csv"), files)
    store.store_object(box(observables_file_name="second.csv"), files)
    assert store.retrieve_object(key)[0].observables_file_name == "first.csv"


def test_every_free_energy_is_kept(store, tmp_path):
    record = ps.StoredFreeEnergyData(
        substance=AQUEOUS_ETHANOL,
        thermodynamic_state=ps.ThermodynamicState("298.15 K", "1 atm"),
        phase="liquid",
        coordinate_file_name="box.pdb",
        free_energy_difference="-20.1 kJ/mol",
    )
    files = box_files(tmp_path / "files")
    first, second = store.store_object(record, files), store.store_object(record, files)
    assert first != second
    assert store.keys(ps.StoredFreeEnergyData) == [first, second]
    assert store.has_object(record) == first


def test_a_users_own_type_is_stored_replaced_and_found_by_its_fields(store):
    key = store.store_object(viscosity(samples=10))
    assert store.store_object(viscosity(samples=20)) == key
    found = store.find(Viscosity, ps.field("viscosity") < "1 cP", ps.field("samples") == 20)
    assert found.keys() == [key]
    assert store.find(Viscosity, ps.field("temperature") == "298.15 K").one().key == key


def test_has_object_gives_the_key_of_a_record_of_the_same_identity(store):
    assert store.has_object(density()) is None
    key = store.store_object(density())
    assert store.has_object(density("25 degC")) == key


def test_a_stored_record_tells_when_by_whom_where_and_by_what_it_was_stored(store):
    before = datetime.now(UTC)
    key = store.store_object(density())
    provenance = store.retrieve_object(key)[0].provenance
    assert before <= provenance.time <= datetime.now(UTC)
    assert provenance.user
    assert provenance.host
    assert provenance.propstore == ps.__version__


def test_provenance_is_no_part_of_the_identity(store):
    record = density()
    store.store_object(record)
    retrieved, _ = store.retrieve_object(store.keys()[0])
    assert record.provenance is None
    assert retrieved == record
    assert retrieved.identity() == record.identity()


def test_tags_are_given_when_storing_and_can_be_queried(store):
    store.store_object(density("300 K"), tags={"project": "sage"})
    key = store.store_object(density("310 K"), tags={"project": "rosemary", "batch": "7"})
    found = store.find(ps.PropertyData, ps.field("tags.project") == "rosemary")
    assert found.keys() == [key]
    assert found.one().record.tags == {"project": "rosemary", "batch": "7"}
    assert store.find(ps.PropertyData, ps.field("tags.batch").exists()).keys() == [key]


@pytest.mark.parametrize("tags", [{"project": 7}, {"a b": "x"}, {"": "x"}, {"x": "y" * 257}])
def test_a_tag_that_is_not_a_small_string_is_refused(store, tags):
    with pytest.raises(InvalidTagError):
        store.store_object(density(), tags=tags)
    assert len(store) == 0


def test_what_is_no_record_is_refused(store):
    with pytest.raises(ObjectTypeError, match="is not a record"):
        store.store_object({"value": 1})


def test_a_class_without_a_type_name_is_refused_with_how_to_give_one(store):
    class Nameless(ps.HashableStoredData):
        value: float

    with pytest.raises(ObjectTypeError, match="type_name="):
        store.store_object(Nameless(value=1.0))


def test_a_key_may_be_chosen_and_is_used_once(store):
    assert store.store_object(density("300 K"), storage_key="a" * 32) == "a" * 32
    with pytest.raises(InvalidDataError, match="another record"):
        store.store_object(density("310 K"), storage_key="a" * 32)


@pytest.mark.parametrize(
    "key", ["../escape", "a/b", "A" * 32, "", "a", "x" * 65, "propstore-keys-0"]
)
def test_a_malformed_key_is_refused(store, key):
    with pytest.raises(InvalidDataError, match="is not a key"):
        store.store_object(density(), storage_key=key)
    assert len(store) == 0


def test_keys_are_listed_by_type_in_the_order_of_storing(store, tmp_path):
    first = store.store_object(density("300 K"))
    files = store.store_object(box(), box_files(tmp_path / "files"))
    second = store.store_object(density("310 K"))
    assert store.keys() == [first, files, second]
    assert store.keys(ps.PropertyData) == [first, second]
    assert store.keys(ps.ReplaceableData) == [files]


def test_a_removed_record_is_gone(store):
    key = store.store_object(density())
    try:
        store.remove_object(key)
    except UnsupportedOperationError as error:
        assert "DictBackend can't remove" in str(error)  # noqa: PT017
        assert key in store
        return
    assert key not in store
    assert len(store) == 0
    assert store.retrieve_object(key) == (None, None)
    assert store.find(ps.PropertyData).keys() == []
    assert store.store_object(density()) != key


def test_removing_what_is_not_there_is_an_error(store):
    with pytest.raises(ObjectNotFoundError, match="f{32}"):
        store.remove_object("f" * 32)


def test_a_record_of_a_type_that_is_not_known_is_listed_and_not_lost(store):
    unknown = ps.UnknownData(document={"type": "elsewhere.thing@v3", "size": 3})
    key = store.store_object(unknown)
    record, _ = store.retrieve_object(key)
    assert isinstance(record, ps.UnknownData)
    assert record.document["size"] == 3
    assert store.keys() == [key]
    assert store.keys(ps.PropertyData) == []
    assert store.find(ps.UnknownData).keys() == [key]


def test_a_closed_store_says_that_it_is_closed(store):
    key = store.store_object(density())
    store.close()
    for use in (
        lambda: store.store_object(density("300 K")),
        lambda: store.retrieve_object(key),
        lambda: store.keys(),
        lambda: list(store.find(ps.PropertyData)),
    ):
        with pytest.raises(StoreClosedError, match="open the store again"):
            use()


def test_more_records_than_fit_one_page_of_an_index_are_all_found(store):
    keys = [store.store_object(density(f"{200 + i / 10} K")) for i in range(300)]
    assert store.keys() == keys
    assert len(store) == 300
    assert store.has_object(density("229.9 K")) == keys[299]
