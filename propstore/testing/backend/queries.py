"""The part of the suite of storage backends that finds records by data queries."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from propstore.backends import StorageBackend
from propstore.model import (
    ExactAmount,
    ForceFieldData,
    StoredEquilibrationData,
    StoredFreeEnergyData,
    Substance,
    ThermodynamicState,
)
from propstore.query import (
    EquilibrationDataQuery,
    ForceFieldQuery,
    FreeEnergyDataQuery,
    PropertyDataQuery,
    SimulationDataQuery,
    SubstanceQuery,
)
from propstore.testing.backend.filled import fill
from propstore.testing.backend.under_test import BackendUnderTest
from propstore.testing.samples import (
    AQUEOUS_ETHANOL,
    ETHANOL,
    WATER,
    box,
    box_files,
    density,
)

__all__ = ["QueriesSuite"]

AMBIENT = ThermodynamicState("298.15 K", "1 atm")


class QueriesSuite(BackendUnderTest):
    """A data query finds records of its type, by the values that they have."""

    def test_a_query_gives_the_matches_by_the_values_that_they_have(
        self, store: StorageBackend
    ) -> None:
        wanted = fill(store)["water 25 degC"]
        query = PropertyDataQuery(substance=WATER, thermodynamic_state=AMBIENT)
        ((values, matches),) = store.query(query).items()
        assert values == (WATER, wanted.thermodynamic_state)
        ((key, record, path),) = matches
        assert record == wanted
        assert store.retrieve_object(key)[0] == record
        assert path is None

    def test_a_query_without_attributes_matches_every_record_of_its_type(
        self, store: StorageBackend
    ) -> None:
        records = fill(store)
        ((values, matches),) = store.query(PropertyDataQuery()).items()
        assert values == ()
        assert len(matches) == len(records)

    def test_a_query_by_state_without_pressure_matches_no_record_that_has_one(
        self, store: StorageBackend
    ) -> None:
        fill(store)
        query = PropertyDataQuery(thermodynamic_state=ThermodynamicState("298.15 K"))
        (matches,) = store.query(query).values()
        assert [match.record.tags["name"] for match in matches] == ["water, no pressure"]

    def test_the_tolerance_of_a_state_is_the_callers_to_say(self, store: StorageBackend) -> None:
        store.store_object(density("298.65 K", pressure="101 kPa"))
        assert store.query(PropertyDataQuery(thermodynamic_state=AMBIENT)) == {}
        wide: dict[str, Any] = {"temperature_tolerance": "0.6 K", "pressure_tolerance": 0.01}
        assert len(store.query(PropertyDataQuery(thermodynamic_state=AMBIENT, **wide))) == 1

    @pytest.mark.parametrize("offset", [-0.0009, 0.0009])
    def test_states_match_by_tolerance_and_not_by_bins(
        self, store: StorageBackend, offset: float
    ) -> None:
        store.store_object(density(f"{298.15 + offset} K"))
        assert len(store.query(PropertyDataQuery(thermodynamic_state=AMBIENT))) == 1

    def test_components_only_finds_the_pure_components_of_a_mixture(
        self, store: StorageBackend
    ) -> None:
        fill(store)
        query: dict[str, Any] = {"substance": AQUEOUS_ETHANOL, "phase": "liquid"}
        found = store.query(
            PropertyDataQuery(**query, substance_query=SubstanceQuery(components_only=True))
        )
        assert {values[0] for values in found} == {WATER, ETHANOL}

    def test_components_only_wants_the_same_kind_of_amount_and_equal_exact_amounts(
        self, store: StorageBackend
    ) -> None:
        one = Substance({"CCO": ExactAmount(1)})
        two = Substance({"CCO": ExactAmount(2)})
        for substance in (ETHANOL, one, two):
            store.store_object(density(substance=substance))

        def found(substance: Substance) -> set[Substance]:
            pure = SubstanceQuery(components_only=True)
            query = PropertyDataQuery(substance=substance, substance_query=pure)
            return {values[0] for values in store.query(query)}

        assert found(Substance([("O", 1.0), ("CCO", ExactAmount(2))])) == {two}
        assert found(AQUEOUS_ETHANOL) == {ETHANOL}

    def test_each_record_type_has_its_query(self, store: StorageBackend, tmp_path: Path) -> None:
        files = box_files(tmp_path / "files")
        common: dict[str, Any] = {
            "substance": WATER,
            "thermodynamic_state": AMBIENT,
            "phase": "liquid",
        }
        force_field = store.store_object(ForceFieldData(force_field_source="<SMIRNOFF/>"))
        made = {**common, "coordinate_file_name": "box.pdb", "force_field_id": force_field}
        sampled = {"statistical_inefficiency": 1.0, "number_of_molecules": 10}
        difference = {"free_energy_difference": "-3 kcal/mol"}
        simulation = store.store_object(box(force_field_id=force_field), files)
        equilibration = store.store_object(StoredEquilibrationData(**made, **sampled), files)
        free_energy = store.store_object(StoredFreeEnergyData(**made, **difference), files)
        for query, key in (
            (ForceFieldQuery(force_field_source="<SMIRNOFF/>"), force_field),
            (SimulationDataQuery(**common, number_of_molecules=256), simulation),
            (EquilibrationDataQuery(force_field_id=force_field), equilibration),
            (FreeEnergyDataQuery(**common), free_energy),
        ):
            ((match,),) = store.query(query).values()
            assert match.key == key
        assert store.query(SimulationDataQuery(number_of_molecules=255)) == {}
