"""What content storages promise, over every kind of external storage."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from propstore.errors import (
    ChangedExternalResourceError,
    ExternalPermissionError,
    InvalidLocationError,
    MissingExternalResourceError,
    UnreadStreamError,
)
from propstore.external import FileStorage, MemoryStorage
from propstore.objects import (
    ContentPointer,
    Digest,
    ExternalContentStorage,
    FileContentStorage,
    MemoryContentStorage,
    Router,
    hash_router,
)

DATA = b"some content"
LARGE = bytes(range(256)) * 12_000  # 3 MB: several blocks


def digest_of(data: bytes) -> Digest:
    return {
        "content_type": "text/plain",
        "content_encoding": "utf-8",
        "content_hash_algorithm": "sha256",
        "content_hash": hashlib.sha256(data).hexdigest(),
        "content_size": len(data),
    }


HASH = digest_of(DATA)["content_hash"]


async def chunks(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def broken_chunks() -> AsyncIterator[bytes]:
    yield DATA
    raise ConnectionError("the source broke off")


def write(storage: ExternalContentStorage, data: bytes = DATA) -> ContentPointer:
    return asyncio.run(storage.write_data(data, digest_of(data), {}))


def write_stream(storage: ExternalContentStorage, data: bytes = DATA) -> ContentPointer:
    return asyncio.run(storage.write_data_stream(chunks(data), lambda: digest_of(data), {}))


def read(storage: ExternalContentStorage, pointer: ContentPointer) -> bytes:
    return asyncio.run(storage.read_data(pointer))


async def joined(storage: ExternalContentStorage, pointer: ContentPointer) -> bytes:
    return b"".join([chunk async for chunk in storage.read_data_stream(pointer)])


def read_stream(storage: ExternalContentStorage, pointer: ContentPointer) -> bytes:
    return asyncio.run(joined(storage, pointer))


async def pointers(storage: ExternalContentStorage) -> list[ContentPointer]:
    return [pointer async for pointer in storage.iter_data()]


writing = pytest.mark.parametrize("put", [write, write_stream])
reading = pytest.mark.parametrize("get", [read, read_stream])


@writing
@reading
@pytest.mark.parametrize("data", [b"", DATA, LARGE], ids=["empty", "small", "large"])
def test_what_is_written_is_read_as_a_blob_and_as_a_stream(
    storage: ExternalContentStorage,
    put: Callable[..., ContentPointer],
    get: Callable[..., bytes],
    data: bytes,
) -> None:
    assert get(storage, put(storage, data)) == data


@writing
def test_the_storage_data_survives_being_text(
    storage: ExternalContentStorage, put: Callable[..., ContentPointer]
) -> None:
    text = storage.serialize_storage_data(put(storage))
    assert read(storage, storage.deserialize_storage_data(text)) == DATA


@writing
def test_identical_content_has_one_place(
    storage: ExternalContentStorage, put: Callable[..., ContentPointer]
) -> None:
    assert put(storage) == write(storage) == write_stream(storage)
    assert len(list(storage.external)) == 1


class Counting(MemoryStorage):
    """Counts what is stored."""

    stored = 0

    def _store_bytes(self, location: str, byte_data: bytes) -> str:
        self.stored += 1
        return super()._store_bytes(location, byte_data)


class CountingContentStorage(ExternalContentStorage):
    name = "test.counting@v1"


@writing
def test_content_that_is_there_is_not_written_again(put: Callable[..., ContentPointer]) -> None:
    external = Counting()
    storage = CountingContentStorage(external)
    write(storage)
    put(storage)
    assert external.stored == 1


@writing
def test_damaged_content_is_replaced(tmp_path: Path, put: Callable[..., ContentPointer]) -> None:
    storage = FileContentStorage(tmp_path)
    path = Path(storage.external.get_filename(write(storage)["location"]))
    path.write_bytes(b"some comtent")
    assert read(storage, put(storage)) == DATA


def test_content_that_is_not_what_its_digest_says_is_not_kept(
    storage: ExternalContentStorage,
) -> None:
    with pytest.raises(ChangedExternalResourceError, match=HASH):
        asyncio.run(storage.write_data(b"other", digest_of(DATA), {}))
    assert list(storage.external) == []


def test_a_stream_that_is_not_what_its_digest_says_is_not_kept(
    storage: ExternalContentStorage,
) -> None:
    with pytest.raises(ChangedExternalResourceError, match=HASH):
        asyncio.run(storage.write_data_stream(chunks(b"other"), lambda: digest_of(DATA), {}))
    assert list(storage.external) == []


def test_a_stream_that_breaks_off_leaves_nothing(storage: ExternalContentStorage) -> None:
    with pytest.raises(ConnectionError):
        asyncio.run(storage.write_data_stream(broken_chunks(), lambda: digest_of(DATA), {}))
    assert list(storage.external) == []


def test_a_stream_whose_digest_is_not_known_at_its_end_leaves_nothing(
    storage: ExternalContentStorage,
) -> None:
    def get_digest() -> Digest:
        raise UnreadStreamError("not yet")

    with pytest.raises(UnreadStreamError):
        asyncio.run(storage.write_data_stream(chunks(DATA), get_digest, {}))
    assert list(storage.external) == []


@reading
def test_content_that_is_not_there_is_missing(
    storage: ExternalContentStorage, get: Callable[..., bytes]
) -> None:
    with pytest.raises(MissingExternalResourceError, match=HASH):
        get(storage, {"location": f"sha256/{HASH}"})


def test_content_is_there_until_it_is_deleted(storage: ExternalContentStorage) -> None:
    pointer = write(storage)
    assert asyncio.run(storage.has_data(pointer))
    asyncio.run(storage.delete_data(pointer))
    assert not asyncio.run(storage.has_data(pointer))
    with pytest.raises(MissingExternalResourceError):
        asyncio.run(storage.delete_data(pointer))


def test_all_content_is_listed_and_other_resources_are_not(storage: ExternalContentStorage) -> None:
    expected = [write(storage), write(storage, b"other")]
    storage.external.store_bytes("notes/readme.txt", b"not content")
    found = asyncio.run(pointers(storage))
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_reading_does_not_depend_on_the_router(tmp_path: Path) -> None:
    def by_project(digest: Digest, tags: Any) -> ContentPointer:
        return {"location": f"{tags['project']}/{digest['content_hash']}"}

    writer = FileContentStorage(tmp_path, router=by_project)
    pointer = asyncio.run(writer.write_data(DATA, digest_of(DATA), {"project": "solvation"}))
    assert (tmp_path / "solvation" / HASH).read_bytes() == DATA
    assert read(FileContentStorage(tmp_path, router=hash_router("elsewhere")), pointer) == DATA


def test_content_can_be_read_where_it_was_copied_to(tmp_path: Path) -> None:
    pointer = write(FileContentStorage(tmp_path / "old"))
    (tmp_path / "old").rename(tmp_path / "new")
    assert read(FileContentStorage(tmp_path / "new"), pointer) == DATA


def test_a_router_by_hash_has_a_prefix() -> None:
    assert hash_router("contents")(digest_of(DATA), {}) == {
        "location": f"contents/sha256/{HASH[:2]}/{HASH}"
    }


def test_a_router_whose_places_two_contents_could_share_is_refused() -> None:
    storage = MemoryContentStorage(router=lambda digest, tags: {"location": "results/latest"})
    for put in (write, write_stream):
        with pytest.raises(InvalidLocationError, match="hash"):
            put(storage)
    assert list(storage.external) == []


@pytest.mark.parametrize("answer", ["sha256/x", None, {}, {"location": None}, {"key": "x"}])
def test_a_router_gives_a_pointer(answer: Any) -> None:
    storage = MemoryContentStorage(router=lambda digest, tags: answer)
    with pytest.raises(InvalidLocationError):
        write(storage)


ESCAPES = {
    "above the root": "../outside/{hash}",
    "by a detour": "inside/../../outside/{hash}",
    "absolute": "/outside/{hash}",
    "NUL": "nul\0/{hash}",
    "reserved": ".propstore-tmp/{hash}",
    "not UTF-8": "\udcff/{hash}",
}
escapes = pytest.mark.parametrize("template", ESCAPES.values(), ids=ESCAPES)
ACCESSES: dict[str, Callable[[ExternalContentStorage, Any], Coroutine[Any, Any, object]]] = {
    "read_data": lambda storage, pointer: storage.read_data(pointer),
    "read_data_stream": joined,
    "has_data": lambda storage, pointer: storage.has_data(pointer),
    "delete_data": lambda storage, pointer: storage.delete_data(pointer),
}
accesses = pytest.mark.parametrize("access", ACCESSES.values(), ids=ACCESSES)


@escapes
@accesses
def test_a_pointer_that_leads_out_is_refused(
    tmp_path: Path, access: Callable[..., Any], template: str
) -> None:
    outside = tmp_path / "outside" / HASH
    outside.parent.mkdir()
    outside.write_bytes(DATA)
    storage = FileContentStorage(tmp_path / "root")
    with pytest.raises(InvalidLocationError):
        asyncio.run(access(storage, {"location": template.format(hash=HASH)}))
    assert outside.read_bytes() == DATA


@accesses
@pytest.mark.parametrize("pointer", [{"location": "notes"}, {"location": ""}, {}, "notes", None])
def test_a_pointer_to_what_is_not_content_is_refused(
    access: Callable[..., Any], pointer: Any
) -> None:
    storage = MemoryContentStorage()
    storage.external.store_bytes("notes", b"not content")
    with pytest.raises(InvalidLocationError):
        asyncio.run(access(storage, pointer))
    assert storage.external.exists("notes")


@writing
@escapes
def test_a_router_that_leads_out_is_refused(
    tmp_path: Path, put: Callable[..., ContentPointer], template: str
) -> None:
    def route(digest: Digest, tags: Any) -> ContentPointer:
        return {"location": template.format(hash=digest["content_hash"])}

    (tmp_path / "root").mkdir()
    with pytest.raises(InvalidLocationError):
        put(FileContentStorage(tmp_path / "root", router=route))
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


@pytest.mark.parametrize("prefix", ["..", "/outside", "a/../..", "nul\0"])
def test_a_prefix_that_leads_out_is_refused(tmp_path: Path, prefix: str) -> None:
    (tmp_path / "root").mkdir()
    with pytest.raises(InvalidLocationError):
        write(FileContentStorage(tmp_path / "root", router=hash_router(prefix)))
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


@pytest.mark.parametrize("content_hash", ["../../outside", "", "a" * 63, "A" * 64, "/etc/passwd"])
def test_a_hash_that_is_none_is_no_place(tmp_path: Path, content_hash: str) -> None:
    (tmp_path / "root").mkdir()
    digest: Digest = {**digest_of(DATA), "content_hash": content_hash}
    storage = FileContentStorage(tmp_path / "root")
    with pytest.raises(InvalidLocationError):
        asyncio.run(storage.write_data(DATA, digest, {}))
    with pytest.raises(InvalidLocationError):
        asyncio.run(storage.write_data_stream(chunks(DATA), lambda: digest, {}))
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / HASH).write_bytes(DATA)
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "outside")
    storage = FileContentStorage(tmp_path / "root")
    for access in ACCESSES.values():
        with pytest.raises(InvalidLocationError):
            asyncio.run(access(storage, {"location": f"link/{HASH}"}))
    assert (tmp_path / "outside" / HASH).is_file()


class Waiting(MemoryStorage):
    """Waits, whatever it is asked, until the event loop has had its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.turn = threading.Event()

    def _exclusive(self, location: str) -> Any:
        self._wait()
        return super()._exclusive(location)

    def _load_stream(self, location: str) -> Any:
        self._wait()
        return super()._load_stream(location)

    def _exists(self, location: str) -> bool:
        self._wait()
        return super()._exists(location)

    def _wait(self) -> None:
        if not self.turn.wait(timeout=60):
            raise TimeoutError("the event loop stood still")


