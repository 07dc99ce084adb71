"""Bringing records from store to store: keys, files and tags are kept, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import propstore as ps
from propstore.errors import AncillaryDataError, QueryError, StoreReadOnlyError
from propstore.model import registry
from propstore.testing.generator import generated_records
from propstore.testing.samples import AQUEOUS_ETHANOL, ETHANOL, box, box_files, density, tree
from propstore.transfer import Conflict
from tests.backends.three_hooks import DictBackend, JsonFolderBackend
from tests.large_samples import trajectory

KINDS = {
    "memory": lambda path: ps.MemoryStorage(),
    "local": lambda path: ps.LocalFileStorage(path),
    "tinydb": lambda path: ps.TinyDBStorage(path),
    "dictionary": lambda path: DictBackend(path),
    "json-folder": lambda path: JsonFolderBackend(path),
}


class Note(ps.StoredData, type_name="tests.transfer_note@v1"):
    text: str


class Guess(ps.ReplaceableData, type_name="tests.transfer_guess@v1"):
    identity_fields: ClassVar[tuple[str, ...]] = ("about",)

    about: str
    value: float
    samples: int = 1

    @classmethod
    def most_information(cls, stored: Guess, candidate: Guess) -> Guess:
        return candidate if candidate.samples > stored.samples else stored


@pytest.fixture
def source(tmp_path):
    with ps.LocalFileStorage(tmp_path / "source") as opened:
        yield opened


@pytest.fixture
def target(tmp_path):
    with ps.LocalFileStorage(tmp_path / "target") as opened:
        yield opened


@pytest.fixture(params=KINDS)
def any_target(request, tmp_path):
    with KINDS[request.param](tmp_path / "target") as opened:
        yield opened


def contents(store):
    """Give all that a store says of its records: documents, provenance included, and files."""
    return {
        key: (
            record.to_json(),
            None if path is None else {n: b for n, b in tree(Path(path)).items() if b is not None},
        )
        for key, record, path in store.find(ps.StoredData)
    }


def fill(store, tmp_path):
    """Store records of each kind: plain, with files, an archive, large fields, a reference."""
    key = store.store_object(ps.ForceFieldData(force_field_source="<SMIRNOFF/>"))
    store.store_object(density(force_field_id=key), tags={"project": "solvents"})
    store.store_object(box(), box_files(tmp_path / "files"))
    store.store_object(
        box(substance=ETHANOL), box_files(tmp_path / "more", "HETATM"), ancillary="netcdf"
    )
    store.store_object(trajectory(notes="long"))
    store.store_object(Note(text="one"))
    store.store_object(Note(text="one"))


def test_all_records_come_with_keys_files_tags_and_provenance(source, any_target, tmp_path):
    fill(source, tmp_path)
    report = any_target.update(source)
    assert contents(any_target) == contents(source)
    assert report.added == report.total == len(source) == 7
    assert list(any_target.differences(source)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_records_come_from_every_kind_of_store(kind, target, tmp_path):
    with KINDS[kind](tmp_path / "source") as source:
        source.store_object(density())
        source.store_object(box(), box_files(tmp_path / "files"))
        source.store_object(trajectory())
        assert target.update(source).added == 3
        assert contents(target) == contents(source)


def test_large_fields_are_read_in_the_other_store(source, any_target):
    key = source.store_object(trajectory())
    any_target.update(source)
    record, _ = any_target.retrieve_object(key)
    assert np.array_equal(record.positions.value, trajectory().positions.value)


def test_an_archive_comes_bit_for_bit_with_its_arrays_and_units(source, target):
    energies = np.linspace(-42.0, -41.0, 100)
    key = source.store_object(
        density(), arrays={"energies": energies}, units={"energies": "kJ mol-1"}
    )
    target.update(source)
    (_, ours), (_, theirs) = source.retrieve_object(key), target.retrieve_object(key)
    assert theirs.archive.read_bytes() == ours.archive.read_bytes()
    assert theirs.to_xarray()["energies"].attrs["units"] == "kJ mol-1"


def test_what_is_there_is_not_copied_again(source, target, tmp_path):
    fill(source, tmp_path)
    target.update(source)
    before = tree(tmp_path / "target" / "ancillary")
    report = target.update(source)
    assert (report.added, report.present) == (0, 7)
    assert tree(tmp_path / "target" / "ancillary") == before
    assert all(len(target.history(key)) == 1 for key in source.keys())  # noqa: SIM118


def test_a_record_that_has_another_key_there_is_present_under_that_key(source, target):
    mine, theirs = target.store_object(density()), source.store_object(density())
    report = target.update(source)
    assert (report.present, report.renamed) == (1, ((theirs, mine),))
    assert target.keys() == [mine]


def test_a_record_that_names_another_follows_it_to_its_key_there(source, target):
    force_field = ps.ForceFieldData(force_field_source="<SMIRNOFF/>")
    mine, theirs = target.store_object(force_field), source.store_object(force_field)
    key = source.store_object(density(force_field_id=theirs))
    report = target.update(source)
    assert target.retrieve_object(key)[0].force_field_id == mine
    assert (report.added, report.present) == (1, 1)
    again = target.update(source)
    assert (again.added, again.present) == (0, 2)


def test_of_two_replaceable_records_the_one_with_more_information_stays(source, target, tmp_path):
    key = target.store_object(box(4.0), box_files(tmp_path / "worse"))
    source.store_object(box(2.0), box_files(tmp_path / "better", "BETTER"))
    report = target.update(source)
    assert (report.replaced, report.conflicts) == (1, ())
    record, path = target.retrieve_object(key)
    assert record.statistical_inefficiency == 2.0
    assert (Path(path) / "box.pdb").read_text() == "BETTER"
    assert "statistical_inefficiency" in target.history(key)[0].reason


def test_a_replaceable_record_with_less_information_is_left(source, target, tmp_path):
    target.store_object(box(2.0), box_files(tmp_path / "better"))
    source.store_object(box(4.0), box_files(tmp_path / "worse"))
    before = contents(target)
    report = target.update(source)
    assert (report.outdone, report.total) == (1, 1)
    assert contents(target) == before


def test_what_has_as_much_information_and_another_content_is_a_conflict(source, target):
    mine = target.store_object(Guess(about="water", value=1.0))
    theirs = source.store_object(Guess(about="water", value=2.0))
    report = target.update(source)
    assert report.conflicts == (Conflict(theirs, mine, "value 2.0, in the other 1.0"),)
    assert report.total == 1
    assert target.retrieve_object(mine)[0].value == 1.0


def test_one_key_for_two_records_is_a_conflict(source, target):
    source.store_object(Note(text="one"), storage_key="the-note")
    target.store_object(Note(text="two"), storage_key="the-note")
    (conflict,) = target.update(source).conflicts
    assert str(conflict) == "the-note: text 'one', in the other 'two'"
    assert target.retrieve_object("the-note")[0].text == "two"


def test_other_tags_and_other_files_are_conflicts(source, target, tmp_path):
    source.store_object(density(), tags={"project": "a"})
    target.store_object(density(), tags={"project": "b"})
    source.store_object(density("300 K"), box_files(tmp_path / "a", "A"))
    target.store_object(density("300 K"), box_files(tmp_path / "b", "B"))
    reasons = [conflict.reason for conflict in target.update(source).conflicts]
    assert reasons == ["tag project 'a', in the other 'b'", "the file box.pdb"]


def test_files_come_to_a_record_that_has_none_and_are_not_lost_by_one_that_has(
    source, target, tmp_path
):
    source.store_object(density(), box_files(tmp_path / "a"))
    target.store_object(density())
    source.store_object(density("300 K"))
    target.store_object(density("300 K"), box_files(tmp_path / "b"))
    report = target.update(source)
    assert (report.replaced, report.outdone) == (1, 1)
    assert all(path is not None for _, _, path in target.find(ps.StoredData))


def test_a_record_of_a_type_that_is_not_registered_comes_as_it_is(source, target):
    class Passing(ps.HashableStoredData, type_name="tests.transfer_passing@v1"):
        text: str

    key = source.store_object(Passing(text="here"))
    registry.forget(Passing)
    target.update(source)
    assert target.retrieve_object(key)[0] == source.retrieve_object(key)[0]
    assert target.update(source).present == 1


def test_files_that_are_damaged_are_not_copied(source, target, tmp_path):
    source.store_object(density())
    key = source.store_object(box(), box_files(tmp_path / "files"))
    path = Path(source.retrieve_object(key)[1]) / "box.pdb"
    path.write_text("MOTA")
    with pytest.raises(AncillaryDataError, match=f"{key}' .*: they have changed since they were"):
        target.update(source)
    assert key not in target


def test_a_record_whose_files_can_not_be_reached_is_named(source, target, tmp_path):
    source.store_object(density())
    key = source.store_object(box(), box_files(tmp_path / "files"))
    (Path(source.retrieve_object(key)[1]) / "box.pdb").unlink()
    with pytest.raises(AncillaryDataError, match=f"the files of '{key}' can't be copied: "):
        target.update(source)


def test_a_store_that_is_open_for_reading_takes_nothing(source, tmp_path):
    ps.LocalFileStorage(tmp_path / "target").close()
    with ps.open(tmp_path / "target", read_only=True) as target, pytest.raises(StoreReadOnlyError):
        target.update(source)


def test_a_selection_brings_what_it_finds_and_the_records_that_these_name(source, target):
    key = source.store_object(ps.ForceFieldData(force_field_source="<SMIRNOFF/>"))
    source.store_object(ps.ForceFieldData(force_field_source="<OTHER/>"))
    source.store_object(density(substance=ETHANOL, force_field_id=key))
    source.store_object(density(force_field_id=key))
    report = target.update(source.find(ps.PropertyData, ps.contains("CCO")))
    assert report.added == len(target) == 2
    assert [found.record.substance for found in target.find(ps.PropertyData)] == [ETHANOL]
    assert key in target


def test_a_subset_takes_components_in_and_out(source, target):
    for substance in (ETHANOL, AQUEOUS_ETHANOL):
        source.store_object(density(substance=substance))
    source.store_object(density())
    report = source.subset(target, ps.contains("CCO"), ~ps.contains("O"))
    assert report.added == 1
    assert [found.record.substance for found in target.find(ps.PropertyData)] == [ETHANOL]


def test_a_subset_of_a_condition_that_does_not_fit_the_type_is_refused(source, target):
    with pytest.raises(QueryError):
        source.subset(target, ps.contains("CCO"), record_type=ps.ForceFieldData)
    assert len(target) == 0


def test_records_that_name_each_other_in_a_circle_come_once_each(source, target):
    source.store_object(Note(text="second"), storage_key="first")
    source.store_object(Note(text="first"), storage_key="second")
    assert target.update(source).added == 2


@pytest.mark.parametrize("order", [1, -1])
def test_records_that_name_each_other_in_a_chain_come_once_each(source, target, order):
    with source.batch():
        for number in range(1500)[::order]:
            source.store_object(Note(text=f"note-{number + 1}"), storage_key=f"note-{number}")
    report = target.update(source)
    assert (report.added, report.total) == (1500, 1500)
    assert target.update(source).present == 1500


def test_a_reference_follows_to_a_key_that_comes_later_in_the_source(source, target):
    force_field = ps.ForceFieldData(force_field_source="<SMIRNOFF/>")
    mine = target.store_object(force_field)
    key = source.store_object(density(force_field_id="the-force-field"))
    source.store_object(force_field, storage_key="the-force-field")
    report = target.update(source)
    assert target.retrieve_object(key)[0].force_field_id == mine
    assert (report.added, report.present, report.total) == (1, 1, 2)


def test_progress_counts_the_records(source, target):
    with source.batch():
        for record in generated_records(1200):
            source.store_object(record)
    seen = []
    target.update(source, progress=seen.append)
    assert seen == [1000, 1200]


def test_the_source_may_be_written_to_meanwhile(source, target):
    with source.batch():
        for record in generated_records(2000):
            source.store_object(record)
    keys = source.keys()
    stop = threading.Event()

    def write():
        for record in generated_records(100_000, start=2000):
            if stop.is_set():
                return
            source.store_object(record)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        report = target.update(source)
    finally:
        stop.set()
        writer.join()
    assert set(keys) <= set(target.keys())
    target.update(source)
    assert list(target.differences(source)) == []
    assert report.conflicts == ()


def test_a_record_that_is_removed_while_it_is_copied_is_counted_so(source, target, tmp_path):
    keys = [
        source.store_object(box(substance=one), box_files(tmp_path / str(number)))
        for number, one in enumerate((ETHANOL, AQUEOUS_ETHANOL))
    ]
    found = list(source.find(ps.StoredData))
    source.remove_object(keys[0])

    class Late:
        """A store whose search began before the removal."""

        def __getattr__(self, name):
            return getattr(source, name)

        def _searched(self, search):
            return iter(found)

    report = target.update(ps.Selection(Late(), source.find(ps.StoredData)._search))
    assert (report.added, report.removed) == (1, 1)
    assert target.keys() == keys[1:]


COPY = """
import sys, os, signal
import propstore as ps
source, target = ps.open(sys.argv[1]), ps.open(sys.argv[2])
def progress(done):
    if done >= 2000:
        os.kill(os.getpid(), signal.SIGKILL)
target.update(source, progress=progress)
"""


def test_an_update_that_is_killed_goes_on_where_it_was(source, tmp_path):
    with source.batch():
        for record in generated_records(3500):
            source.store_object(record)
    source.store_object(box(), box_files(tmp_path / "files"))
    killed = subprocess.run(
        [sys.executable, "-c", COPY, tmp_path / "source", tmp_path / "target"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    with ps.open(tmp_path / "target") as target:
        assert len(target) == 2000
        report = target.update(source)
        assert (report.present, report.added, report.conflicts) == (2000, 1501, ())
        assert contents(target) == contents(source)
