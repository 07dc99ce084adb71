"""What the victims do to a store, and the store that they begin with."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import propstore as ps
from propstore.upkeep import back_up, collect_leftovers, repair_store, restore_backup
from tests.samples import AQUEOUS_ETHANOL, ETHANOL, WATER, box, box_files, density

__all__ = ["OPERATIONS", "contents", "make_folder", "slot_box", "slot_contents"]

Tell = Callable[[str], None]

NO_TIME = timedelta(0)
SLOTS = 4


def make_folder(folder: Path) -> None:
    """Make a store with a bit of everything, files to store, and what killed writers leave."""
    box_files(folder / "files", "FILES")
    box_files(folder / "to-move", "MOVED")
    with ps.open(folder / "store") as store:
        store.store_object(density("300 K"))
        store.store_object(box(3.0), box_files(folder / "first", "FIRST"))
        back_up(store, folder / "backup")
        store.store_object(box(2.0), box_files(folder / "second", "SECOND"))
        archived = box_files(folder / "archived", "ARCHIVED")
        store.store_object(box(5.0, ETHANOL), archived, ancillary="netcdf")
    shutil.copytree(folder / "files", folder / "store" / "staging" / "litter")
    (sidecar,) = (folder / "store" / "ancillary").glob("*/*-1.json")
    for number, moved_in in ((8, False), (9, True)):
        place = sidecar.with_name(sidecar.stem.replace("-1", f"-{number}"))
        box_files(place, "MOVED EARLIER" if moved_in else "COPIED")
        left = {**json.loads(sidecar.read_text()), "moved_in": moved_in, "generation": number}
        place.with_suffix(".json").write_text(json.dumps(left))


def contents(store: ps.StorageBackend) -> list[Any]:
    """Give all that a store holds, without what differs each time: keys and provenance."""
    return sorted(
        [[_described(one.record), one.reason, _tree(one.path)] for one in store.history(match.key)]
        for match in store.find(ps.StoredData)
    )


def _described(record: ps.StoredData) -> str:
    return record.model_copy(update={"provenance": None}).to_json()


def _tree(path: Any) -> dict[str, str]:
    if path is None:
        return {}
    root = Path(path)
    return {str(one.relative_to(root)): one.read_bytes().hex() for one in files_in(root)}


def files_in(root: Path) -> list[Path]:
    """List the files in a directory, however deep."""
    return sorted(path for path in root.rglob("*") if path.is_file())


def the_box(store: ps.StorageBackend) -> str:
    """Give the key of the box that was replaced."""
    return store.find(ps.StoredSimulationData, ps.consists_of("O")).one().key


def create(folder: Path, tell: Tell) -> None:
    """Make a new store."""
    with ps.open(folder / "new") as store:
        store.store_object(density())


def store(folder: Path, tell: Tell) -> None:
    """Store a record without files, of a substance that is new."""
    with ps.open(folder / "store") as opened:
        opened.store_object(density("310 K", AQUEOUS_ETHANOL))


def store_files(folder: Path, tell: Tell) -> None:
    """Store a record with files."""
    with ps.open(folder / "store") as opened:
        opened.store_object(box(substance=AQUEOUS_ETHANOL), folder / "files")


def store_archive(folder: Path, tell: Tell) -> None:
    """Store a record with files in an archive."""
    with ps.open(folder / "store") as opened:
        opened.store_object(box(substance=AQUEOUS_ETHANOL), folder / "files", ancillary="netcdf")


def move(folder: Path, tell: Tell) -> None:
    """Store a record, and move its files into the store."""
    with ps.open(folder / "store") as opened:
        opened.store_object(box(substance=AQUEOUS_ETHANOL), folder / "to-move", move=True)


def replace(folder: Path, tell: Tell) -> None:
    """Store a record in the place of another."""
    with ps.open(folder / "store") as opened:
        opened.store_object(box(1.0), folder / "files")


def restore(folder: Path, tell: Tell) -> None:
    """Undo a replacement."""
    with ps.open(folder / "store") as opened:
        opened.restore(the_box(opened), 0)


def claim(folder: Path, tell: Tell) -> None:
    """Claim a result, compute it, and store it with its files."""
    result = box(substance=AQUEOUS_ETHANOL)
    known = {name: getattr(result, name) for name in result.identity_fields}
    asked = ps.RecordIdentity(type(result), **known)

    def calculate() -> tuple[ps.StoredData, Path]:
        files = folder / "calculation"
        shutil.rmtree(files, ignore_errors=True)
        return result, box_files(files, "FILES")

    with ps.open(folder / "store") as opened:
        opened.compute_once(asked, calculate)


def remove(folder: Path, tell: Tell) -> None:
    """Remove a record, with its past."""
    with ps.open(folder / "store") as opened:
        opened.remove_object(the_box(opened))


def batch(folder: Path, tell: Tell) -> None:
    """Do several things in one transaction."""
    with ps.open(folder / "store") as opened, opened.batch():
        opened.store_object(density("320 K"))
        opened.store_object(box(1.0), folder / "files")
        opened.remove_object(opened.find(ps.StoredSimulationData, ps.consists_of("CCO")).one().key)


def collect(folder: Path, tell: Tell) -> None:
    """Collect what killed writers have left, and no past generations."""
    with ps.open(folder / "store") as opened:
        list(collect_leftovers(opened, litter_older_than=NO_TIME))


def collect_past(folder: Path, tell: Tell) -> None:
    """Collect past generations too."""
    with ps.open(folder / "store") as opened:
        list(collect_leftovers(opened, past_older_than=NO_TIME, litter_older_than=NO_TIME))


def backup(folder: Path, tell: Tell) -> None:
    """Make a backup, the second to its folder."""
    with ps.open(folder / "store") as opened:
        back_up(opened, folder / "backup")


def restore_a_backup(folder: Path, tell: Tell) -> None:
    """Make a store of a backup."""
    restore_backup(folder / "backup", folder / "new")


def repair(folder: Path, tell: Tell) -> None:
    """Repair the store."""
    repair_store(folder / "store")


def slot_box(slot: int, number: int) -> ps.StoredSimulationData:
    """Give the box number so-and-so of a slot: higher numbers have more information."""
    return box(1000.0 - number, WATER, source_calculation_id=f"slot {slot}")


def slot_contents(store: ps.StorageBackend) -> dict[str, int]:
    """Give the number of the box that stands in each slot, by what its files say."""
    found = {}
    for match in store.find(
        ps.StoredSimulationData, ps.field("source_calculation_id").startswith("slot ")
    ):
        number = int((match.path / "box.pdb").read_text())
        assert match.record.statistical_inefficiency == 1000.0 - number
        found[match.record.source_calculation_id.removeprefix("slot ")] = number
    return found


def change_slots(folder: Path, tell: Tell) -> None:
    """Store, replace and remove until the end, and tell each before and after."""
    chance = random.Random()
    with ps.open(folder / "store") as opened:
        standing = slot_contents(opened)
        while True:
            slot = str(chance.randrange(SLOTS))
            number = max(standing.values(), default=0) + 1
            is_removal = slot in standing and chance.random() < 0.3
            tell(f"begin {json.dumps([slot, None if is_removal else number])}")
            if is_removal:
                record = slot_box(int(slot), standing.pop(slot))
                opened.remove_object(opened.has_object(record))
            else:
                source = folder / "sources" / f"{slot}-{number}"
                shutil.rmtree(source, ignore_errors=True)
                box_files(source, str(number))
                record = slot_box(int(slot), number)
                opened.store_object(record, source, move=chance.random() < 0.5)
                standing[slot] = number
            tell("acknowledged")
            (folder / "acknowledged").touch()
            if chance.random() < 0.1:
                list(collect_leftovers(opened, past_older_than=NO_TIME))


OPERATIONS: dict[str, Callable[[Path, Tell], None]] = {
    operation.__name__: operation
    for operation in (
        create,
        store,
        store_files,
        store_archive,
        move,
        replace,
        restore,
        claim,
        remove,
        batch,
        collect,
        collect_past,
        backup,
        restore_a_backup,
        repair,
        change_slots,
    )
}