OPERATIONS: dict[str, Callable[[ExternalContentStorage, Any], Coroutine[Any, Any, object]]] = {
    **ACCESSES,
    "write_data": lambda storage, _: storage.write_data(b"new", digest_of(b"new"), {}),
    "write_data_stream": lambda storage, _: storage.write_data_stream(
        chunks(b"new"), lambda: digest_of(b"new"), {}
    ),
    "iter_data": lambda storage, _: pointers(storage),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_the_event_loop_goes_on_while_the_storage_works(operation: Callable[..., Any]) -> None:
    external = Waiting()
    storage = CountingContentStorage(external)
    external.turn.set()
    pointer = write(storage)
    external.turn.clear()

    async def both() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(operation(storage, pointer))
            await asyncio.sleep(0.01)
            external.turn.set()

    asyncio.run(both())


class Forbidding(FileStorage):
    """Has no rights to store."""

    def _store_stream(self, location: str, stream: Any, mode: Any) -> str:
        raise ExternalPermissionError("not for you")


@writing
def test_what_the_external_storage_raises_is_raised(
    tmp_path: Path, put: Callable[..., ContentPointer]
) -> None:
    with pytest.raises(ExternalPermissionError):
        put(CountingContentStorage(Forbidding(tmp_path)))


def test_a_router_sees_the_digest_and_the_tags() -> None:
    seen: list[tuple[Digest, Any]] = []

    def route(digest: Digest, tags: Any) -> ContentPointer:
        seen.append((digest, tags))
        return hash_router()(digest, tags)

    router: Router = route
    storage = MemoryContentStorage(router=router)
    asyncio.run(storage.write_data(DATA, digest_of(DATA), {"project": "x"}))
    assert seen == [(digest_of(DATA), {"project": "x"})]
