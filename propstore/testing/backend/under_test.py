"""What the parts of the suite of storage backends have in common: the backend, what it can do."""

from __future__ import annotations

import pickle
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import pytest

from propstore.backends import StorageBackend
from propstore.model import StoredData, registry

__all__ = ["BackendUnderTest", "needs", "retrieved"]

Record = TypeVar("Record", bound=StoredData)
Test = TypeVar("Test", bound=Callable[..., object])


def needs(*capabilities: str) -> Callable[[Test], Test]:
    """Let a test be skipped for a backend that lacks one of some capabilities."""

    def mark(test: Test) -> Test:
        vars(test)["needs"] = capabilities
        return test

    return mark


class BackendUnderTest(ABC):
    """The backend under test.

    Attributes
    ----------
    can_remove : bool
        Whether records can be removed.
    can_move : bool
        Whether files can be moved into the store, instead of being copied.
    can_archive : bool
        Whether files and arrays can be kept in a netCDF archive.
    has_batches : bool
        Whether many records can be stored in one transaction.
    keeps_history : bool
        Whether a record that is replaced stays, with its files, and can be restored.
    can_be_reopened : bool
        Whether the same records can be opened again, in another process too; see `opener`.
    can_be_shared : bool
        Whether several processes can write at once.
    can_be_pickled : bool
        Whether another process can be given the store object; if not, it says so.
    survives_kills : bool
        Whether what was stored is there after the process was killed.
    number_of_records : int
        On how many records the answers are compared with those of plain Python.
    number_of_conditions : int
        How many answers are.
    """

    can_remove = True
    can_move = True
    can_archive = True
    has_batches = True
    keeps_history = True
    can_be_reopened = True
    can_be_shared = True
    can_be_pickled = True
    survives_kills = True
    number_of_records = 2000
    number_of_conditions = 30

    @abstractmethod
    @pytest.fixture
    def store(self) -> Any:
        """Give an empty store, or yield it and close it."""

    def opener(self, store: Any) -> Callable[[], StorageBackend]:
        """Give a function that opens the same records again; it is pickled to other processes.

        By default it unpickles the store.
        """
        return partial(pickle.loads, pickle.dumps(store))

    def check(self, store: Any) -> None:
        """Assert that a store is sound, by whatever means its backend has for that."""
        assert len(store) == len(store.keys())

    @pytest.fixture(autouse=True)
    def _skip_without_capability(self, request: pytest.FixtureRequest) -> None:
        for capability in getattr(request.function, "needs", ()):
            if not getattr(self, capability):
                pytest.skip(f"{capability} is False")

    @pytest.fixture
    def _own_types(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Forget at the end of a test the record types that it declares."""
        monkeypatch.setattr(registry, "_classes", dict(registry._classes))


def retrieved(store: StorageBackend, key: str, record_type: type[Record]) -> Record:
    """Give the record of a key, which has to be there."""
    record, _ = store.retrieve_object(key, expected_type=record_type)
    assert record is not None
    return record
