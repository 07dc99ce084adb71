"""Content stays as long as a manifest has it, and no longer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import propstore as ps
from propstore.errors import (
    InvalidLocationError,
    ObjectNotFoundError,
    ObjectTypeError,
    StoreReadOnlyError,
    UnregisteredError,
)
from propstore.objects import Contents, ExternalContentStorage, FileContentStorage
from propstore.workers import (
    ContentManifest,
    Orphan,
    Saver,
    list_orphans,
    load_one,
    remove_one,
    remove_orphans,
    save_one,
    save_stream,
)
from tests.samples import density
from tests.workers.content_storages import PlainStorage


def save(value: Any, store: ps.StorageBackend, contents: Contents) -> str:
    return asyncio.run(save_one(value, store, contents))


def load(key: str, store: ps.StorageBackend, contents: Contents) -> Any:
    return asyncio.run(load_one(key, store, contents))


def remove(key: str, store: ps.StorageBackend, contents: Contents) -> None:
    asyncio.run(remove_one(key, store, contents))


def orphans(store: ps.StorageBackend, contents: Contents) -> list[Orphan]:
    return asyncio.run(list_orphans(store, contents))


def storage_of(contents: Contents) -> ExternalContentStorage:
    (storage,) = contents.storages.latest_first()
    assert isinstance(storage, ExternalContentStorage)
    return storage


def kept(contents: Contents) -> list[str]:
    return list(storage_of(contents).external)


async def each(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        yield value


async def fail(store: ps.StorageBackend, contents: Contents) -> None:
    """Leave garbage behind."""
    async with Saver(store, contents) as saver:
        saver.save_soon("garbage")
        saver.save_soon(object())


def test_a_removed_object_is_gone_with_its_content(
    store: ps.StorageBackend, contents: Contents
) -> None:
    key = save("text", store, contents)
    remove(key, store, contents)
    assert len(store) == 0
    assert kept(contents) == []
    with pytest.raises(ObjectNotFoundError):
        load(key, store, contents)


def test_content_of_two_manifests_stays_until_the_second_goes(
    store: ps.StorageBackend, contents: Contents
) -> None:
    first, second = (save("text", store, contents) for _ in range(2))
    remove(first, store, contents)
    assert load(second, store, contents) == "text"
    remove(second, store, contents)
    assert kept(contents) == []


def test_content_that_is_read_in_two_ways_is_one(
    store: ps.StorageBackend, contents: Contents
) -> None:
    blob = save("text", store, contents)
    stream = asyncio.run(save_stream(each("te", "xt"), store, contents))
    remove(stream, store, contents)
    assert load(blob, store, contents) == "text"


def test_other_objects_and_records_stay(store: ps.StorageBackend, contents: Contents) -> None:
    record = store.store_object(density())
    other = save("other", store, contents)
    remove(save("text", store, contents), store, contents)
    assert set(store.keys()) == {record, other}
    assert load(other, store, contents) == "other"


@pytest.mark.parametrize("key", ["0" * 32, "", "..", "../../etc/passwd", "nul\0"])
def test_a_key_of_nothing_is_not_found(
    store: ps.StorageBackend, contents: Contents, key: str
) -> None:
    with pytest.raises(ObjectNotFoundError):
        remove(key, store, contents)


def test_another_record_is_not_removed(store: ps.StorageBackend, contents: Contents) -> None:
    key = store.store_object(density())
    with pytest.raises(ObjectTypeError):
        remove(key, store, contents)
    assert key in store


def test_an_object_whose_storage_is_not_registered_is_not_removed(
    store: ps.StorageBackend, contents: Contents
) -> None:
    key = save("text", store, contents)
    with pytest.raises(UnregisteredError, match=storage_of(contents).name):
        remove(key, store, Contents(PlainStorage()))
    assert load(key, store, contents) == "text"


def test_of_a_storage_from_which_nothing_can_be_removed_the_manifest_goes(
    store: ps.StorageBackend,
) -> None:
    storage = PlainStorage()
    contents = Contents(storage)
    remove(save("text", store, contents), store, contents)
    assert len(store) == 0
    assert list(storage.contents.values()) == [b"text"]
    assert orphans(store, contents) == []


def test_a_store_that_is_read_only_keeps_everything(tmp_path: Path) -> None:
    contents = Contents(FileContentStorage(tmp_path / "contents"))
    with ps.open(tmp_path / "store") as store:
        key = save("text", store, contents)
    with ps.open(tmp_path / "store", read_only=True) as store:
        with pytest.raises(StoreReadOnlyError):
            remove(key, store, contents)
        assert load(key, store, contents) == "text"


def test_content_without_a_manifest_is_listed_and_can_be_removed(
    store: ps.StorageBackend, contents: Contents
) -> None:
    key = save("text", store, contents)
    with pytest.raises(ExceptionGroup):
        asyncio.run(fail(store, contents))
    (orphan,) = found = orphans(store, contents)
    assert orphan.storage == storage_of(contents).name
    assert json.loads(orphan.storage_data)["location"] in kept(contents)
    assert asyncio.run(remove_orphans(found, store, contents)) == 1
    assert orphans(store, contents) == []
    assert load(key, store, contents) == "text"


def test_content_of_a_manifest_that_the_store_has_removed_is_listed(
    store: ps.StorageBackend, contents: Contents
) -> None:
    store.remove_object(save("text", store, contents))
    assert len(orphans(store, contents)) == 1


def test_content_that_got_a_manifest_meanwhile_is_not_removed(
    store: ps.StorageBackend, contents: Contents
) -> None:
    with pytest.raises(ExceptionGroup):
        asyncio.run(fail(store, contents))
    found = orphans(store, contents)
    key = save("garbage", store, contents)
    assert asyncio.run(remove_orphans(found, store, contents)) == 0
    assert load(key, store, contents) == "garbage"


def test_content_that_another_has_removed_is_no_error(
    store: ps.StorageBackend, contents: Contents
) -> None:
    with pytest.raises(ExceptionGroup):
        asyncio.run(fail(store, contents))
    found = orphans(store, contents)
    assert asyncio.run(remove_orphans(found, store, contents)) == 1
    assert asyncio.run(remove_orphans(found, store, contents)) == 0


def test_resources_that_are_no_content_are_left_alone(
    store: ps.StorageBackend, contents: Contents
) -> None:
    storage_of(contents).external.store_bytes("trajectory.dcd", b"frames")
    assert orphans(store, contents) == []


def test_a_manifest_whose_content_would_lie_outside_removes_nothing_there(tmp_path: Path) -> None:
    contents = Contents(FileContentStorage(tmp_path / "contents"))
    outside = tmp_path / ("a" * 64)
    outside.write_bytes(b"secret")
    forged = Orphan("propstore.file@v1", json.dumps({"location": f"../{outside.name}"}))
    with ps.open("memory:") as store:
        with pytest.raises(InvalidLocationError):
            asyncio.run(remove_orphans([forged], store, contents))
        manifest = ContentManifest(
            serializer="propstore.bytes@v1",
            is_stream=False,
            storage=forged.storage,
            storage_data=forged.storage_data,
            content_type="application/octet-stream",
            content_hash_algorithm="sha256",
            content_hash="a" * 64,
            content_size=6,
        )
        with pytest.raises(InvalidLocationError):
            remove(store.store_object(manifest), store, contents)
    assert outside.read_bytes() == b"secret"
