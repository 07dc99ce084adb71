"""One program, unchanged but for the place of its store, gives the same on every backend."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import propstore as ps
from propstore.query import component_count, contains, field, mole_fraction
from propstore.testing.samples import AQUEOUS_ETHANOL, ETHANOL, WATER, box, box_files, density

TEMPERATURE = "thermodynamic_state.temperature"
PRESSURE = "thermodynamic_state.pressure"


def program(place: str, files: str | None, directory: Path) -> Iterator[object]:
    """Store, replace, find, order, group, count, compute and remove, and give what is seen."""
    chance = random.Random(5)
    with ps.open(place, files=files) as store:
        names: dict[str, str] = {}
        with store.batch():
            for i, substance in enumerate((WATER, ETHANOL, AQUEOUS_ETHANOL) * 10):
                record = density(
                    f"{chance.randrange(280, 340)}.{i} K",
                    substance,
                    f"{chance.uniform(780, 1000):.2f} kg/m**3",
                    chance.choice(["1 atm", "2 bar", None]),
                    source=chance.choice(["10.1/a", "10.1/Ä", "10.1/B", None]),
                )
                names[store.store_object(record, tags={"run": str(i % 4)})] = f"density {i}"
        for value in (4.0, 1.0, 2.0):
            given = box_files(directory / f"{value}", f"ATOM {value}")
            names[store.store_object(box(value), given)] = "box"
        _, path = store.retrieve_object(store.keys(ps.StoredSimulationData)[0])
        yield len(store), (Path(path) / "box.pdb").read_text()
        everything = store.find(ps.PropertyData)
        for condition in (
            contains("CCO") & (field(TEMPERATURE) > "300 K"),
            ~field(PRESSURE).exists() | (field("tags.run") == "2"),
            mole_fraction("CCO", 0.05, 0.3) & component_count(2),
            field("source").startswith("10.1/") & ~(field("source") == "10.1/a"),
            field("source") > "10.1/B",
            field("source").matches("[aB]$"),
            (field("value") > "0.9 g/ml") & (field(PRESSURE) <= "1.5 bar"),
        ):
            found = store.find(ps.PropertyData, condition)
            keys = found.keys()
            yield [names[key] for key in keys], found.count()
        for selection in (
            everything.order_by("source", descending=True).order_by(TEMPERATURE),
            everything.nearest(temperature="310 K", pressure="1.7 bar").limit(7),
            everything.order_by("value").limit(3),
        ):
            keys = selection.keys()
            yield [names[key] for key in keys]
        groups = store.query(ps.PropertyDataQuery(substance=WATER))
        yield sorted((str(values), len(group)) for values, group in groups.items())
        query = ps.PropertyDataQuery(substance=ps.Substance.from_components("CO"))
        computed = [
            store.compute_once(
                query, lambda: density("300 K", ps.Substance.from_components("CO"))
            ).record.value
            for _ in range(2)
        ]
        yield computed, [one.record.statistical_inefficiency for one in history(store)]
        key = everything.first().key
        store.remove_object(key)
        yield key in store, len(store)
    with ps.open(place, read_only=True) as store:
        keys = store.keys()
        yield [names.get(key, "computed") for key in keys]


def history(store: ps.StorageBackend) -> list[ps.Match]:
    (key,) = store.keys(ps.StoredSimulationData)
    return store.history(key)


def test_the_same_program_gives_the_same_on_memory_folder_tinydb_and_postgresql_with_s3(
    propstore_postgres_url: str, s3_url: str, tmp_path: Path
) -> None:
    places = {
        "local": (str(tmp_path / "folder"), None),
        "tinydb": (f"tinydb:{tmp_path / 'json'}", None),
        "postgres": (propstore_postgres_url, s3_url),
    }
    seen = {
        name: list(program(place, files, tmp_path / f"files of {name}"))
        for name, (place, files) in places.items()
    }
    assert len(seen["local"]) == 15
    # A store in memory is gone when it is closed: all but the last is seen of it.
    memory = program("memory:", None, tmp_path / "files of memory")
    seen["memory"] = [next(memory) for _ in seen["local"][:-1]]
    memory.close()
    assert seen["tinydb"] == seen["local"]
    assert seen["postgres"] == seen["local"]
    assert seen["memory"] == seen["local"][:-1]


STORES: dict[str, Callable[[pytest.FixtureRequest, Path], ps.StorageBackend]] = {
    "memory": lambda request, path: ps.MemoryStorage(),
    "local": lambda request, path: ps.LocalFileStorage(path / "store"),
    "postgres": lambda request, path: ps.open(request.getfixturevalue("propstore_postgres_url")),
}


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize("number", [999, 5000, 20_000])
def test_thousands_of_alternatives_and_of_conditions_are_one_question(
    kind: str, number: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with STORES[kind](request, tmp_path) as store:
        keys = [store.store_object(density(f"{300 + i} K")) for i in range(3)]
        states = [field(TEMPERATURE).near(f"{302 + i} K", within="0.1 K") for i in range(number)]
        either = ps.query.conditions.Or(tuple(states))
        assert store.find(ps.PropertyData, either).keys() == keys[2:]
        assert store.find(ps.PropertyData, either).count() == 1
        neither = (~one for one in states)
        assert store.find(ps.PropertyData, *neither).keys() == keys[:2]


def test_an_alternative_is_asked_of_records_of_the_type_alone(tmp_path: Path) -> None:
    with ps.LocalFileStorage(tmp_path / "store") as store:
        store.store_object(box(), box_files(tmp_path / "files"))
        store.store_object(density())
        either = (field(TEMPERATURE) > "300 K") | contains("O")
        assert store.find(ps.PropertyData, either).count() == 1
