"""What a storage of one's own may leave to the base class, and the interface's own examples."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import propstore as ps
from propstore.errors import SerializationError, UnreadStreamError, UnsupportedOperationError
from propstore.objects import (
    Contents,
    Digest,
    MemoryContentStorage,
    SerializedData,
    Storage,
    TagMap,
)
from propstore.objects.content.digest import DigestedStream, digest_data
from propstore.objects.content.router import ContentPointer
from propstore.workers import save_one
from propstore.workers.loader import get_manifest

# The two definitions in the description of the interface, as they stand there but for the imports.
BLOBS = """
from pathlib import Path

from propstore.objects import Digest
from propstore.objects import GetStreamDigest
from propstore.objects import Storage
from propstore.objects import TagMap


class FileStorage(Storage):
    name = "temp-file-storage@v1"

    def __init__(self, prefix: Path, *, read_chunk_size: int = 1024):
        self._prefix = prefix
        self._read_chunk_size = read_chunk_size

    async def write_data(self, data: bytes, digest: Digest, name: str, tags: TagMap) -> str:
        path = self._prefix / digest["content_hash"]
        with path.open("wb") as f:
            f.write(data)
        return str(path)

    async def read_data(self, path: str) -> bytes:
        with Path(path).open("rb") as f:
            return f.read()
"""
STREAMS = """
from collections.abc import AsyncGenerator
from collections.abc import AsyncIterator
from tempfile import NamedTemporaryFile


class FileStorage(Storage):
    ...

    async def write_data_stream(
        self,
        stream: AsyncIterator[bytes],
        get_digest: GetStreamDigest,
        tags: TagMap,
    ) -> str:
        with NamedTemporaryFile(dir=self._root) as temp_file:
            async for chunk in stream:
                temp_file.write(chunk)
            temp_file.flush()
            temp_file.seek(0)
            key = get_digest()["content_hash"]
            Path(temp_file.name).rename(self._root / key)
        return key

    async def read_data_stream(self, key: str) -> AsyncGenerator[bytes]:
        with (self._root / key).open("rb") as f:
            while chunk := f.read(self._read_chunk_size):
                yield chunk
