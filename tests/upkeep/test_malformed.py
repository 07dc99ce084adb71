"""Malformed input: never a crash without a clear error, a hang, or a write outside of the root."""

from __future__ import annotations

import copy
import json
import os
import random
import shutil
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import propstore as ps
from propstore.ancillary.sidecar import Sidecar
from propstore.errors import PropstoreError
from propstore.interchange import import_table
from propstore.model import load_document
from propstore.upkeep import back_up, collect_leftovers, repair_store, verify_store
from tests.samples import ETHANOL, box, box_files, density

ROUNDS = int(os.environ.get("PROPSTORE_FUZZ", "40"))

ODD_VALUES = [
    *(None, True, -1, 10**400, 1e308, float("nan"), "", "\0", "x" * 10_000, "\ud800", "../../x"),
    *([], {}, [[[]]], {"": {}}, "/etc/passwd", "ancillary/../../x", "NaN", 0.1, "2024-13-45"),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a closed store with a bit of everything, in a folder where nothing else is."""
    (tmp_path / "beside").mkdir()
    with ps.open(tmp_path / "beside" / "store") as store:
        for number in range(20):
            store.store_object(density(f"{300 + number} K"), tags={"project": "sage"})
        store.store_object(box(2.0), box_files(tmp_path / "old", "OLD"))
        store.store_object(box(1.0), box_files(tmp_path / "new", "NEW"))
        archived = box_files(tmp_path / "archived")
        store.store_object(box(5.0, ETHANOL), archived, ancillary="netcdf")
        store._claims.acquire("0123", 600.0)
    return tmp_path / "beside" / "store"


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    """Damage some bytes, or cut or repeat a part."""
    changed = bytearray(data)
    start = chance.randrange(len(changed))
    length = chance.choice([1, 4, 100, 4096])
    kind = chance.randrange(5)
    if kind == 0:
        changed[start : start + length] = chance.randbytes(length)
    elif kind == 1:
        changed[start : start + length] = bytes(length)
    elif kind == 2:
        del changed[start:]
    elif kind == 3:
        del changed[start : start + length]
    else:
        changed[start:start] = changed[start : start + length]
    return bytes(changed)


def mutated_json(document: Any, chance: random.Random) -> Any:
    """Change, remove or add one thing, anywhere."""
    document = copy.deepcopy(document)
    places = list(containers(document))
    place = chance.choice(places)
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    if not keys or chance.random() < 0.15:
        odd = copy.deepcopy(chance.choice(ODD_VALUES))
        place.append(odd) if isinstance(place, list) else place.update({"odd": odd})
        return document
    key = chance.choice(keys)
    if chance.random() < 0.25:
        del place[key]
    else:
        place[key] = copy.deepcopy(chance.choice(ODD_VALUES))
    return document


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for one in value.values() if isinstance(value, dict) else value:
            yield from containers(one)


def outside(root: Path) -> dict[str, bytes]:
    """Give all that is beside the store."""
    files = (path for path in root.parent.parent.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files if not path.is_relative_to(root)}


def use(root: Path) -> None:
    """Do with a store what can be done, each part of which may end in an error of propstore's."""
    none = timedelta(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with suppress(PropstoreError), ps.open(root) as store:
            list(verify_store(store))
            for key in list(store.keys()):
                with suppress(PropstoreError):
                    _, files = store.retrieve_object(key)
                    files is None or Path(files)
                with suppress(PropstoreError):
                    store.history(key)
                with suppress(PropstoreError):
                    store.restore(key, 0)
            with suppress(PropstoreError):
                list(store.find(ps.PropertyData, ps.contains("O")))
            with suppress(PropstoreError):
                back_up(store, root.parent.parent / "backup")
            with suppress(PropstoreError):
                store.store_object(density("500 K"))
            with suppress(PropstoreError):
                list(collect_leftovers(store, past_older_than=none, litter_older_than=none))
        with suppress(PropstoreError):
            repair_store(root)
            with ps.open(root) as store:
                assert list(verify_store(store)) == []
    shutil.rmtree(root.parent.parent / "backup", ignore_errors=True)


def test_documents_are_read_or_refused():
    chance = random.Random(1)
    documents = [json.loads(one.to_json()) for one in (density(), box())]
    refused = 0
    for _ in range(50 * ROUNDS):
        document = mutated_json(chance.choice(documents), chance)
        text = json.dumps(document)
        if chance.random() < 0.3:
            text = mutated_bytes(text.encode(), chance).decode(errors="replace")
        for trusted in (True, False):
            try:
                assert isinstance(load_document(text, trusted=trusted), ps.StoredData)
            except PropstoreError:
                refused += 1
    assert refused > ROUNDS


def test_what_stands_beside_files_is_read_or_refused(root):
    chance = random.Random(2)
    path = next((root / "ancillary").glob("*/*.json"))
    document = json.loads(path.read_text())
    for _ in range(20 * ROUNDS):
        data = json.dumps(mutated_json(document, chance)).encode(errors="surrogatepass")
        if chance.random() < 0.3:
            data = mutated_bytes(data, chance)
        with suppress(PropstoreError):
            Sidecar.from_bytes(data).to_bytes()


def test_a_store_whose_json_files_are_malformed_is_used_and_repaired(root, tmp_path):
    chance, kept = random.Random(3), outside(root)
    for number in range(ROUNDS // 4):
        folder = tmp_path / f"{number}" / "beside" / "store"
        shutil.copytree(root, folder)
        for path in (folder / "ancillary").glob("*/*.json"):
            document = mutated_json(json.loads(path.read_text()), chance)
            path.write_text(json.dumps(document))
        if chance.random() < 0.5:
            (folder / "catalog.sqlite").unlink()
        use(folder)
        assert outside(folder) == {}
        shutil.rmtree(tmp_path / f"{number}")
    assert outside(root) == kept


def test_a_catalog_with_malformed_bytes_is_used_and_repaired(root, tmp_path):
    chance = random.Random(4)
    whole = (root / "catalog.sqlite").read_bytes()
    for number in range(ROUNDS):
        folder = tmp_path / f"{number}" / "beside" / "store"
        shutil.copytree(root, folder)
        (folder / "catalog.sqlite").write_bytes(mutated_bytes(whole, chance))
        use(folder)
        assert outside(folder) == {}
        shutil.rmtree(tmp_path / f"{number}")


GENERATION = ["key", "files", "document", "generation"]
COLUMNS = {
    "records": [*GENERATION, "identity", "type", "temperature", "indexed"],
    "superseded": [*GENERATION, "time", "reason"],
    "claims": ["name", "owner", "since", "expiry"],
}


def test_a_catalog_with_malformed_values_is_used_and_repaired(root, tmp_path):
    chance = random.Random(5)
    values = [one for one in ODD_VALUES if isinstance(one, str | int | float | None)]
    values = [one for one in values if one not in (10**400, "\ud800")]
    for number in range(ROUNDS // 2):
        folder = tmp_path / f"{number}" / "beside" / "store"
        shutil.copytree(root, folder)
        with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection:
            table = chance.choice(list(COLUMNS))
            column = chance.choice(COLUMNS[table])
            has_files = table != "claims" and chance.random() < 0.7
            where = "files IS NOT NULL" if has_files else "1"
            with suppress(sqlite3.Error), connection:
                connection.execute(
                    f"UPDATE {table} SET {column} = ? WHERE {where}", (chance.choice(values),)
                )
        use(folder)
        assert outside(folder) == {}
        shutil.rmtree(tmp_path / f"{number}")


def test_a_catalog_whose_files_lead_out_of_the_store_removes_and_moves_nothing_there(
    root, tmp_path
):
    for location in ("../precious", "ancillary/../../precious", "/etc", "catalog.sqlite", "."):
        folder = tmp_path / "attacked" / "store"
        shutil.copytree(root, folder)
        (folder.parent / "precious").mkdir()
        (folder.parent / "precious" / "thesis.tex").write_text("x")
        with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection, connection:
            connection.execute("UPDATE records SET files = ? WHERE files IS NOT NULL", (location,))
            connection.execute("UPDATE superseded SET files = ?", (location,))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            with ps.open(folder) as store, suppress(PropstoreError):
                for key in store.keys(ps.StoredSimulationData):
                    store.remove_object(key)
        use(folder)
        assert (folder.parent / "precious" / "thesis.tex").read_text() == "x"
        with ps.open(folder) as store:
            assert len(store) >= 20
        shutil.rmtree(folder.parent)


def test_an_archive_with_malformed_bytes_is_named_and_read_with_an_error_or_rightly(root):
    chance = random.Random(6)
    (path,) = (root / "ancillary").glob("*/*.nc")
    whole = path.read_bytes()
    with ps.open(root) as store:
        key = store.find(ps.StoredSimulationData, ps.consists_of("CCO")).one().key
        for _ in range(ROUNDS):
            path.write_bytes(mutated_bytes(whole, chance))
            if path.read_bytes() == whole:
                continue
            assert any("has changed" in fault.what for fault in verify_store(store))
            with suppress(PropstoreError):
                assert store.retrieve_object(key)[1].read("box.pdb") == b"ATOM"


TABLE = """Id,Temperature (K),Pressure (kPa),Phase,N Components,Component 1,Role 1,\
Mole Fraction 1,Exact Amount 1,Density Value (g / ml),Density Uncertainty (g / ml),Source
a,298.15,101.325,Liquid,1,CCO,Solvent,1.0,,0.785,0.001,10.1000/x
b,308.15,101.325,Liquid,1,CCO,Solvent,1.0,,0.777,0.001,10.1000/x
"""


def test_tables_are_imported_or_refused_row_by_row(tmp_path):
    chance = random.Random(7)
    path = tmp_path / "table.csv"
    with ps.open("memory:") as store:
        path.write_text(TABLE)
        assert import_table(store, path).added == 2
        for _ in range(5 * ROUNDS):
            cells = [line.split(",") for line in TABLE.splitlines()]
            row = chance.choice(cells)
            row[chance.randrange(len(row))] = str(chance.choice(ODD_VALUES[:11]))
            text = "\n".join(",".join(line) for line in cells).encode(errors="surrogatepass")
            path.write_bytes(mutated_bytes(text, chance) if chance.random() < 0.5 else text)
            with suppress(PropstoreError), warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                import_table(store, path)
        assert list(verify_store(store)) == []
