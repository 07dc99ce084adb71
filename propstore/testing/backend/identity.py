"""The part of the suite of storage backends that asks which records are the same one."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from pathlib import Path

import pytest

from propstore.backends import StorageBackend
from propstore.model import PropertyData, StoredFreeEnergyData, StoredSimulationData
from propstore.model import ThermodynamicState as State
from propstore.testing.backend.under_test import BackendUnderTest, retrieved
from propstore.testing.samples import AQUEOUS_ETHANOL, box, box_files, density

__all__ = ["IdentitySuite"]


class IdentitySuite(BackendUnderTest):
    """A hashable record is stored once; of a replaceable one the best stays."""

    def test_the_same_hashable_record_is_stored_once(self, store: StorageBackend) -> None:
        first = store.store_object(density())
        assert store.store_object(density()) == first
        assert len(store) == 1

    def test_the_noise_of_a_unit_conversion_makes_no_second_record(
        self, store: StorageBackend
    ) -> None:
        first = store.store_object(density("298.15 K", value="0.997 g/ml", pressure="1 atm"))
        again = density("25 degC", value="997.0 kg/m**3", pressure="101.325 kPa")
        assert store.store_object(again) == first
        assert len(store) == 1

    def test_records_that_differ_in_value_are_two(self, store: StorageBackend) -> None:
        store.store_object(density(value="997.0 kg/m**3"))
        store.store_object(density(value="997.1 kg/m**3"))
        assert len(store) == 2

    @pytest.mark.parametrize("order", [(2.0, 1.0, 3.0), (1.0, 2.0, 3.0), (3.0, 2.0, 1.0)])
    def test_of_a_replaceable_identity_the_best_record_stays_under_one_key(
        self, store: StorageBackend, tmp_path: Path, order: tuple[float, ...]
    ) -> None:
        files = box_files(tmp_path / "files")
        keys = {store.store_object(box(inefficiency), files) for inefficiency in order}
        assert len(keys) == len(store) == 1
        best = retrieved(store, keys.pop(), StoredSimulationData)
        assert best.statistical_inefficiency == 1.0

    def test_a_tie_keeps_the_record_that_was_stored_first(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files")
        key = store.store_object(box(observables_file_name="first.csv"), files)
        store.store_object(box(observables_file_name="second.csv"), files)
        stored = retrieved(store, key, StoredSimulationData)
        assert stored.observables_file_name == "first.csv"

    def test_every_free_energy_is_kept(self, store: StorageBackend, tmp_path: Path) -> None:
        record = StoredFreeEnergyData(
            **{
                "substance": AQUEOUS_ETHANOL,
                "thermodynamic_state": State("298.15 K", "1 atm"),
                "phase": "liquid",
                "coordinate_file_name": "box.pdb",
                "free_energy_difference": "-20.1 kJ/mol",
            }
        )
        files = box_files(tmp_path / "files")
        first, second = store.store_object(record, files), store.store_object(record, files)
        assert first != second
        assert store.keys(StoredFreeEnergyData) == [first, second]
        assert store.has_object(record) == first

    def test_has_object_gives_the_key_of_a_record_of_the_same_identity(
        self, store: StorageBackend
    ) -> None:
        assert store.has_object(density()) is None
        key = store.store_object(density())
        assert store.has_object(density("25 degC")) == key
        assert store.has_object(density("26 degC")) is None

    def test_a_replaced_record_is_found_by_what_it_is_now(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        files = box_files(tmp_path / "files")
        store.store_object(density())
        key = store.store_object(box(2.0), files)
        store.store_object(box(1.0), files)
        (found,) = store.find(StoredSimulationData)
        assert (found.key, found.record.statistical_inefficiency) == (key, 1.0)
        assert store.keys(PropertyData) == store.keys()[:1]
        assert len(store) == 2
