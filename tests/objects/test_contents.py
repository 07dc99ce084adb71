"""Saving objects as content and loading them, without any records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from propstore.errors import (
    ChangedExternalResourceError,
    InvalidLocationError,
    MissingExternalResourceError,
    SerializationError,
    UnreadStreamError,
    UnregisteredError,
    UnsupportedOperationError,
)
from propstore.objects import (
    Contents,
    ExternalContentStorage,
    FileContentStorage,
    MemoryContentStorage,
    PickleSerializer,
    SavedContent,
    Storage,
    default_serializers,
)


async def counting(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        yield value


def save(contents: Contents, value: Any, **options: Any) -> SavedContent:
    return asyncio.run(contents.save(value, **options))


def save_stream(contents: Contents, *values: Any, **options: Any) -> SavedContent:
    return asyncio.run(contents.save_stream(counting(*values), **options))


def load(contents: Contents, saved: SavedContent) -> Any:
    return asyncio.run(contents.load(saved))


def load_stream(contents: Contents, saved: SavedContent) -> list[Any]:
    async def go() -> list[Any]:
        return [value async for value in contents.load_stream(saved)]

    return asyncio.run(go())


def test_an_object_comes_back_from_every_kind_of_storage(storage: ExternalContentStorage) -> None:
    contents = Contents(storage)
    saved = save(contents, {"steps": 1000})
    assert load(contents, saved) == {"steps": 1000}


def test_a_stream_comes_back_from_every_kind_of_storage(storage: ExternalContentStorage) -> None:
    contents = Contents(storage)
    saved = save_stream(contents, {"step": 1}, {"step": 2})
    assert load_stream(contents, saved) == [{"step": 1}, {"step": 2}]


def test_what_is_saved_is_described(tmp_path: Path) -> None:
    saved = save(Contents(FileContentStorage(tmp_path)), "Lösung")
    assert (saved.serializer, saved.storage, saved.is_stream) == (
        "propstore.text@v1",
        "propstore.file@v1",
        False,
    )
    assert saved.digest["content_type"] == "text/plain"
    assert saved.digest["content_encoding"] == "utf-8"
    assert saved.digest["content_size"] == 7


def test_a_stream_has_the_digest_that_its_bytes_have() -> None:
    contents = Contents(MemoryContentStorage())
    assert save_stream(contents, b"ab", b"c").digest == save(contents, b"abc").digest


def test_a_serializer_can_be_named() -> None:
    contents = Contents(MemoryContentStorage())
    saved = save(contents, "text", serializer="propstore.json@v1")
    assert saved.digest["content_type"] == "application/json"
    assert load(contents, saved) == "text"


def test_the_first_storage_is_used_unless_another_is_named(tmp_path: Path) -> None:
    contents = Contents(MemoryContentStorage(), FileContentStorage(tmp_path / "contents"))
    assert save(contents, "a").storage == "propstore.memory@v1"
    assert not (tmp_path / "contents").exists()
    saved = save(contents, "b", storage="propstore.file@v1")
    assert saved.storage == "propstore.file@v1"
    assert load(contents, saved) == "b"


@pytest.mark.parametrize("option", ["serializer", "storage"])
def test_what_is_not_registered_cannot_be_named(option: str) -> None:
    contents = Contents(MemoryContentStorage())
    with pytest.raises(UnregisteredError, match=r"mylab\.none@v1"):
        save(contents, "a", **{option: "mylab.none@v1"})
    with pytest.raises(UnregisteredError, match=r"mylab\.none@v1"):
        save_stream(contents, "a", **{option: "mylab.none@v1"})


@pytest.mark.parametrize("part", ["serializer", "storage"])
def test_what_was_saved_by_others_asks_for_their_components(part: str) -> None:
    change: dict[str, Any] = {part: "mylab.none@v1"}
    contents = Contents(MemoryContentStorage())
    for saved, read in ((save(contents, "a"), load), (save_stream(contents, "a"), load_stream)):
        with pytest.raises(UnregisteredError, match=r"mylab\.none@v1"):
            read(contents, replace(saved, **change))


def test_pickled_objects_are_not_loaded_unless_the_loader_registers_pickle() -> None:
    contents = Contents(MemoryContentStorage())
    saved = replace(save(contents, b"cos\nsystem\n."), serializer="propstore.pickle@v1")
    with pytest.raises(UnregisteredError, match="pickle"):
        load(contents, saved)


def damaged(storage: ExternalContentStorage, saved: SavedContent) -> None:
    location = storage.deserialize_storage_data(saved.storage_data)["location"]
    storage.external.store_bytes(location, b"[1,2,4]")


def test_content_that_has_changed_is_not_loaded(storage: ExternalContentStorage) -> None:
    contents = Contents(storage)
    saved = save(contents, [1, 2, 3])
    damaged(storage, saved)
    with pytest.raises(ChangedExternalResourceError, match=saved.digest["content_hash"]):
        load(contents, saved)


def test_a_stream_that_has_changed_is_told_at_its_end(storage: ExternalContentStorage) -> None:
    contents = Contents(storage)
    saved = save_stream(contents, [1, 2, 3])
    damaged(storage, saved)
    with pytest.raises(ChangedExternalResourceError, match=saved.digest["content_hash"]):
        load_stream(contents, saved)


def test_content_that_is_gone_is_missing(storage: ExternalContentStorage) -> None:
    contents = Contents(storage)
    blob, stream, other = save(contents, "a"), save_stream(contents, "b"), save(contents, "c")
    for saved in (blob, stream):
        asyncio.run(storage.delete_data(storage.deserialize_storage_data(saved.storage_data)))
    assert asyncio.run(contents.missing([blob, other, stream])) == [0, 2]
    with pytest.raises(MissingExternalResourceError):
        load(contents, blob)
    with pytest.raises(MissingExternalResourceError):
        load_stream(contents, stream)


def test_a_stream_is_not_loaded_as_one_object_and_one_object_not_as_a_stream() -> None:
    contents = Contents(MemoryContentStorage())
    with pytest.raises(SerializationError, match="use load_stream"):
        load(contents, save_stream(contents, "a"))
    with pytest.raises(SerializationError, match=r"use load$"):
        load_stream(contents, save(contents, "a"))


def test_an_empty_stream_needs_a_serializer_by_name() -> None:
    contents = Contents(MemoryContentStorage())
    with pytest.raises(SerializationError, match="name the serializer"):
        save_stream(contents)
    saved = save_stream(contents, serializer="propstore.json@v1")
    assert load_stream(contents, saved) == []


def test_a_value_that_cannot_be_serialized_leaves_nothing() -> None:
    storage = MemoryContentStorage()
    with pytest.raises(SerializationError):
        save(Contents(storage), [float("nan")])
    with pytest.raises(SerializationError):
        save_stream(Contents(storage), [1.0], [float("nan")])
    assert list(storage.external) == []


class Source:
    """Values, and whether they were closed."""

    is_closed = False

    async def values(self) -> AsyncIterator[Any]:
        try:
            yield np.zeros(2)
            yield "not an array"
            yield np.zeros(2)
        finally:
            self.is_closed = True


def test_a_source_is_closed_when_its_stream_cannot_be_saved() -> None:
    source = Source()

    async def go() -> bool:
        with pytest.raises(SerializationError):
            await Contents(MemoryContentStorage()).save_stream(source.values())
        return source.is_closed

    assert asyncio.run(go())


def test_a_stream_need_not_be_read_to_its_end(tmp_path: Path) -> None:
    contents = Contents(FileContentStorage(tmp_path))
    saved = save_stream(contents, *(np.full(1000, float(step)) for step in range(100)))

    async def first_mean() -> float:
        frames = contents.load_stream(saved)
        first = await anext(frames)
        await frames.aclose()
        return float(first.mean())

    assert asyncio.run(first_mean()) == 0.0


class Forgetful(Storage[str]):
    """Doesn't read streams to their end."""

    name = "test.forgetful@v1"

    async def write_data_stream(
        self, stream: AsyncIterator[bytes], get_digest: Callable[[], Any], tags: Any, /
    ) -> str:
        await anext(stream)
        return "somewhere"


