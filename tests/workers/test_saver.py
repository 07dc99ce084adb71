"""Objects are saved and loaded by keys, many at once, and all of them or none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import propstore as ps
from propstore.errors import (
    ChangedExternalResourceError,
    InvalidTagError,
    MissingExternalResourceError,
    ObjectNotFoundError,
    ObjectTypeError,
    SerializationError,
    StoreReadOnlyError,
    UnregisteredError,
    UnsupportedOperationError,
)
from propstore.objects import Contents, ExternalContentStorage, MemoryContentStorage
from propstore.workers import (
    ContentManifest,
    Loader,
    Saver,
    load_one,
    load_stream,
    save_one,
    save_stream,
)
from tests.backends.three_hooks import DictBackend
from tests.samples import density
from tests.workers.content_storages import (
    CrowdedStorage,
    FreeingStorage,
    MeetingStorage,
    PlainStorage,
)

NOT_JSON = [float("nan")]


async def each(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        yield value


def save(value: Any, store: ps.StorageBackend, contents: Contents, **options: Any) -> str:
    return asyncio.run(save_one(value, store, contents, **options))


def save_all(
    values: list[Any], store: ps.StorageBackend, contents: Contents, **options: Any
) -> list[str]:
    async def go() -> list[str]:
        async with Saver(store, contents) as saver:
            for value in values:
                saver.save_soon(value, **options)
        return saver.keys

    return asyncio.run(go())


def load(key: str, store: ps.StorageBackend, contents: Contents) -> Any:
    return asyncio.run(load_one(key, store, contents))


def load_all(keys: list[str], store: ps.StorageBackend, contents: Contents) -> list[Any]:
    async def go() -> list[Any]:
        async with Loader(store, contents) as loader:
            for key in keys:
                loader.load_soon(key)
        return loader.values

    return asyncio.run(go())


def load_whole_stream(key: str, store: ps.StorageBackend, contents: Contents) -> list[Any]:
    async def go() -> list[Any]:
        return [value async for value in load_stream(key, store, contents)]

    return asyncio.run(go())


def external(contents: Contents) -> list[str]:
    (storage,) = contents.storages.latest_first()
    assert isinstance(storage, ExternalContentStorage)
    return list(storage.external)


def test_an_object_is_loaded_by_the_key_under_which_it_was_saved(
    store: ps.StorageBackend, contents: Contents
) -> None:
    key = save({"steps": 1000}, store, contents)
    assert load(key, store, contents) == {"steps": 1000}


def test_a_stream_is_loaded_by_the_key_under_which_it_was_saved(
    store: ps.StorageBackend, contents: Contents
) -> None:
    frames = [np.full((2, 3), float(step)) for step in range(3)]
    key = asyncio.run(save_stream(each(*frames), store, contents))
    assert np.array_equal(load_whole_stream(key, store, contents), frames)


def test_what_was_saved_can_be_loaded_after_the_store_is_opened_again(tmp_path: Path) -> None:
    contents = Contents(MemoryContentStorage())
    with ps.open(tmp_path / "store") as store:
        key = save("text", store, contents)
    with ps.open(tmp_path / "store", read_only=True) as store:
        assert load(key, store, contents) == "text"


def test_a_manifest_is_a_record_that_is_found_by_its_tags_and_fields(
    store: ps.StorageBackend, contents: Contents
) -> None:
    store.store_object(density())
    key = save("text", store, contents, tags={"project": "solvation"})
    save("text", store, contents, tags={"project": "other"})
    found = store.find(
        ContentManifest,
        ps.field("tags.project") == "solvation",
        ps.field("content_type") == "text/plain",
        ps.field("content_size") == 4,
    ).one()
    assert found.key == key
    assert isinstance(found.record, ContentManifest)
    assert found.record.saved() == ContentManifest.of(found.record.saved(), {}).saved()


@pytest.mark.parametrize("field", ["storage_data", "content_hash"])
def test_a_manifest_is_found_by_its_content_through_an_index(
    store: ps.StorageBackend, contents: Contents, field: str
) -> None:
    save("text", store, contents)
    assert f"_{field}" in store.find(ContentManifest, ps.field(field) == "a").explain()


def test_the_same_object_saved_twice_has_two_manifests_and_one_content(
    store: ps.StorageBackend, contents: Contents
) -> None:
    assert save("text", store, contents) != save("text", store, contents)
    assert len(store) == 2
    assert len(external(contents)) == 1


def test_the_keys_and_the_objects_have_the_order_in_which_they_were_asked_for(
    store: ps.StorageBackend, contents: Contents
) -> None:
    # The first are the largest, and take the longest.
    values: list[Any] = ["a" * 10**number for number in range(6, 0, -1)] + [
        [number] for number in range(30)
    ]
    keys = save_all(values, store, contents)
    assert store.keys(ContentManifest) == keys
    assert load_all(keys[::-1], store, contents) == values[::-1]


def test_objects_are_saved_at_the_same_time(store: ps.StorageBackend) -> None:
    async def go() -> list[str]:
        async with Saver(store, Contents(MeetingStorage(3))) as saver:
            for value in ("a", "b", "c"):
                saver.save_soon(value)
        return saver.keys

    assert len(asyncio.run(go())) == 3


def test_a_few_objects_at_once_are_being_written_however_many_there_are(
    store: ps.StorageBackend,
) -> None:
    storage = CrowdedStorage()
    save_all(list(range(100)), store, Contents(storage))
    assert 1 < storage.most_present <= 8


def test_streams_and_single_objects_are_saved_together(
    store: ps.StorageBackend, contents: Contents
) -> None:
    async def go() -> list[str]:
        async with Saver(store, contents) as saver:
            saver.save_stream_soon(each(1, 2), tags={"part": "steps"})
            saver.save_soon("log", tags={"part": "log"})
        return saver.keys

    steps, log = asyncio.run(go())
    assert load_whole_stream(steps, store, contents) == [1, 2]
    assert load(log, store, contents) == "log"


def test_a_saver_and_a_loader_of_nothing_have_nothing(
    store: ps.StorageBackend, contents: Contents
) -> None:
    assert save_all([], store, contents) == []
    assert load_all([], store, contents) == []


def test_one_that_cannot_be_saved_leaves_none_recorded_and_all_failures_are_told(
    store: ps.StorageBackend, contents: Contents
) -> None:
    with pytest.raises(ExceptionGroup, match="2 of 4 objects could not be saved") as caught:
        save_all(["fine", NOT_JSON, object(), "fine too"], store, contents)
    assert [type(error) for error in caught.value.exceptions] == [
        SerializationError,
        UnregisteredError,
    ]
    assert len(store) == 0
    assert len(external(contents)) == 2


def test_a_block_that_raises_leaves_none_recorded(
    store: ps.StorageBackend, contents: Contents
) -> None:
    async def go() -> None:
        async with Saver(store, contents) as saver:
            for number in range(50):
                saver.save_soon(number)
            await asyncio.sleep(0)
            raise ConnectionError("the source broke off")

    with pytest.raises(ConnectionError):
        asyncio.run(go())
    assert len(store) == 0


def test_a_saver_that_is_cancelled_leaves_none_recorded(store: ps.StorageBackend) -> None:
    async def go() -> None:
        async with asyncio.timeout(0.05), Saver(store, Contents(MeetingStorage(2))) as saver:
            saver.save_soon("waits for another that never comes")

    with pytest.raises(TimeoutError):
        asyncio.run(go())
    assert len(store) == 0


@pytest.mark.parametrize("operation", [save_one, save_stream])
def test_a_single_failure_is_raised_as_it_is(
    store: ps.StorageBackend, contents: Contents, operation: Callable[..., Awaitable[str]]
) -> None:
    value = each(NOT_JSON) if operation is save_stream else NOT_JSON

    async def go() -> None:
        await operation(value, store, contents)

    with pytest.raises(SerializationError):
        asyncio.run(go())
    assert len(store) == 0


def test_tags_that_are_none_are_refused_before_anything_is_written(
    store: ps.StorageBackend, contents: Contents
) -> None:
    tags: Any = {"project": 7}

    async def by_saver() -> None:
        async with Saver(store, contents) as saver:
            saver.save_soon("text", tags=tags)

    async def by_stream_saver() -> None:
        async with Saver(store, contents) as saver:
            saver.save_stream_soon(each("text"), tags=tags)

    async def by_function() -> None:
        await save_one("text", store, contents, tags=tags)

    async def by_stream_function() -> None:
        await save_stream(each("text"), store, contents, tags=tags)

    for attempt in (by_saver, by_stream_saver, by_function, by_stream_function):
        with pytest.raises(InvalidTagError, match="project"):
            asyncio.run(attempt())
    assert external(contents) == []


@pytest.mark.parametrize("kind", ["read-only", "without transactions"])
def test_a_store_that_cannot_record_is_refused_before_anything_is_written(
    tmp_path: Path, kind: str
) -> None:
    ps.open(tmp_path / "store").close()
    store: ps.StorageBackend
    error: type[Exception]
    if kind == "read-only":
        store, error = ps.open(tmp_path / "store", read_only=True), StoreReadOnlyError
    else:
        store, error = DictBackend(tmp_path), UnsupportedOperationError
    contents = Contents(MemoryContentStorage())
    with store:
        for attempt in (
            lambda: save("text", store, contents),
            lambda: save_all(["text"], store, contents),
            lambda: asyncio.run(save_stream(each("text"), store, contents)),
        ):
            with pytest.raises(error):
                attempt()
    assert external(contents) == []


def test_the_storage_is_told_the_tags_of_the_manifest(store: ps.StorageBackend) -> None:
    def by_project(digest: Any, tags: Any) -> Any:
        return {"location": f"{tags['project']}/{digest['content_hash']}"}

    contents = Contents(MemoryContentStorage(router=by_project))
    save("text", store, contents, tags={"project": "solvation"})
    assert [location.split("/")[0] for location in external(contents)] == ["solvation"]


def test_failures_of_a_loader_come_together(store: ps.StorageBackend, contents: Contents) -> None:
    key = save("text", store, contents)
    with pytest.raises(ExceptionGroup, match="2 of 3 objects could not be loaded") as caught:
        load_all(["none", key, "none either"], store, contents)
    assert [type(error) for error in caught.value.exceptions] == [ObjectNotFoundError] * 2


def test_a_loader_whose_block_raises_lets_that_pass(
    store: ps.StorageBackend, contents: Contents
) -> None:
    key = save("text", store, contents)

    async def go() -> None:
        async with Loader(store, contents) as loader:
            loader.load_soon(key)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(go())


@pytest.mark.parametrize(
    "key", ["0" * 32, "", "..", "../../etc/passwd", "nul\0", "propstore-keys-0"]
)
def test_a_key_of_nothing_is_not_found(
    store: ps.StorageBackend, contents: Contents, key: str
) -> None:
    with pytest.raises(ObjectNotFoundError):
        load(key, store, contents)
    with pytest.raises(ObjectNotFoundError):
        load_whole_stream(key, store, contents)
    with pytest.raises(ExceptionGroup):
        load_all([key], store, contents)


def test_the_key_of_another_record_is_told(store: ps.StorageBackend, contents: Contents) -> None:
    key = store.store_object(density())
    with pytest.raises(ObjectTypeError, match="property_data"):
        load(key, store, contents)


def test_content_that_has_changed_is_not_loaded(store: ps.StorageBackend) -> None:
    storage = PlainStorage()
    contents = Contents(storage)
    key = save("text", store, contents)
    (content_hash,) = storage.contents
    storage.contents[content_hash] = b"tixt"
    with pytest.raises(ChangedExternalResourceError):
        load(key, store, contents)


def test_content_that_is_removed_before_it_is_recorded_is_written_again(
    store: ps.StorageBackend,
) -> None:
    contents = Contents(FreeingStorage(losses=3))
    keys = save_all(["a", "b"], store, contents)
    assert load_all(keys, store, contents) == ["a", "b"]


def test_a_stream_that_is_removed_before_it_is_recorded_is_not_recorded(
    store: ps.StorageBackend,
) -> None:
    with pytest.raises(MissingExternalResourceError, match="save it again"):
        asyncio.run(save_stream(each("a"), store, Contents(FreeingStorage(losses=1))))
    assert len(store) == 0


def test_content_that_never_stays_is_not_recorded(store: ps.StorageBackend) -> None:
    with pytest.raises(MissingExternalResourceError, match="share one storage"):
        save("a", store, Contents(FreeingStorage(losses=1000)))
    assert len(store) == 0


def test_many_savers_at_once_do_not_wait_for_each_other_for_ever(
    store: ps.StorageBackend, contents: Contents
) -> None:
    async def go() -> list[str]:
        # More than there are threads to wait in.
        async with asyncio.timeout(60):
            return await asyncio.gather(
                *(save_one(number, store, contents) for number in range(100))
            )

    assert load_all(asyncio.run(go()), store, contents) == list(range(100))


def test_the_store_can_be_used_by_the_event_loop_meanwhile(
    store: ps.StorageBackend, contents: Contents
) -> None:
    async def save_numbers() -> None:
        for number in range(20):
            await save_one(number, store, contents)

    async def go() -> int:
        uses = 0
        async with asyncio.timeout(60):
            saving = asyncio.create_task(save_numbers())
            while not saving.done():
                store.store_object(density(value=f"{900 + uses} kg/m**3"))
                uses += 1
                await asyncio.sleep(0)
            await saving
        return uses

    uses = asyncio.run(go())
    assert len(store) == 20 + uses
