"""Stores whose own directories are links that lead out: nothing is written or removed there."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path

import pytest

import propstore as ps
from propstore.errors import InvalidLocationError
from propstore.upkeep import collect_leftovers
from tests.samples import box, box_files, density


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
    with ps.open(linked) as store, pytest.raises(InvalidLocationError, match="through a link"):
        list(collect_leftovers(store, litter_older_than=timedelta(0)))
    assert outside(linked) == [".precious.tmp"]


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
