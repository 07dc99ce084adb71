"""An object is saved with what is known of its classes, and loaded whole or in parts."""

from __future__ import annotations

import enum
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import propstore as ps
from propstore.errors import (
    NotAStoreError,
    NotInGroupError,
    PickleRefusedError,
    SerializationError,
    StoreFormatError,
    UnregisteredError,
    UnsupportedOperationError,
)
from propstore.objects import JSONStorage, browse, load, save, storable
from tests.samples import density

FORMS = ["json", "netcdf"]
ALL = [*FORMS, "pickle", "cloudpickle"]


@storable
@dataclass
class Run:
    name: str
    forces: np.ndarray[Any, Any]
    settings: dict[str, Any] = field(default_factory=dict)


class Phase(enum.Enum):
    GAS = "gas"


@dataclass
class Unknown:
    value: int


def runs() -> dict[str, Any]:
    return {
        "runs": [Run(f"run {i}", np.full((2, 3), i), {"cutoff": 9.5}) for i in range(3)],
        "positions": np.arange(30_000.0).reshape(-1, 3),
        "quantity": ps.Quantity("25 degC"),
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "saved"


@pytest.mark.parametrize("backend", ALL)
def test_an_object_comes_back(path: Path, backend: Any) -> None:
    assert save(runs(), path, backend) == backend
    loaded = load(path, allow_pickle=True)
    assert list(loaded) == ["runs", "positions", "quantity"]
    assert loaded["runs"][2].name == "run 2"
    assert loaded["runs"][2].forces.tolist() == [[2, 2, 2], [2, 2, 2]]
    assert (loaded["positions"] == runs()["positions"]).all()
    assert loaded["quantity"] == ps.Quantity("25 degC")


@pytest.mark.parametrize("backend", ALL)
def test_to_save_again_replaces_what_was_saved(path: Path, backend: Any) -> None:
    save([1], path, backend)
    save([2], path, backend)
    assert load(path, allow_pickle=True) == [2]


@pytest.mark.parametrize("backend", FORMS)
def test_a_record_comes_back(path: Path, backend: Any) -> None:
    save(density(), path, backend)
    assert load(path) == density()
    assert (
        load(path, "thermodynamic_state/temperature") == density().thermodynamic_state.temperature
    )


@pytest.mark.parametrize("backend", FORMS)
def test_a_part_is_loaded_by_its_path(path: Path, backend: Any) -> None:
    save({**runs(), "unknown": Unknown(5), "pair": (1, [2])}, path, backend)
    assert load(path, "runs/1/name") == "run 1"
    assert load(path, "runs/1/forces").tolist() == [[1, 1, 1], [1, 1, 1]]
    assert load(path, "runs/2").settings == {"cutoff": 9.5}
    assert load(path, "pair/1/0") == 2
    with pytest.raises(UnregisteredError):
        load(path)


@pytest.mark.parametrize("backend", FORMS)
def test_a_missing_part_is_an_error_that_lists_what_is_there(path: Path, backend: Any) -> None:
    save(runs(), path, backend)
    with pytest.raises(NotInGroupError, match=r"no 'x' in 'runs/1'; there is 'name', 'forces'"):
        load(path, "runs/1/x")


@pytest.mark.parametrize("backend", FORMS)
def test_an_unknown_class_is_an_error_or_plain_data(path: Path, backend: Any) -> None:
    save([Unknown(5)], path, backend)
    with pytest.raises(UnregisteredError, match="unknown_as_plain=True"):
        load(path)
    assert load(path, unknown_as_plain=True) == [{"value": 5}]
    assert load(path, classes=[Unknown]) == [Unknown(5)]


@pytest.mark.parametrize("backend", FORMS)
def test_unknown_keys_and_members_of_sets_are_plain_data(path: Path, backend: Any) -> None:
    save({Phase.GAS: 1, (Phase.GAS, 2): {Phase.GAS}}, path, backend)
    plain = (("value", "gas"),)
    assert load(path, unknown_as_plain=True) == {plain: 1, (plain, 2): {plain}}
    assert load(path, classes=[Phase]) == {Phase.GAS: 1, (Phase.GAS, 2): {Phase.GAS}}


@pytest.mark.parametrize("backend", ["pickle", "cloudpickle"])
def test_a_pickle_is_not_loaded_unless_it_is_allowed(path: Path, backend: Any) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
            return explode, ("unpickled",)

    save([5], path, backend)
    path.write_bytes(path.read_bytes()[:-5] + b"this is never looked at")
    with pytest.raises(PickleRefusedError, match=r"run whatever code.*allow_pickle=True"):
        load(path)
    assert browse(path).backend == backend
    save(Bomb(), path, backend)
    browse(path)
    with pytest.raises(ZeroDivisionError):
        load(path, allow_pickle=True, versions="ignore")


def explode(_: str) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("backend", ALL)
def test_the_file_that_a_link_leads_to_is_replaced_with_its_permissions(
    path: Path, backend: Any
) -> None:
    path.touch(0o640)
    link = path.with_name("link")
    link.symlink_to(path)
    save([5], link, backend)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert load(path, allow_pickle=True) == [5]


@pytest.mark.parametrize("backend", ALL)
def test_what_is_no_file_is_not_replaced(path: Path, backend: Any) -> None:
    os.mkfifo(path)
    with pytest.raises(NotAStoreError, match="is not a file"):
        save([5], path, backend)
    assert path.is_fifo()
    with pytest.raises(NotAStoreError, match="is not a file"):
        save([5], path.parent, backend)
    with pytest.raises(NotAStoreError, match="no directory"):
        save([5], path / "in" / "nothing", backend)


def test_a_pickle_is_loaded_as_a_whole(path: Path) -> None:
    save([5], path, "pickle")
    with pytest.raises(UnsupportedOperationError, match="as a whole"):
        load(path, "0", allow_pickle=True)


def test_a_damaged_pickle_is_an_error(path: Path) -> None:
    save([5], path, "pickle")
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(SerializationError, match="can't be loaded"):
        load(path, allow_pickle=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"classes": []', b'"classes": [5]'),
        (b'"metadata"', b'"metadatb"'),
        (b'"module": "builtins"', b'"module": 5         '),
        (b'"python": "', b'"pythom": "'),
    ],
)
def test_a_damaged_header_is_an_error(path: Path, old: bytes, new: bytes) -> None:
    save([5], path, "pickle")
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    for look in (browse, lambda filename: load(filename, allow_pickle=True)):
        with pytest.raises(StoreFormatError, match="its header"):
            look(path)


