"""The shipped suite notices what a storage does wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import pytest

from propstore.external import ExternalStorage, MemoryStorage
from propstore.testing import ExternalStorageSuite
from propstore.testing.external.raw import HELLO, READINGS, WRITINGS


class MemorySuite(ExternalStorageSuite):
    __test__ = False

    @pytest.fixture
    def storage(self) -> ExternalStorage:
        return MemoryStorage()

    def set_raw(self, storage: MemoryStorage, location: str, content: bytes) -> None:
        MemoryStorage._store_bytes(storage, location, content)

    def get_raw(self, storage: MemoryStorage, location: str) -> bytes | None:
        resource = storage._resources.get(location)
        return None if resource is None else resource.content


class Truncating(MemoryStorage):
    def _store_bytes(self, location: str, byte_data: bytes) -> str:
        return super()._store_bytes(location, byte_data[:5])


class Imaginative(MemoryStorage):
    def _exists(self, location: str) -> bool:
        return True


class Hoarding(MemoryStorage):
    def _delete(self, location: str) -> None:
        pass


class BySegments(MemoryStorage):
    def _iter_contents(self, prefix: str = "") -> Iterator[str]:
        directory = f"{prefix.rstrip('/')}/" if prefix else ""
        return super()._iter_contents(directory)


class Nesting(MemoryStorage):
    def _refuse_nesting(self, location: str) -> None:
        pass


class Careless(MemoryStorage):
    def _check_condition(self, location: str, mode: object) -> None:
        pass


class Empty(MemoryStorage):
    def _load_stream(self, location: str) -> BinaryIO:
        stream = super()._load_stream(location)
        stream.read()
        return stream


@pytest.mark.parametrize(
    ("storage", "test", "arguments"),
    [
        (Truncating, "test_bytes_are_stored_as_they_are", [HELLO]),
        (Truncating, "test_storing_replaces_what_was_there", []),
        (Imaginative, "test_what_was_never_stored_is_missing_at_the_call", [READINGS["delete"]]),
        (Hoarding, "test_what_is_deleted_is_gone", []),
        (BySegments, "test_a_prefix_is_a_string", ["data", {"data/a", "dataset"}]),
        (Nesting, "test_nothing_is_stored_at_a_directory", [WRITINGS["store_bytes"]]),
        (Careless, "test_create_refuses_to_replace", [HELLO]),
        (Careless, "test_of_many_who_create_one_succeeds", []),
        (Empty, "test_a_stream_gives_what_is_stored", [HELLO]),
    ],
)
def test_a_fault_is_noticed(storage: type[MemoryStorage], test: str, arguments: list[Any]) -> None:
    failures = (AssertionError, pytest.fail.Exception, KeyError)
    with pytest.raises(failures):
        getattr(MemorySuite(), test)(storage(), *arguments)
