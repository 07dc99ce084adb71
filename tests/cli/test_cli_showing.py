"""``propstore show`` and ``propstore rm``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import propstore as ps
from tests.cli.sample_store import DENSITY, Run, ethanol
from tests.samples import box, box_files

RUN_FILE = ("trajectories/run.dcd", "256", "B")


@pytest.fixture
def key_of_box(store: Path) -> str:
    """Give the key of the only record with files."""
    with ps.open(store, read_only=True) as opened:
        return opened.find(ps.StoredSimulationData).one().key


def test_a_record_is_shown_with_its_fields_and_where_it_is_from(run: Run, store: Path) -> None:
    with ps.open(store) as opened:
        key = opened.find(ps.PropertyData).keys()[0]
        record, _ = opened.retrieve_object(key)
    lines = dict(line.split(maxsplit=1) for line in run("show", key).stdout.splitlines())
    assert lines.pop("tag").split() == ["project", "solvents"]
    assert lines.pop("stored").startswith(f"{record.provenance.time:%Y-%m-%d %H:%M:%S} UTC by ")
    assert lines == {
        "key": key,
        "type": "propstore.property_data@v1",
        "property_type": "Density",
        "substance": "CCO",
        "thermodynamic_state": "288.15 K, 1.0 atm",
        "phase": "liquid",
        "value": DENSITY,
        "source": "lab book 7",
    }


def test_a_record_is_shown_with_the_sizes_of_its_files(
    run: Run, store: Path, key_of_box: str
) -> None:
    *_, files, first, second = run("show", key_of_box).stdout.splitlines()
    assert files.split(maxsplit=1) == [
        "files",
        f"{store}/ancillary/{key_of_box[:2]}/{key_of_box}-0 (2 files, 260 B)",
    ]
    assert (first.split(), second.split()) == (["box.pdb", "4", "B"], [*RUN_FILE])


def test_files_in_an_archive_are_shown_without_unpacking_them(run: Run, folder: Path) -> None:
    with ps.open("archived", ancillary="netcdf") as opened:
        key = opened.store_object(box(), box_files(folder / "files"))
    place = folder / "archived" / "ancillary" / key[:2] / f"{key}-0.nc"
    *_, files, first, second = run("show", key, "-s", "archived").stdout.splitlines()
    assert files.split(maxsplit=1) == ["files", f"{place} (2 files, 260 B)"]
    assert (first.split(), second.split()) == (["box.pdb", "4", "B"], [*RUN_FILE])
    shown = json.loads(run("show", key, "-s", "archived", "--json").stdout)
    assert shown["files"] == str(place)


def test_files_in_another_storage_are_listed_without_fetching_them(run: Run, folder: Path) -> None:
    with ps.open("apart", files=str(folder / "bucket")) as opened:
        key = opened.store_object(box(), box_files(folder / "files"))
    *_, files, first, second = run("show", key, "-s", "apart").stdout.splitlines()
    assert files.split(maxsplit=1) == ["files", "elsewhere (2 files, 260 B)"]
    assert (first.split(), second.split()) == (["box.pdb", "4", "B"], [*RUN_FILE])
    assert json.loads(run("ls", "-s", "apart", "--json").stdout)["files"] is True
    assert f"{folder}/bucket" in run("info", "-s", "apart").stdout


def test_a_long_text_is_cut_and_its_length_told(run: Run, store: Path) -> None:
    with ps.open(store, read_only=True) as opened:
        key = opened.find(ps.ForceFieldData).one().key
    shown = run("show", key).stdout
    assert "… (11,000 characters; --json gives all)" in shown
    assert len(shown) < 1000


def test_json_is_one_line_as_ls_gives_it(run: Run, key_of_box: str) -> None:
    shown = run("show", key_of_box, "--json").stdout
    assert shown == run("ls", "--type", "simulation", "--json").stdout
    assert json.loads(shown)["key"] == key_of_box


def test_the_fields_of_a_type_that_is_not_registered_are_shown(run: Run, store: Path) -> None:
    document = {"type": "mylab.viscosity@v3", "eta": {"value": 1.5, "unit": "mPa*s"}}
    with ps.open(store) as opened:
        key = opened.store_object(ps.UnknownData(document=document))
    shown = run("show", key).stdout
    assert "mylab.viscosity@v3" in shown
    assert 'eta     {"value": 1.5, "unit": "mPa*s"}' in shown


def test_the_beginning_of_a_key_is_enough_if_it_is_of_one_only(run: Run, key_of_box: str) -> None:
    for length in range(1, len(key_of_box)):
        result = run("show", key_of_box[:length])
        if result.exit_code == 0:
            break
        assert f"keys that begin with {key_of_box[:length]!r}" in result.stderr
    assert result.stdout.split()[1] == key_of_box


def test_a_whole_key_is_meant_even_if_another_begins_with_it(run: Run, folder: Path) -> None:
    with ps.open(folder / "propstore-data") as opened:
        for key, temperature in (("run-1", "290 K"), ("run-10", "300 K")):
            opened.store_object(ethanol(temperature), storage_key=key)
    assert "290.0 K" in run("show", "run-1").stdout
    assert run("show", "run-").stderr == (
        "propstore: 2 records have keys that begin with 'run-', such as run-1 and run-10; "
        "give more of the key.\n"
    )


def test_a_key_that_no_record_has_is_an_error_in_a_sentence(run: Run, key_of_box: str) -> None:
    result = run("show", "zz")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "propstore: no record has a key that begins with 'zz'.\n"


def test_records_are_removed_with_their_files(run: Run, store: Path, key_of_box: str) -> None:
    result = run("rm", key_of_box[:12], "--yes")
    assert (result.exit_code, result.stdout) == (0, f"Removed {key_of_box}.\n")
    with ps.open(store, read_only=True) as opened:
        assert len(opened) == 6
    assert not list((store / "ancillary").rglob("box.pdb"))


def test_nothing_is_removed_if_one_of_the_keys_is_not_there(
    run: Run, store: Path, key_of_box: str
) -> None:
    result = run("rm", key_of_box, "zz", "--yes")
    assert (result.exit_code, result.stdout) == (1, "")
    with ps.open(store, read_only=True) as opened:
        assert len(opened) == 7


def test_a_key_that_is_given_twice_is_removed_once(run: Run, store: Path, key_of_box: str) -> None:
    assert run("rm", key_of_box, key_of_box[:12], "-y").stdout == f"Removed {key_of_box}.\n"


def test_nothing_is_removed_where_no_terminal_can_be_asked(
    run: Run, store: Path, key_of_box: str
) -> None:
    result = run("rm", key_of_box)
    assert result.exit_code == 1
    assert result.stderr == (
        "propstore: rm asks before it removes, and no terminal can answer; give --yes.\n"
    )
    with ps.open(store, read_only=True) as opened:
        assert key_of_box in opened
