"""What a cached function may take and give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import numpy
import pytest
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

import propstore as ps
from propstore.errors import UncacheableError


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True)

    tolerance: float = 1e-6


class Mutable(BaseModel):
    steps: int


class Mixed(BaseModel):
    model_config = ConfigDict(frozen=True)

    inner: Settings
    options: dict[str, int]


class Open(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


def many(*steps: int) -> ps.Quantity: ...
def keywords(**steps: int) -> ps.Quantity: ...
def unannotated(steps) -> ps.Quantity: ...
def of_list(steps: list[int]) -> ps.Quantity: ...
def of_optional_dict(steps: dict[str, int] | None) -> ps.Quantity: ...
def of_nested_list(steps: tuple[list[int], ...]) -> ps.Quantity: ...
def of_callable(steps: type[int]) -> ps.Quantity: ...
def of_anything(steps: object) -> ps.Quantity: ...
def of_path(steps: Path) -> ps.Quantity: ...
def of_bare_tuple(steps: tuple) -> ps.Quantity: ...
def of_bytes(steps: bytes) -> ps.Quantity: ...
def of_mutable(steps: Mutable) -> ps.Quantity: ...
def of_mixed(steps: Mixed) -> ps.Quantity: ...
def of_open(steps: Open) -> ps.Quantity: ...
def of_unknown(steps: Undeclared) -> ps.Quantity: ...  # noqa: F821 - that is what is tested
def with_mutable_default(steps: tuple[int, ...] = [1, 2]) -> ps.Quantity: ...
def with_unfit_default(steps: int = "many") -> ps.Quantity: ...
def gives_a_float(steps: int) -> float: ...
def gives_nothing(steps: int) -> None: ...
async def later(steps: int) -> ps.Quantity: ...
def bit_by_bit(steps: int) -> ps.Quantity:
    yield


class Simulation:
    def run(self, steps: int) -> ps.Quantity: ...


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (many, r"\*steps: .*takes anything"),
        (keywords, r"\*\*steps: .*takes anything"),
        (unannotated, "the parameter steps without an annotation"),
        (Simulation.run, "the parameter self without an annotation"),
        (of_list, r"list\[int\] can be changed; take a tuple"),
        (of_optional_dict, r"dict\[str, int\] can be changed"),
        (of_nested_list, r"list\[int\] can be changed"),
        (of_callable, "has no content that could be compared"),
        (of_anything, "has no content that could be compared"),
        (of_path, "where a file is, and not what is in it"),
        (of_bare_tuple, r"say what, as in tuple\[str, ...\]"),
        (of_bytes, "bytes is not one of the types"),
        (of_mutable, "Mutable can be changed; declare it with frozen=True"),
        (of_mixed, r"Mixed.options: dict\[str, int\] can be changed"),
        (of_open, "Open holds more than its declared fields"),
        (of_unknown, "annotations of of_unknown can't be read"),
        (with_mutable_default, r"the default steps=\[1, 2\], which can be changed"),
        (with_unfit_default, "a default is not what its parameter takes"),
        (gives_a_float, "gives <class 'float'>; a cached function gives a Quantity"),
        (gives_nothing, "a cached function gives a Quantity"),
        (later, "bit by bit, or later"),
        (bit_by_bit, "bit by bit, or later"),
        (lambda: ps.Quantity("1 K"), "a lambda has no name"),
        (len, "is not a function that was written with def"),
        (Simulation, "is not a function that was written with def"),
    ],
)
def test_what_can_not_be_part_of_an_identity_is_an_error_when_it_is_decorated(store, function, why):
    with pytest.raises(UncacheableError, match=why):
        store.cached(version="1")(function)


def of_array(steps: numpy.ndarray) -> ps.Quantity: ...
def of_function(steps: Callable[[int], int]) -> ps.Quantity: ...
def of_typed_array(steps: NDArray[numpy.float64]) -> ps.Quantity: ...


@pytest.mark.parametrize("function", [of_array, of_function, of_typed_array])
def test_arrays_and_functions_can_not_be_part_of_an_identity(store, function):
    with pytest.raises(UncacheableError, match="can't be part of an identity"):
        store.cached(version="1")(function)


def of_choice(steps: Literal["few", 1]) -> ps.Quantity: ...
def of_model(steps: Settings | None = None) -> ps.Quantity: ...
def of_record(steps: ps.ForceFieldData) -> ps.PropertyData: ...
def of_quantity(steps: Annotated[ps.Quantity, ps.Dimension("length", "m")]) -> ps.Quantity: ...
def with_files(steps: int) -> tuple[ps.PropertyData, Path]: ...
def without_parameters() -> ps.Quantity: ...
def gives_whatever(steps: int): ...


@pytest.mark.parametrize(
    "function",
    [
        of_choice,
        of_model,
        of_record,
        of_quantity,
        with_files,
        without_parameters,
        gives_whatever,
    ],
)
def test_these_are_taken(store, function):
    store.cached(version="1")(function)


@pytest.mark.parametrize("version", [1, "", None])
def test_a_version_is_a_text(store, version):
    with pytest.raises(UncacheableError, match="a version is a text"):
        store.cached(version=version)(of_choice)
