"""The part of the suite of storage backends that finds records by conditions."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from propstore.backends import StorageBackend
from propstore.model import (
    Component,
    PropertyData,
    PropertyPhase,
    StoredData,
    StoredSimulationData,
    ThermodynamicState,
)
from propstore.query import (
    component_count,
    consists_of,
    contains,
    field,
    mole_fraction,
)
from propstore.query.conditions import Condition
from propstore.testing.backend.filled import PRESSURE, TEMPERATURE, fill, names
from propstore.testing.backend.under_test import BackendUnderTest
from propstore.testing.samples import (
    AQUEOUS_ETHANOL,
    LYSOZYME,
    WATER,
    box,
    box_files,
    density,
)

__all__ = ["ConditionsSuite"]

AT_25_DEGC = {"water 25 degC", "water, no pressure", "ethanol", "mixture"}
ALL = AT_25_DEGC | {"water 290 K", "water 320 K", "gas"}

EXPECTED: list[tuple[Condition, set[str]]] = [
    (field(TEMPERATURE) == "298.15 K", AT_25_DEGC),
    (field(TEMPERATURE) == "25 degC", AT_25_DEGC),
    (field(TEMPERATURE) < "290 K", set()),
    (field(TEMPERATURE) <= "290 K", {"water 290 K"}),
    (field(TEMPERATURE) > "320 K", {"gas"}),
    (field(TEMPERATURE) >= "46.85 degC", {"gas", "water 320 K"}),
    (field(TEMPERATURE).between("300 K", "350 K"), {"water 320 K"}),
    (field(TEMPERATURE).near("300 K", "2 K"), AT_25_DEGC),
    (field(TEMPERATURE).one_of("290 K", "320 K"), {"water 290 K", "water 320 K"}),
    (field(PRESSURE).exists() & ~(field(PRESSURE) == "1 atm"), set()),
    (~field(PRESSURE).exists(), {"water, no pressure"}),
    (field(PRESSURE) != "1 atm", set()),
    (~(field(PRESSURE) == "1 atm"), {"water, no pressure"}),
    (field("phase") == "Liquid + Gas", {"gas"}),
    (field("phase") == PropertyPhase.GAS, set()),
    (field("property_type") == "EnthalpyOfVaporization", {"gas"}),
    (field("value") > "0.99 g/ml", {"water 290 K", "water 25 degC", "water, no pressure"}),
    (field("value") > "10 J/mol", {"gas"}),
    (field("uncertainty").exists(), {"mixture"}),
    (field("uncertainty") <= "0.001 g/ml", {"mixture"}),
    (field("source") == "10.1/a", {"ethanol"}),
    (field("source") != "10.1/a", {"water 320 K"}),
    (field("source").startswith("10.1/"), {"ethanol", "water 320 K"}),
    (field("source").matches(r"/[b-z]$"), {"water 320 K"}),
    (field("source") > "10.1/a", {"water 320 K"}),
    (field("source").one_of("10.1/a", "10.1/b", "other"), {"ethanol", "water 320 K"}),
    (field("tags.name").startswith("water,"), {"water, no pressure"}),
    (field("substance") == AQUEOUS_ETHANOL, {"mixture"}),
    (field("thermodynamic_state") == ThermodynamicState("25 degC"), {"water, no pressure"}),
    (field("provenance.time") > "2020-01-01", ALL),
    (field("provenance.time") < "2020-01-01", set()),
    (contains("OCC"), {"ethanol", "mixture"}),
    (contains("CCO", "ligand"), set()),
    (consists_of("CCO", "O"), {"mixture"}),
    (consists_of("CCO"), {"ethanol"}),
    (mole_fraction("CCO", 0.2, 0.3), {"mixture"}),
    (mole_fraction("O", 0.2, 0.3), set()),
    (component_count(2), {"mixture"}),
    (
        contains("O") & ~contains("CCO") & (field(TEMPERATURE) > "300 K"),
        {"water 320 K", "gas"},
    ),
    (contains("CCO") | (field("phase") == "liquid+gas"), {"ethanol", "mixture", "gas"}),
    (~(contains("O") | field("source").exists()), set()),
]


class ConditionsSuite(BackendUnderTest):
    """A condition finds what fulfils it, and nothing else."""

    @pytest.mark.parametrize(
        ("condition", "expected"),
        EXPECTED,
        ids=lambda value: f"{len(value)} found" if isinstance(value, set) else repr(value),
    )
    def test_a_condition_finds_what_fulfils_it(
        self, store: StorageBackend, condition: Condition, expected: set[str]
    ) -> None:
        fill(store)
        selection = store.find(PropertyData, condition)
        assert set(names(selection)) == expected
        assert selection.count() == len(expected)
        assert len(selection.keys()) == len(expected)

    def test_substances_with_labels_roles_and_exact_amounts_are_found(
        self, store: StorageBackend
    ) -> None:
        key = store.store_object(density(substance=LYSOZYME))
        store.store_object(density())
        for condition in (
            contains(Component(label="lysozyme")),
            contains("c1ccccc1", "ligand"),
            consists_of(Component(label="lysozyme"), "O", "C1=CC=CC=C1"),
            component_count(3, 5),
            field("substance") == LYSOZYME,
        ):
            assert store.find(PropertyData, condition).keys() == [key]
        assert store.find(PropertyData, contains("c1ccccc1", "solvent")).count() == 0

    def test_several_conditions_hold_together(self, store: StorageBackend) -> None:
        fill(store)
        found = store.find(PropertyData, contains("CCO"), field(TEMPERATURE) == "25 degC")
        assert set(names(found)) == {"ethanol", "mixture"}

    def test_without_a_condition_all_of_the_type_are_found(self, store: StorageBackend) -> None:
        records = fill(store)
        assert names(store.find(PropertyData)) == list(records)

    def test_find_without_a_type_of_its_own_searches_all_types(
        self, store: StorageBackend, tmp_path: Path
    ) -> None:
        fill(store)
        store.store_object(box(), box_files(tmp_path / "files"))
        found = store.find(StoredData, field("substance") == WATER)
        assert {type(match.record) for match in found} == {PropertyData, StoredSimulationData}
        assert store.find(StoredData, field("statistical_inefficiency") > 1.5).count() == 1

    def test_no_warning_is_given_where_nothing_is_left_out(self, store: StorageBackend) -> None:
        fill(store)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert store.find(PropertyData).count() == 7
