"""The code in the description of a storage interface, with nothing changed but its imports."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from propstore.objects import (
    GenericStorage,
    JSONStorage,
    MemoryGroupStorage,
    NetCDFStorage,
    StorageGroup,
    browse,
    load,
    save,
)

USAGE = """
with XXXStorage(filename) as storage:
    storage["a"] = 5
    b = storage["b"]
"""
INTERFACE = """
from __future__ import annotations

import abc
from collections.abc import MutableMapping
from typing import Any


class StorageGroup(abc.ABC, MutableMapping[str, Any]):
    \"\"\"API for organizing/loading/storing stuff\"\"\"

    @abc.abstractmethod
    def create_group(self, key: str) -> StorageGroup:
        pass

    @abc.abstractmethod
    def get(self, key: str, default: Any = None):
        pass

    @abc.abstractmethod
    def require_group(self, key: str) -> StorageGroup:
        pass


class GenericStorage(abc.ABC):
    \"\"\"Context manager for the storage blob, i.e. file open/close, etc\"\"\"

    @abc.abstractmethod
    def close(self):
        pass

    @abc.abstractmethod
    def __enter__(self) -> StorageGroup:
        pass

    @abc.abstractmethod
    def __exit__(self, exc_type, exc_value, traceback):
        pass
"""
USER_FACING = """
class GenericStorage:
    def __getitem__(self, key):
        ...
    def __setitem__(self, key, value):
        ...
    def __delitem__(self, key):
        ...
    def create_group(self, key):
        ...
"""
Opener = Callable[[Path], GenericStorage]


@pytest.mark.parametrize("opener", [JSONStorage, NetCDFStorage, lambda _: MemoryGroupStorage()])
def test_the_envisioned_usage_runs(tmp_path: Path, opener: Opener) -> None:
    storage = opener(tmp_path / "storage")
    with storage as group:
        group["b"] = 6
    namespace: dict[str, Any] = {"XXXStorage": lambda _: storage, "filename": "storage"}
    exec(USAGE, namespace)  # noqa: S102 - it is what is tested
    assert namespace["b"] == 6
    with storage as group:
        assert group["a"] == 5


def described(block: str, name: str) -> dict[str, list[str]]:
    """Give the parameters of each method of a class that a block defines."""
    namespace: dict[str, Any] = {}
    exec(block, namespace)  # noqa: S102 - it is what is tested
    methods = vars(namespace[name]).items()
    return {
        method: list(inspect.signature(function).parameters)
        for method, function in methods
        if inspect.isfunction(function)
    }


@pytest.mark.parametrize(
    ("block", "name", "cls"),
    [
        (INTERFACE, "StorageGroup", StorageGroup),
        (INTERFACE, "GenericStorage", GenericStorage),
        (USER_FACING, "GenericStorage", StorageGroup),
    ],
)
def test_what_the_description_calls_can_be_called(block: str, name: str, cls: type) -> None:
    methods = described(block, name)
    assert methods
    for method, parameters in methods.items():
        assert list(inspect.signature(getattr(cls, method)).parameters) == parameters


def test_a_workflow_is_saved_by_the_arguments_of_the_description(tmp_path: Path) -> None:
    workflow = {"nodes": ["relax", "md"], "data": {"energy": -1.5}}
    save(
        workflow,
        backend=["json", "pickle"],
        filename=tmp_path / "workflow",
        metadata={"author": "me"},
        data_filter_regex="^data/",
    )
    assert load(tmp_path / "workflow") == {"nodes": ["relax", "md"], "data": {}}
    assert browse(tmp_path / "workflow").metadata == {"author": "me"}