def test_a_pickle_that_asks_for_too_much_memory_is_an_error(path: Path) -> None:
    save([5], path, "pickle")
    header = path.read_bytes().split(b"\n")[:2]
    path.write_bytes(b"\n".join(header) + b"\n\x8e" + (2**62).to_bytes(8, "little") + b"x.")
    with pytest.raises(SerializationError, match="can't be loaded"):
        load(path, allow_pickle=True)


def test_cloudpickle_brings_a_class_along(path: Path) -> None:
    script = (
        "from dataclasses import dataclass\n"
        "from propstore.objects import save\n"
        "@dataclass\n"
        "class Here:\n"
        "    value: int\n"
        f"save(Here(5), {str(path)!r}, 'cloudpickle')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    assert load(path, allow_pickle=True).value == 5


def test_of_several_backends_the_first_that_takes_it_is_used(path: Path) -> None:
    assert save([1], path, ["json", "pickle"]) == "json"
    assert save([range(3)], path, ["json", "netcdf", "pickle"]) == "pickle"
    assert load(path, allow_pickle=True) == [range(3)]


def test_when_all_refuse_the_error_has_the_reason_of_each(path: Path) -> None:
    save("before", path)
    with pytest.raises(SerializationError) as caught:
        save({"f": (i for i in ())}, path, ["json", "netcdf", "pickle", "cloudpickle"])
    lines = str(caught.value).splitlines()
    assert lines[0] == "a builtins.dict can't be saved:"
    names = [line.split(":")[0].strip() for line in lines[1:]]
    assert names == ["json", "netcdf", "pickle", "cloudpickle"]
    assert "value['f'] can't be stored: it is a builtins.generator" in lines[1]
    assert load(path) == "before"


def test_an_object_that_refuses_to_be_pickled_goes_to_the_next_backend(path: Path) -> None:
    @dataclass
    class Shy:
        value: int

        def __reduce__(self) -> str:
            raise NotImplementedError("pickled by nobody")

    assert save(Shy(5), path, ["pickle", "json"]) == "json"
    with pytest.raises(SerializationError, match="pickled by nobody"):
        save(Shy(5), path, "pickle")


@pytest.mark.parametrize("backend", ["yaml", ["json", "yaml"], []])
def test_an_unknown_backend_is_an_error_at_once(path: Path, backend: Any) -> None:
    with pytest.raises(ValueError, match="'json', 'netcdf', 'pickle', 'cloudpickle'"):
        save([1], path, backend)
    assert not path.exists()


@pytest.mark.parametrize("backend", FORMS)
def test_what_the_filter_finds_is_left_out(path: Path, backend: Any) -> None:
    save(runs(), path, backend, data_filter_regex=r"^positions$|runs/1/settings")
    loaded = load(path)
    assert list(loaded) == ["runs", "quantity"]
    assert [run.settings for run in loaded["runs"]] == [{"cutoff": 9.5}, {}, {"cutoff": 9.5}]


def test_the_filter_finds_keys_beside_those_that_are_no_text(path: Path) -> None:
    save({(1, 2): "kept", "secret": 1, 3: {"secret": 2, "b": 4}}, path, data_filter_regex="secret")
    assert load(path) == {(1, 2): "kept", 3: {"b": 4}}
    save({(1, 2): "gone", 3: 4}, path, data_filter_regex=r"^\(1, 2\)$")
    assert load(path) == {3: 4}
    with pytest.raises(SerializationError, match=r"value\[\(1, 2\)\] can't be stored"):
        save({(1, 2): object()}, path, data_filter_regex="secret")


def test_a_field_without_default_is_not_left_out(path: Path) -> None:
    with pytest.raises(
        SerializationError, match=r"value\['runs'\]\[0\].*forces was to be left out"
    ):
        save(runs(), path, data_filter_regex="forces")
    with pytest.raises(SerializationError, match="pickle can't leave out"):
        save(runs(), path, "pickle", data_filter_regex="positions")
    with pytest.raises(ValueError, match="no regular expression"):
        save(runs(), path, data_filter_regex="(")


@pytest.mark.parametrize("backend", FORMS)
def test_browse_lists_what_is_inside(path: Path, backend: Any) -> None:
    save([Unknown(5), runs()], path, backend, metadata={"author": "me", "year": 2024})
    listing = browse(path)
    parts = {part.path: (part.type, part.shape, part.dtype) for part in listing.parts}
    assert parts[""] == ("list", None, None)
    assert parts["0"] == (f"{__name__}.Unknown", None, None)
    assert parts["1/runs/2/forces"] == ("array", (2, 3), "<i8")
    assert parts["1/positions"] == ("array", (10_000, 3), "<f8")
    assert listing.metadata == {"author": "me", "year": 2024}
    assert listing.backend == backend
    assert [version.qualified_name for version in listing.classes] == ["Unknown", "Run", "Quantity"]
    assert "1/positions" in str(listing)
    assert "author = 'me'" in str(listing)


def test_browse_lists_groups(path: Path) -> None:
    with JSONStorage(path) as group:
        group["run/energy"] = np.zeros(3)
        group["name"] = "a"
    listing = browse(path)
    parts = {part.path: (part.type, part.shape, part.dtype) for part in listing.parts}
    assert listing.type is None
    assert parts == {
        "run": ("group", None, None),
        "run/energy": ("numpy.ndarray", (3,), "float64"),
        "name": ("builtins.str", None, None),
    }
    with pytest.raises(StoreFormatError, match="a file of groups"):
        load(path)


def test_metadata_are_what_json_can_say(path: Path) -> None:
    with pytest.raises(SerializationError, match="JSON"):
        save([1], path, metadata={"when": object()})
    assert not path.exists()


def test_what_is_no_saved_file_is_refused(path: Path) -> None:
    for look in (load, browse):
        with pytest.raises(NotAStoreError):
            look(path)
        with pytest.raises(NotAStoreError):
            look(path.parent)
    path.write_text(json.dumps({"a": 1}))
    for look in (load, browse):
        with pytest.raises(StoreFormatError, match=r"no file that propstore\.save wrote"):
            look(path)


def test_a_saved_json_file_can_be_read_without_propstore(path: Path) -> None:
    save({"energy": -1.5, "terms": ["a", "b"]}, path, metadata={"author": "me"})
    content = json.loads(path.read_text())["content"]
    assert content["object"]["document"] == {"energy": -1.5, "terms": ["a", "b"]}
    assert content["about"]["document"]["metadata"] == {"author": "me"}