"""
CONTENT: SerializedData = {
    "data": b"content",
    "content_type": "text/plain",
    "content_encoding": "utf-8",
}
DIGEST = digest_data(CONTENT)


def example(*blocks: str) -> type[Any]:
    namespace: dict[str, Any] = {}
    for block in blocks:
        exec(block, namespace)  # noqa: S102 - it is what is tested
    found: type[Any] = namespace["FileStorage"]
    return found


def test_the_storage_for_blobs_in_the_description_works(tmp_path: Path) -> None:
    storage = example(BLOBS)(tmp_path)
    path = asyncio.run(storage.write_data(b"content", DIGEST, "name", {}))
    assert asyncio.run(storage.read_data(path)) == b"content"
    assert path == str(tmp_path / DIGEST["content_hash"])


def test_the_storage_for_streams_in_the_description_writes(tmp_path: Path) -> None:
    # A temporary file that was renamed can't be removed under its old name: the one contradiction.
    storage = example(BLOBS, STREAMS.replace("dir=self._root", "dir=self._root, delete=False"))()
    storage._root = tmp_path

    async def write() -> str:
        async def chunks() -> AsyncIterator[bytes]:
            for chunk in (b"con", b"tent"):
                yield chunk

        key: str = await storage.write_data_stream(chunks(), lambda: DIGEST, {})
        return key

    assert (tmp_path / asyncio.run(write())).read_bytes() == b"content"
    assert [path.name for path in tmp_path.iterdir()] == [DIGEST["content_hash"]]


def test_the_tags_of_the_description_are_those_that_a_storage_is_given(tmp_path: Path) -> None:
    given: list[TagMap] = []

    class Noting(MemoryContentStorage):
        name = "test.noting@v1"

        async def write_data(self, data: bytes, digest: Digest, tags: TagMap, /) -> ContentPointer:
            given.append(tags)
            return await super().write_data(data, digest, tags)

    with ps.open("memory:") as store:
        contents = Contents(Noting())
        tags = {"project": "solvation", "run": "7"}
        key = asyncio.run(save_one("content", store, contents, tags=tags))
        # A manifest has one content, so that one record is both.
        content_record = manifest_record = get_manifest(key, store)
    assert given == [{**content_record.tags, **manifest_record.tags}] == [tags]


def test_the_storage_for_streams_in_the_description_reads(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"content")
    storage = example(BLOBS, STREAMS)()
    storage._root, storage._read_chunk_size = tmp_path, 3

    async def read() -> list[bytes]:
        return [chunk async for chunk in storage.read_data_stream("key")]

    assert asyncio.run(read()) == [b"con", b"ten", b"t"]


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("write_data", (b"", DIGEST, {})),
        ("read_data", ("key",)),
        ("write_data_stream", (None, None, {})),
        ("read_data_stream", ("key",)),
    ],
)
def test_a_method_that_a_storage_lacks_is_named(method: str, arguments: tuple[Any, ...]) -> None:
    class Incomplete(Storage[str]):
        name = "test.incomplete@v1"

    async def call() -> None:
        await getattr(Incomplete(), method)(*arguments)

    with pytest.raises(UnsupportedOperationError, match=rf"Incomplete has no {method}\(\)"):
        asyncio.run(call())


@pytest.mark.parametrize("data", ["key", 7, None, {"bucket": "ü", "key": ["a", 1.5]}], ids=repr)
def test_storage_data_comes_back_from_its_text(data: Any) -> None:
    storage: Storage[Any] = Storage()
    assert storage.deserialize_storage_data(storage.serialize_storage_data(data)) == data


def test_the_same_storage_data_is_always_the_same_text() -> None:
    storage: Storage[Any] = Storage()
    texts = {storage.serialize_storage_data(one) for one in ({"a": 1, "b": 2}, {"b": 2, "a": 1})}
    assert texts == {'{"a":1,"b":2}'}


@pytest.mark.parametrize("data", [{1, 2}, Path("key"), float("nan"), b"key"], ids=repr)
def test_storage_data_that_is_not_json_is_refused(data: Any) -> None:
    class Wrong(Storage[Any]):
        name = "test.wrong@v1"

    with pytest.raises(SerializationError, match="serialize_storage_data"):
        Wrong().serialize_storage_data(data)


def test_text_that_is_no_storage_data_is_refused() -> None:
    class Wrong(Storage[Any]):
        name = "test.wrong@v1"

    with pytest.raises(SerializationError, match=r"test\.wrong@v1"):
        Wrong().deserialize_storage_data("{")


def test_a_digest_tells_the_type_encoding_hash_and_size() -> None:
    expected = {
        "content_type": "text/plain",
        "content_encoding": "utf-8",
        "content_hash_algorithm": "sha256",
        "content_hash": hashlib.sha256(b"content").hexdigest(),
        "content_size": 7,
    }
    found = digest_data(CONTENT)
    assert found == expected
    assert set(found) == set(get_type_hints(Digest))


def test_the_digest_of_a_stream_is_known_once_it_is_read_to_its_end() -> None:
    async def chunks() -> Any:
        for chunk in (b"con", b"", b"tent"):
            yield chunk

    stream = DigestedStream(
        {"data_stream": chunks(), "content_type": "text/plain", "content_encoding": "utf-8"}
    )

    async def read() -> bytes:
        blocks = stream.blocks()
        with pytest.raises(UnreadStreamError):
            stream.get_digest()
        first = await anext(blocks)
        with pytest.raises(UnreadStreamError, match="7 bytes"):
            stream.get_digest()
        return first + b"".join([block async for block in blocks])

    assert asyncio.run(read()) == b"content"
    assert stream.get_digest() == DIGEST
