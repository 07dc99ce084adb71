"""Stores whose own directories are links that lead out: nothing is written or removed there."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

import propstore as ps
from propstore.errors import InvalidLocationError
from propstore.upkeep import Fate, Leftover, collect_leftovers
from tests.samples import box, box_files, density
from tests.upkeep.operations import NO_TIME


@pytest.fixture(params=["staging", ".propstore-tmp"])
def linked(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give a store, one directory of which is a link to a directory with files of others."""
    outside, directory = tmp_path / "outside", tmp_path / "store" / request.param
    outside.mkdir()
    (outside / ".precious.tmp").write_text("of another program")
    with ps.open(tmp_path / "store") as store:
        store.store_object(box(), box_files(tmp_path / "files"), storage_key="box")
    shutil.rmtree(directory)
    directory.symlink_to(outside)
    return tmp_path / "store"


def outside(store: Path) -> list[str]:
    return [path.name for path in (store.parent / "outside").iterdir()]


def test_what_is_outside_is_not_collected(linked):
    while (linked.parent / "outside" / ".precious.tmp").stat().st_ctime >= time.time():
        time.sleep(0.001)
    with ps.open(linked) as store:
        (left,) = collect_leftovers(store, litter_older_than=NO_TIME)
    assert (left.what, left.fate, left.is_stuck) == ("unfinished writing in", Fate.OUTSIDE, True)
    assert outside(linked) == [".precious.tmp"]


def test_what_is_inside_is_collected_beside_what_is_outside(linked):
    is_staging = (linked / "staging").is_symlink()
    half = linked / (".propstore-tmp/.half.tmp" if is_staging else "staging/half")
    half.parent.mkdir(exist_ok=True)
    half.write_text("half")
    with ps.open(linked) as store:
        fates = {one.name: one.fate for one in collect_leftovers(store, litter_older_than=NO_TIME)}
    assert fates.pop(f"{half.parent.name}/{half.name}") is Fate.REMOVED
    assert set(fates.values()) == {Fate.OUTSIDE}
    assert not half.exists()


@pytest.fixture
def moved_out(tmp_path: Path) -> Path:
    """Give a store with a past generation, whose files are behind a link that leads out."""
    with ps.open(tmp_path / "store") as store:
        store.store_object(box(2.0), box_files(tmp_path / "old"), storage_key="box")
        store.store_object(box(1.0), box_files(tmp_path / "new"), storage_key="box")
        directory = Path(store.retrieve_object("box")[1]).parent
    shutil.move(directory, tmp_path / "outside")
    directory.symlink_to(tmp_path / "outside")
    return tmp_path / "store"


def test_a_past_generation_outside_is_told_and_stays(moved_out):
    before = sorted(outside(moved_out))
    with ps.open(moved_out) as store:
        (left,) = collect_leftovers(store, past_older_than=NO_TIME)
        assert left == Leftover("past generation", "0 of box", 0, Fate.OUTSIDE)
        assert [row.generation for row in store._superseded.of_key("box")] == [0]
    assert sorted(outside(moved_out)) == before


def test_files_outside_that_no_record_names_are_told_and_stay(moved_out):
    (moved_out.parent / "outside" / "other-0").mkdir()
    before = sorted(outside(moved_out))
    with ps.open(moved_out) as store:
        (left,) = collect_leftovers(store)
    assert (left.what, left.fate) == ("files without a record in", Fate.OUTSIDE)
    assert sorted(outside(moved_out)) == before


def test_no_files_are_staged_outside(linked):
    with ps.open(linked) as store:
        _, files = store.retrieve_object("box")
        other = box(number_of_molecules=7)
        with pytest.raises(InvalidLocationError, match="through a link"):
            store.store_object(other, files)
        assert len(store) == 1
    assert outside(linked) == [".precious.tmp"]


def test_no_catalog_in_json_is_written_outside(tmp_path):
    with ps.TinyDBStorage(tmp_path / "store") as store:
        store.store_object(density("300 K"))
        shutil.rmtree(tmp_path / "store" / "staging")
        (tmp_path / "outside").mkdir()
        (tmp_path / "store" / "staging").symlink_to(tmp_path / "outside")
        with pytest.raises(InvalidLocationError, match="through a link"):
            store.store_object(density("310 K"))
        assert len(store) == 1
    assert outside(tmp_path / "store") == []
