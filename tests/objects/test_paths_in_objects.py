"""What is in a saved object has a path: `browse` lists it, `load` follows it, filters see it."""

from __future__ import annotations

import enum
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel, ConfigDict, PrivateAttr

from propstore.errors import NotInGroupError, SerializationError
from propstore.objects import browse, load, save, storable
from propstore.objects.values.raw_document import parts_of


@storable
class Phase(enum.Enum):
    LIQUID = "liquid"


@storable
class Box(BaseModel):
    model_config = ConfigDict(extra="allow")

    length: float = 1.0
    _seen: Any = PrivateAttr(default=0)


@pytest.fixture(params=["json", "netcdf"])
def backend(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "saved"


def shapes(path: Path) -> dict[str, tuple[int, ...] | None]:
    return {part.path: part.shape for part in browse(path).parts}


@pytest.mark.parametrize(
    ("key", "step"),
    [
        ("a", "a"),
        ("$x", "$x"),
        ("", ""),
        ("a/b", "a/b"),
        (300, "300"),
        (2.5, "2.5"),
        (None, "None"),
        (True, "True"),
        (2**70, str(2**70)),
        ((1, "a"), "(1, 'a')"),
        ((1,), "(1,)"),
        (date(2024, 2, 29), "2024-02-29"),
        (Phase.LIQUID, "liquid"),
    ],
)
def test_any_key_of_a_dict_is_a_step(path: Path, backend: Any, key: Any, step: str) -> None:
    save({"by temperature": {key: np.arange(3), ("other",): 1}}, path, backend)
    assert shapes(path)[f"by temperature/{step}"] == (3,)
    assert load(path, f"by temperature/{step}").tolist() == [0, 1, 2]
    pattern = f"^by temperature/{re.escape(step)}$"
    save({"by temperature": {key: 5, (0, 0): 1}}, path, backend, data_filter_regex=pattern)
    assert load(path) == {"by temperature": {(0, 0): 1}}


def test_keys_with_slashes_are_followed_through_more_than_one(path: Path, backend: Any) -> None:
    save({"a/b": [{"c/d/e": 5}], "a": {"x": 1}}, path, backend)
    assert load(path, "a/x") == 1
    save({"a/b": [{"c/d/e": 5}]}, path, backend)
    assert load(path, "a/b/0/c/d/e") == 5
    with pytest.raises(NotInGroupError, match="no 'c' in 'a/b/0'; there is 'c/d/e'"):
        load(path, "a/b/0/c/d")


def test_what_a_model_has_beside_its_fields_has_paths(path: Path, backend: Any) -> None:
    box = Box(length=2.0, label={"k": "extra"})
    box._seen = np.arange(3)
    save([box], path, backend)
    assert shapes(path)["0/_seen"] == (3,)
    assert load(path, "0/_seen").tolist() == [0, 1, 2]
    assert load(path, "0/label/k") == "extra"


def test_what_a_model_has_beside_its_fields_is_left_out(path: Path, backend: Any) -> None:
    box = Box(length=2.0, label="extra")
    box._seen = 5
    save([box], path, backend, data_filter_regex="^0/(_seen|label)$")
    loaded = load(path)[0]
    assert loaded == Box(length=2.0)
    assert loaded._seen == 0


def test_browse_does_not_take_the_keys_of_a_dict_for_its_own(path: Path, backend: Any) -> None:
    save({"array": "x", "shape": [1], "dtype": 5, "items": {"array": {}}}, path, backend)
    assert set(shapes(path).values()) == {None}
    assert load(path, "items/array") == {}


def test_browse_tells_the_shapes_of_frames_and_of_numbers(path: Path, backend: Any) -> None:
    mixed = np.array([(1, "a")], [("n", "i4"), ("o", object)])
    save({"f": pd.DataFrame({"T": [1.0, 2.0]}), "n": np.float32(1), "m": mixed}, path, backend)
    assert {key: shapes(path)[key] for key in "fnm"} == {"f": (2, 1), "n": (), "m": (1,)}


@pytest.mark.parametrize(
    "node",
    [
        {"$": "dict", "items": 5},
        {"$": "dict", "items": [[1]]},
        {"$": "scalar", "array": 5},
        {"$": "array", "shape": 5},
        {"$": "tuple"},
    ],
)
def test_a_document_that_was_damaged_is_an_error_to_browse(node: dict[str, Any]) -> None:
    with pytest.raises(SerializationError, match="can't be read"):
        parts_of(json.dumps({"a": node}))
