"""A full disk and an I/O error at any step: a clear error, and a store that is whole."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import propstore as ps
from propstore.backends.pending_files import LeftoverFilesWarning
from propstore.errors import PropstoreError, StoreError
from propstore.testing import FaultInjector
from propstore.upkeep import Fate, back_up, collect_leftovers, verify_store
from tests.samples import box, box_files, density
from tests.upkeep.operations import NO_TIME, OPERATIONS, contents, make_folder

SAMPLE = int(os.environ.get("PROPSTORE_FAULTS", "60"))

LEFTOVERS_ARE_WARNED_OF = "ignore::propstore.backends.pending_files.LeftoverFilesWarning"

WRITING = ["store", "store_files", "store_archive", "move", "replace", "restore", "remove", "batch"]
OTHERS = ["collect", "collect_past", "backup", "restore_a_backup", "create", "repair"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that each operation gets a copy of."""
    folder = tmp_path_factory.mktemp("base") / "folder"
    make_folder(folder)
    return folder


def state(folder: Path) -> list:
    with ps.open(folder / "store") as store:
        assert list(verify_store(store)) == []
        return contents(store)


def counted(operation: str, base: Path, folder: Path) -> tuple[int, list]:
    """Carry an operation out, and give its number of steps and what it leaves."""
    shutil.copytree(base, folder)
    with FaultInjector.counting(folder) as injector:
        OPERATIONS[operation](folder, lambda _: None)
    return len(injector.steps), state(folder)


