"""Records of a collection that refer to one another by their keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

import propstore as ps
from propstore.interchange.archive import (
    Collection,
    Conflict,
    export_collection,
    find_collection,
    import_collection,
)
from tests.samples import density


class Step(ps.HashableStoredData, type_name="tests.test_collection_references_step@v1"):
    """A record that names others by their keys."""

    name: str
    needs: list[str] = Field(default_factory=list)


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A collection of three records, each of which refers to the next."""
    with ps.open(tmp_path / "chain") as store:
        store.store_object(Step(name="first", needs=["second"]), storage_key="first")
        store.store_object(Step(name="second", needs=["third"]), storage_key="second")
        store.store_object(Step(name="third"), storage_key="third")
        collection = Collection(name="chain", keys=("first", "second", "third"))
        return export_collection(store, collection, tmp_path / "published")


def test_references_follow_whatever_the_order_in_the_collection(chain: Path) -> None:
    with ps.open("memory:") as target:
        target.store_object(Step(name="third"), storage_key="here")
        assert import_collection(target, chain).keys["third"] == "here"
        second, _ = target.retrieve_object("second", Step)
        assert second == Step(name="second", needs=["here"])
        assert find_collection(target, "chain").keys == ("first", "second", "here")


def test_what_refers_to_a_conflict_is_one(chain: Path) -> None:
    with ps.open("memory:") as target:
        target.store_object(density(), storage_key="third")
        assert import_collection(target, chain).conflicts == (
            Conflict("third", "third", "it is the key of another record here"),
            Conflict("second", "third", "it refers to third, which is another here"),
            Conflict("first", "third", "it refers to second, which is another here"),
        )
        assert len(target) == 1


def test_records_that_refer_to_one_another_are_imported(tmp_path: Path) -> None:
    with ps.open("memory:") as store, ps.open("memory:") as target:
        store.store_object(Step(name="a", needs=["k2"]), storage_key="k1")
        store.store_object(Step(name="b", needs=["k1"]), storage_key="k2")
        folder = export_collection(store, Collection(name="c", keys=("k1", "k2")), tmp_path / "c")
        assert import_collection(target, folder).added == 2


def test_a_tag_that_is_the_key_of_another_stays(tmp_path: Path) -> None:
    with ps.open(tmp_path / "a") as store, ps.open("memory:") as target:
        store.store_object(density(), storage_key="water")
        store.store_object(density("310 K"), storage_key="k2", tags={"project": "water"})
        folder = export_collection(
            store, Collection(name="c", keys=("water", "k2")), tmp_path / "c"
        )
        target.store_object(density(), storage_key="here")
        assert import_collection(target, folder).keys == {"water": "here", "k2": "k2"}
        assert target.retrieve_object("k2")[0].tags == {"project": "water"}  # type: ignore[union-attr]
