from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from propstore.errors import (
    ChangedExternalResourceError,
    ExternalResourceExistsError,
    InvalidLocationError,
    MissingExternalResourceError,
)
from propstore.external import (
    CopyProgress,
    ExternalStorage,
    FileStorage,
    MemoryStorage,
    ObjectStorage,
    copy_contents,
    copy_resource,
)
from propstore.testing.external.raw import (
    HELLO,
    INVALID_LOCATIONS,
    INVALID_PREFIXES,
    LARGE,
    OTHER,
    digest_of,
)

CONTENTS = {"data/a": HELLO, "data/set/b": LARGE, "other": OTHER}


@pytest.fixture
def source() -> MemoryStorage:
    storage = MemoryStorage()
    for location, content in CONTENTS.items():
        storage.store_bytes(location, content)
    return storage


def contents(storage: ExternalStorage) -> dict[str, bytes]:
    def load(location: str) -> bytes:
        with storage.load_stream(location) as stream:
            return stream.read()

    return {location: load(location) for location in storage}


def test_all_contents_go_from_storage_to_storage(
    source: MemoryStorage, s3_storage: ObjectStorage, tmp_path: Path
) -> None:
    assert copy_contents(source, s3_storage) == 3
    files = FileStorage(tmp_path / "root")
    assert copy_contents(s3_storage, files) == 3
    assert contents(files) == CONTENTS


@pytest.mark.parametrize("location", INVALID_LOCATIONS.values(), ids=INVALID_LOCATIONS)
def test_an_invalid_location_is_not_copied(source: MemoryStorage, location: Any) -> None:
    destination = MemoryStorage()
    with pytest.raises(InvalidLocationError):
        copy_resource(source, destination, location)
    assert list(destination) == []


@pytest.mark.parametrize("kind", INVALID_PREFIXES)
def test_nothing_is_copied_below_an_invalid_prefix(source: MemoryStorage, kind: str) -> None:
    prefix: Any = INVALID_LOCATIONS[kind]
    destination = MemoryStorage()
    with pytest.raises(InvalidLocationError):
        copy_contents(source, destination, prefix)
    assert list(destination) == []


def test_a_prefix_says_what_is_copied(source: MemoryStorage) -> None:
    destination = MemoryStorage()
    assert copy_contents(source, destination, "data/") == 2
    assert sorted(destination) == ["data/a", "data/set/b"]


def test_progress_is_told_part_by_part(source: MemoryStorage) -> None:
    told: list[CopyProgress] = []
    copy_contents(source, MemoryStorage(), progress=told.append)
    assert told[-1].resources == 3
    assert told[-1].size == sum(len(content) for content in CONTENTS.values())
    assert [step.size for step in told] == sorted(step.size for step in told)
    assert len([step for step in told if step.location == "data/set/b"]) > 2


def test_an_empty_resource_is_told_too() -> None:
    source = MemoryStorage()
    source.store_bytes("empty", b"")
    told: list[CopyProgress] = []
    assert copy_resource(source, MemoryStorage(), "empty", progress=told.append) == digest_of(b"")
    assert told == [CopyProgress("empty", resources=1, size=0)]


def test_content_that_has_changed_is_not_copied(source: MemoryStorage, tmp_path: Path) -> None:
    destination = FileStorage(tmp_path / "root")
    with pytest.raises(ChangedExternalResourceError):
        copy_resource(source, destination, "data/set/b", digest=digest_of(HELLO))
    assert list(destination) == []


def test_a_copy_may_be_asked_to_replace_nothing(source: MemoryStorage) -> None:
    destination = MemoryStorage()
    destination.store_bytes("data/a", OTHER)
    with pytest.raises(ExternalResourceExistsError):
        copy_contents(source, destination, mode="create")
    assert contents(destination)["data/a"] == OTHER


def test_what_is_missing_can_not_be_copied(source: MemoryStorage) -> None:
    with pytest.raises(MissingExternalResourceError):
        copy_resource(source, MemoryStorage(), "absent")
