"""The layout of the package that the page on its design draws: imports lead downwards only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import propstore

PACKAGE = Path(propstore.__file__).parent

FLOORS = [
    {"errors", "_version"},
    {"model", "external"},
    {"query", "tables", "objects"},
    {"sharing", "ancillary"},
    {"transfer"},
    {"backends"},
    {"interchange", "upkeep", "workers"},
    {"propstore"},
    {"testing", "demo"},
    {"cli"},
    {"__main__"},
]
"""The packages from the ground up; ``propstore`` is what one gets by ``import propstore``."""

FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}


def package_of(module: str) -> str:
    """Give the package of a module: ``"model"`` of ``"propstore.model.units"``."""
    _, _, rest = module.partition(".")
    name = rest.partition(".")[0]
    return name if name in FLOOR else "propstore"


def modules() -> dict[str, Path]:
    """Give the files of the package by the names of their modules."""
    files = {
        ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts): file
        for file in PACKAGE.rglob("*.py")
    }
    return {name.removesuffix(".__init__"): file for name, file in files.items()}


MODULES = modules()


def imported(file: Path) -> Iterator[str]:
    """Give the modules that a file imports anywhere in it, also those for type checkers only."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else node.module for name in names)


def test_every_package_has_a_floor():
    names = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert names - {"__init__", "__pycache__"} <= set(FLOOR)


@pytest.mark.parametrize("name", sorted(set(FLOOR) - {"propstore"}))
def test_a_package_imports_from_its_own_floor_or_from_below(name):
    files = [PACKAGE / f"{name}.py", *(PACKAGE / name).rglob("*.py")]
    elsewhere = {
        (str(file.relative_to(PACKAGE)), module)
        for file in files
        if file.exists()
        for module in imported(file)
        if module.partition(".")[0] == "propstore"
        and package_of(module) != name
        and FLOOR[package_of(module)] >= FLOOR[name]
    }
    assert not elsewhere


def test_no_module_imports_one_that_imports_it():
    imports = {name: set(imported(file)) & set(MODULES) - {name} for name, file in MODULES.items()}
    TopologicalSorter(imports).prepare()  # raises CycleError
