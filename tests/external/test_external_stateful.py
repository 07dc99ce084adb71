"""Whatever is done to a storage, it stays a dictionary of bytes."""

from __future__ import annotations

import io
import tempfile
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from propstore.errors import (
    ChangedExternalResourceError,
    ExternalResourceExistsError,
    InvalidLocationError,
    MissingExternalResourceError,
)
from propstore.external import ExternalStorage, FileStorage, IfDigest, MemoryStorage
from propstore.testing.external.raw import digest_of

LOCATIONS = st.sampled_from(["a", "a/b", "a/b/c", "a/bc", "d", "d/e"])
CONTENTS = st.binary(max_size=20)


class StorageMachine(RuleBasedStateMachine):
    """Does the same to a storage and to a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, bytes] = {}
        self.storage = self.make()

    def make(self) -> ExternalStorage:
        raise NotImplementedError("the classes below make one each")

    def expected_error(self, location: str, mode: Any) -> type[Exception] | None:
        if mode == "create" and location in self.model:
            return ExternalResourceExistsError
        if isinstance(mode, IfDigest):
            if location not in self.model:
                return MissingExternalResourceError
            if digest_of(self.model[location]) != mode.digest:
                return ChangedExternalResourceError
        nested = any(
            other.startswith(f"{location}/") or location.startswith(f"{other}/")
            for other in self.model
        )
        return InvalidLocationError if nested else None

    @rule(location=LOCATIONS, content=CONTENTS, mode=st.sampled_from(["overwrite", "create"]))
    def store_bytes(self, location: str, content: bytes, mode: Any) -> None:
        self.store(location, content, mode)

    @rule(location=LOCATIONS, content=CONTENTS, seen=LOCATIONS)
    def store_if_unchanged(self, location: str, content: bytes, seen: str) -> None:
        self.store(location, content, IfDigest(digest_of(self.model.get(seen, b""))))

    def store(self, location: str, content: bytes, mode: Any) -> None:
        error = self.expected_error(location, mode)
        if error is None:
            assert self.storage.store_stream(location, io.BytesIO(content), mode=mode)
            self.model[location] = content
        else:
            with pytest.raises(error):
                self.storage.store_bytes(location, content, mode=mode)

    @rule(location=LOCATIONS)
    def delete(self, location: str) -> None:
        if location in self.model:
            self.storage.delete(location)
            del self.model[location]
        else:
            with pytest.raises(MissingExternalResourceError):
                self.storage.delete(location)

    @rule(location=LOCATIONS, start=st.integers(0, 25), length=st.integers(0, 25))
    def load(self, location: str, start: int, length: int) -> None:
        if location in self.model:
            content = self.model[location]
            assert self.storage.load_range(location, start, length) == content[start:][:length]
            with self.storage.load_stream(location, digest=digest_of(content)) as stream:
                assert stream.read() == content
        else:
            with pytest.raises(MissingExternalResourceError):
                self.storage.load_stream(location)

    @rule(prefix=st.sampled_from(["", "a", "a/", "a/b", "d/", "e"]))
    def list_some(self, prefix: str) -> None:
        expected = {location for location in self.model if location.startswith(prefix)}
        assert set(self.storage.iter_contents(prefix)) == expected

    @invariant()
    def has_the_same_contents(self) -> None:
        assert sorted(self.storage) == sorted(self.model)


class MemoryMachine(StorageMachine):
    def make(self) -> ExternalStorage:
        return MemoryStorage()


class FileMachine(StorageMachine):
    def make(self) -> ExternalStorage:
        self.directory = tempfile.TemporaryDirectory()
        return FileStorage(self.directory.name)

    def teardown(self) -> None:
        self.directory.cleanup()


TestMemoryStorageAsADictionary = MemoryMachine.TestCase
TestMemoryStorageAsADictionary.settings = settings(max_examples=100, deadline=None)

TestFileStorageAsADictionary = FileMachine.TestCase
TestFileStorageAsADictionary.settings = settings(
    max_examples=30, stateful_step_count=20, deadline=None
)