def test_a_storage_that_does_not_read_a_stream_to_its_end_is_found_out() -> None:
    with pytest.raises(UnreadStreamError):
        save_stream(Contents(Forgetful()), "a", "b")


def test_a_storage_for_streams_only_refuses_blobs() -> None:
    with pytest.raises(UnsupportedOperationError, match="write_data"):
        save(Contents(Forgetful()), "a")


def test_a_serializer_without_a_stream_form_refuses_streams() -> None:
    with pytest.raises(UnsupportedOperationError, match="pandas"):
        save_stream(Contents(MemoryContentStorage()), pd.DataFrame())


def test_the_storage_is_told_the_tags(tmp_path: Path) -> None:
    def by_project(digest: Any, tags: Any) -> Any:
        return {"location": f"{tags['project']}/{digest['content_hash']}"}

    contents = Contents(FileContentStorage(tmp_path, router=by_project))
    save(contents, "a", tags={"project": "one"})
    save_stream(contents, "b", tags={"project": "two"})
    assert sorted(path.name for path in tmp_path.iterdir() if path.name[0] != ".") == ["one", "two"]


def test_a_tag_that_would_lead_out_is_no_place(tmp_path: Path) -> None:
    def by_project(digest: Any, tags: Any) -> Any:
        return {"location": f"{tags['project']}/{digest['content_hash']}"}

    contents = Contents(FileContentStorage(tmp_path / "root", router=by_project))
    with pytest.raises(InvalidLocationError):
        save(contents, "a", tags={"project": "../outside"})
    assert not (tmp_path / "outside").exists()


def test_storage_data_that_leads_out_is_refused(tmp_path: Path) -> None:
    contents = Contents(FileContentStorage(tmp_path / "root"))
    secret = save(Contents(FileContentStorage(tmp_path / "outside")), "secret")
    location = f"../outside/sha256/{secret.digest['content_hash'][:2]}"
    forged = f'{{"location":"{location}/{secret.digest["content_hash"]}"}}'
    with pytest.raises(InvalidLocationError):
        load(contents, replace(secret, storage_data=forged))
    with pytest.raises(InvalidLocationError):
        load_stream(contents, replace(secret, storage_data=forged, is_stream=True))
    with pytest.raises(InvalidLocationError):
        asyncio.run(contents.missing([replace(secret, storage_data=forged)]))


def test_serializers_of_ones_own_are_used() -> None:
    serializers = default_serializers()
    contents = Contents(MemoryContentStorage(), serializers=serializers)
    with pytest.raises(UnregisteredError, match="complex"):
        save(contents, 1 + 2j)
    serializers.register(PickleSerializer())
    saved = save(contents, 1 + 2j, serializer="propstore.pickle@v1")
    assert load(contents, saved) == 1 + 2j