def chosen_steps(operations: list[str], base: Path, tmp_path: Path) -> list[tuple[str, int, list]]:
    steps = []
    for operation in operations:
        number, after = counted(operation, base, tmp_path / operation)
        steps += [(operation, step, after) for step in range(1, number + 1)]
    return steps[:: -(-len(steps) // SAMPLE)]


def fail_at(operation: str, step: int, folder: Path) -> PropstoreError | None:
    """Let a step fail; what comes out is one of propstore's errors, or nothing, or a warning."""
    number = (errno.ENOSPC, errno.EIO)[step % 2]
    try:
        with FaultInjector.failing(folder, step, number):
            OPERATIONS[operation](folder, lambda _: None)
    except PropstoreError as error:
        return error
    return None


@pytest.mark.filterwarnings(LEFTOVERS_ARE_WARNED_OF)
def test_an_error_at_any_step_of_writing_leaves_what_was_or_what_was_to_be(base, tmp_path):
    before = state(base)
    for operation, step, after in chosen_steps(WRITING, base, tmp_path):
        folder = tmp_path / f"{operation}-{step}"
        shutil.copytree(base, folder)
        error = fail_at(operation, step, folder)
        assert state(folder) == (after if error is None else before), (operation, step, error)
        if error is not None:
            OPERATIONS[operation](folder, lambda _: None)  # no lock and no half is in the way
            assert state(folder) == after, (operation, step)
        shutil.rmtree(folder)


@pytest.mark.filterwarnings(LEFTOVERS_ARE_WARNED_OF)
def test_an_error_at_any_step_of_upkeep_loses_nothing(base, tmp_path):
    for operation, step, after in chosen_steps(OTHERS, base, tmp_path):
        folder = tmp_path / f"{operation}-{step}"
        shutil.copytree(base, folder)
        fail_at(operation, step, folder)
        if operation != "restore_a_backup" or not (folder / "new").exists():
            OPERATIONS[operation](folder, lambda _: None)
        assert state(folder) == after, (operation, step)
        shutil.rmtree(folder)


def test_a_record_that_is_removed_while_its_files_can_not_be_is_removed_with_a_warning(
    base, tmp_path
):
    folder = tmp_path / "folder"
    shutil.copytree(base, folder)
    with FaultInjector.counting(folder) as injector, ps.open(folder / "store") as store:
        store.remove_object(store.find(ps.StoredSimulationData, ps.consists_of("O")).one().key)
    step = 1 + [step.call for step in injector.steps].index("rmdir")
    shutil.rmtree(folder)
    shutil.copytree(base, folder)
    with ps.open(folder / "store") as store:
        key = store.find(ps.StoredSimulationData, ps.consists_of("O")).one().key
        with (
            FaultInjector.failing(folder, step, errno.EIO),
            pytest.warns(LeftoverFilesWarning, match="propstore gc"),
        ):
            store.remove_object(key)
        assert key not in store
        fates = {one.fate for one in collect_leftovers(store, litter_older_than=NO_TIME)}
        assert fates == {Fate.REMOVED, Fate.SET_ASIDE}


def test_a_batch_that_an_error_has_undone_says_so_to_the_next_of_its_steps(local, tmp_path):
    local.store_object(density("300 K"))
    with pytest.raises(StoreError, match="undone the whole batch"), local.batch():
        local.store_object(density("310 K"))
        local._connections._writing_connection().execute("ROLLBACK")  # as SQLite does by itself
        local.store_object(density("320 K"))
    assert len(local) == 1
    assert local.store_object(density("330 K")) in local


def test_a_step_of_a_batch_that_fails_leaves_nothing_of_itself_in_the_batch(local, tmp_path):
    files = box_files(tmp_path / "files")
    with local.batch():
        kept = local.store_object(box(3.0), files)
        with FaultInjector.counting(tmp_path) as injector:
            local.store_object(box(2.0), files)
        calls = [step.call for step in injector.steps]
        after_placing = 1 + len(calls) - calls[::-1].index("replace")
        with (
            FaultInjector.failing(tmp_path, after_placing, errno.EIO),
            pytest.raises(PropstoreError),
        ):
            local.store_object(box(1.0), files)
        other = local.store_object(density())
    assert local.retrieve_object(kept)[0] == box(2.0)
    assert len(local.history(kept)) == 2
    assert other in local
    assert list(verify_store(local)) == []
    assert set(local.area.locations()) == local._catalog.locations()


@pytest.fixture
def small_disk(tmp_path):
    """Give a file system of 3 MB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"mounting a small file system needs the right to: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path) -> Path:
    """Fill a disk to its last byte."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as stream:
        for size in (4096, 1):
            try:
                while True:
                    stream.write(bytes(size))
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017 - each size ends like that
    return filler


@pytest.mark.parametrize("what", ["records", "directories", "archives"])
def test_a_disk_that_gets_full_ends_in_a_clear_error_and_no_loss(small_disk, tmp_path, what):
    files = box_files(tmp_path / "files", "ATOM" * 20_000)
    keys = []
    with ps.open(small_disk / "store") as store:
        with pytest.raises(PropstoreError) as caught:
            for number in range(100_000):
                if what == "records":
                    with store.batch():
                        keys += [
                            store.store_object(density(f"{300 + number + i / 100} K"))
                            for i in range(100)
                        ]
                else:
                    form = "directory" if what == "directories" else "netcdf"
                    record = box(source_calculation_id=str(number))
                    keys.append(store.store_object(record, files, ancillary=form))
        assert any(word in str(caught.value) for word in ("full", "No space left"))
        assert set(store.keys()) <= set(keys)
        assert list(verify_store(store)) == []
        shutil.rmtree(small_disk / "store" / "staging", ignore_errors=True)
        acknowledged = store.keys()
    with ps.open(small_disk / "store", read_only=True) as store:
        assert store.keys() == acknowledged
        assert list(verify_store(store)) == []


def test_once_there_is_room_again_a_store_on_a_disk_that_was_full_goes_on(small_disk, tmp_path):
    with ps.open(small_disk / "store") as store:
        first = store.store_object(density("300 K"))
        filler = fill(small_disk)
        with pytest.raises(PropstoreError):
            store.store_object(box(), box_files(tmp_path / "files", "ATOM" * 5000))
        assert store.retrieve_object(first)[0] == density("300 K")
        filler.unlink()
        store.store_object(box(), tmp_path / "files")
        assert len(store) == 2
        assert list(verify_store(store)) == []


def test_a_backup_to_a_disk_that_is_full_is_an_error_and_the_one_before_stays(
    small_disk, tmp_path, local
):
    local.store_object(density("300 K"))
    back_up(local, small_disk / "backup")
    local.store_object(box(), box_files(tmp_path / "files", "ATOM" * 10_000))
    fill(small_disk)
    with pytest.raises(PropstoreError, match=r"can't be copied to '.*/small/backup/.*full.*room"):
        back_up(local, small_disk / "backup")
    with ps.open(small_disk / "backup", read_only=True) as backup:
        assert [match.record for match in backup.find(ps.StoredData)] == [density("300 K")]


LIMITED = """
import resource, sys
import propstore as ps
from propstore.errors import PropstoreError
from tests.samples import density

resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
with ps.open(sys.argv[1]) as store:
    try:
        for number in range(100_000):
            store.store_object(density(f"{300 + number / 100} K"))
            print(number, flush=True)
    except PropstoreError as error:
        print(type(error).__name__, error)
"""


def test_files_that_may_not_grow_any_more_end_in_a_clear_error_and_no_loss(tmp_path):
    assert resource.RLIMIT_FSIZE is not None
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "store")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    *acknowledged, error = done.stdout.splitlines()
    assert error.startswith("StoreError '/")
    assert "a quota or a limit" in error
    with warnings.catch_warnings(), ps.open(tmp_path / "store") as store:
        assert len(store) == len(acknowledged) > 10
        assert list(verify_store(store)) == []
