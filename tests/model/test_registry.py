"""Types are named, not imported: versioned names, classes and migrations."""

from __future__ import annotations

import sys

import pytest

import propstore as ps
from propstore.errors import (
    CorruptRecordError,
    DuplicateTypeError,
    MigrationError,
    UnknownTypeError,
)
from propstore.model import TypeName, load_document, registry


def test_a_type_name_is_a_name_and_a_version():
    assert TypeName.parse("mylab.viscosity@v12") == TypeName("mylab.viscosity", 12)
    assert str(TypeName("mylab.viscosity", 12)) == "mylab.viscosity@v12"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "x@1",
        "x@v0",
        "x@v01",
        "x@v",
        "x y@v1",
        "../x@v1",
        "os:system@v1",
        ".x@v1",
        "é@v1",
        5,
        None,
    ],
)
def test_another_form_is_no_type_name(text):
    with pytest.raises(UnknownTypeError, match="is not the name of a record type, such as 'mylab"):
        TypeName.parse(text)


def test_propstore_registers_its_own_types():
    assert registry.get("propstore.property_data") is ps.PropertyData
    assert registry.get("propstore.property_data@v1") is ps.PropertyData
    assert {
        "propstore.equilibration_data",
        "propstore.force_field_data",
        "propstore.free_energy_data",
        "propstore.property_data",
        "propstore.simulation_data",
    } <= set(registry.names())


def test_a_name_that_is_not_registered_is_an_error_with_the_nearest_right_one():
    with pytest.raises(
        UnknownTypeError, match=r"'propstore\.propertydata'; did you mean 'propstore"
    ):
        registry.get("propstore.propertydata")


def test_one_name_can_not_stand_for_two_classes():
    with pytest.raises(DuplicateTypeError, match=r"'propstore\.property_data' is the name of"):

        class Mine(ps.StoredData, type_name="propstore.property_data@v1"):
            size: float


def test_a_class_that_is_defined_again_takes_its_own_place():
    def define() -> type[ps.HashableStoredData]:
        class Cell(ps.HashableStoredData, type_name="tests.notebook_cell@v1"):
            size: float

        return Cell

    first, second = define(), define()

    assert first is not second
    assert registry.get("tests.notebook_cell") is second
    assert isinstance(load_document(first(size=1.0).to_json()), second)
    assert first(size=1.0) == second(size=1.0)
    assert first(size=1.0).identity() == second(size=1.0).identity()


def define_box(version: int) -> type[ps.HashableStoredData]:
    class Box(ps.HashableStoredData, type_name=f"tests.migrated_box@v{version}"):
        length: ps.Quantity

    return Box


OLD_BOX = '{"type":"tests.migrated_box@v1","nanometres":3.0,"tags":{"a":"b"}}'


@ps.migration("tests.migrated_box@v1")
def name_the_unit(document):
    return {"edge": f"{document.pop('nanometres')} nm", **document}


@ps.migration("tests.migrated_box@v2")
def rename_the_edge(document):
    document["length"] = document.pop("edge")
    return document


def test_an_old_document_is_brought_up_to_date_one_version_after_the_other():
    box = define_box(3)

    record = load_document(OLD_BOX)

    assert record == box(length="3 nm")
    assert record.tags == {"a": "b"}
    assert record.to_json().startswith('{"type":"tests.migrated_box@v3"')


def test_a_missing_migration_is_an_error_that_says_which():
    define_box(4)

    with pytest.raises(MigrationError, match=r"there is no migration from tests\.migrated_box@v3"):
        load_document(OLD_BOX)


def test_a_migration_that_fails_is_an_error_that_says_which():
    define_box(3)

    with pytest.raises(
        MigrationError, match=r"the migration from tests\.migrated_box@v1 failed: Key"
    ):
        load_document('{"type":"tests.migrated_box@v1"}')


def test_a_migration_that_gives_nothing_back_is_an_error_that_says_which():
    @ps.migration("tests.forgetful@v1")
    def forget(document):
        document["size"] = 1.0

    class Forgetful(ps.StoredData, type_name="tests.forgetful@v2"):
        size: float

    with pytest.raises(MigrationError, match=r"the migration from tests\.forgetful@v1 gave None"):
        load_document('{"type":"tests.forgetful@v1"}')


def test_a_migration_that_gives_a_wrong_document_is_an_error():
    define_box(2)

    with pytest.raises(CorruptRecordError, match="Box has 2 faults"):
        load_document(OLD_BOX)


def test_a_migration_of_something_without_a_version_is_refused():
    with pytest.raises(UnknownTypeError, match=r"'tests\.box' is not the name of a record type"):
        ps.migration("tests.box")


@pytest.mark.parametrize("name", ["antigravity.fly@v1", "os.system@v1", "builtins.eval@v1"])
def test_reading_imports_nothing_that_a_document_names(name):
    record = load_document(f'{{"type":"{name}","argument":"print(1)"}}')

    assert type(record) is ps.UnknownData
    assert "antigravity" not in sys.modules
