"""The part of the suite of external storages that reads."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

import io
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from propstore.errors import ChangedExternalResourceError
from propstore.external import ExternalStorage
from propstore.testing.external.raw import HELLO, LARGE, OTHER, RawAccess, digest_of

__all__ = ["ReadingSuite"]


class ReadingSuite(RawAccess):
    """What is read is what is stored, or an error."""

    @pytest.mark.parametrize("content", [HELLO, b"", LARGE], ids=["small", "empty", "large"])
    def test_a_stream_gives_what_is_stored(self, storage: ExternalStorage, content: bytes) -> None:
        self.set_raw(storage, "data/sample.txt", content)
        with storage.load_stream("data/sample.txt") as stream:
            assert stream.read() == content

    def test_a_stream_is_read_in_parts(self, storage: ExternalStorage) -> None:
        self.set_raw(storage, "sample", HELLO)
        buffer = bytearray(6)
        with storage.load_stream("sample") as stream:
            assert stream.read(7) == HELLO[:7]
            assert stream.readinto(buffer) == 6  # type: ignore[attr-defined]
            assert (bytes(buffer), stream.read(1)) == (HELLO[7:], b"")

    def test_a_stream_that_can_seek_does(self, storage: ExternalStorage) -> None:
        self.set_raw(storage, "sample", LARGE)
        with storage.load_stream("sample") as stream:
            if not stream.seekable():
                pytest.skip("this storage gives streams that can't seek")
            assert stream.seek(-100, io.SEEK_END) == len(LARGE) - 100
            assert stream.read() == LARGE[-100:]
            assert stream.seek(10) == 10
            assert stream.read(20) == LARGE[10:30]

    def test_a_stream_is_of_use_in_a_with_block_only(self, storage: ExternalStorage) -> None:
        self.set_raw(storage, "sample", HELLO)
        loaded = storage.load_stream("sample")
        assert not hasattr(loaded, "read")
        with loaded as stream:
            assert stream.read() == HELLO
        with pytest.raises(RuntimeError, match="load_stream"), loaded:
            pass

    def test_a_stream_is_of_what_was_stored_when_it_was_opened(
        self, storage: ExternalStorage
    ) -> None:
        self.set_raw(storage, "sample", HELLO)
        with storage.load_stream("sample") as stream:
            storage.store_bytes("sample", OTHER)
            assert stream.read() == HELLO

    def test_a_reader_sees_the_old_or_the_new_while_others_overwrite(
        self, storage: ExternalStorage
    ) -> None:
        versions = [bytes([number]) * (number * 50_000) for number in range(1, 6)]
        storage.store_bytes("data/sample", versions[0])
        enough = threading.Event()

        def overwrite() -> None:
            for content in itertools.cycle(versions):
                if enough.is_set():
                    return
                storage.store_bytes("data/sample", content)

        with ThreadPoolExecutor(1) as threads:
            writer = threads.submit(overwrite)
            seen = set()
            for _ in range(50):
                with storage.load_stream("data/sample") as stream:
                    seen.add(stream.read())
            enough.set()
            writer.result()
        assert seen <= set(versions)

    @pytest.mark.parametrize("content", [HELLO, LARGE], ids=["small", "large"])
    def test_content_of_the_expected_digest_is_read(
        self, storage: ExternalStorage, content: bytes
    ) -> None:
        self.set_raw(storage, "sample", content)
        with storage.load_stream("sample", digest=digest_of(content)) as stream:
            assert stream.read() == content

    @pytest.mark.parametrize("size", [-1, 4, 0], ids=["whole", "in part", "not at all"])
    def test_changed_content_is_found_out(self, storage: ExternalStorage, size: int) -> None:
        self.set_raw(storage, "sample", OTHER)
        with (
            pytest.raises(ChangedExternalResourceError, match=digest_of(OTHER)),
            storage.load_stream("sample", digest=digest_of(HELLO)) as stream,
        ):
            stream.read(size)

    def test_a_digest_has_to_be_a_sha256(self, storage: ExternalStorage) -> None:
        self.set_raw(storage, "sample", HELLO)
        md5 = "65a8e27d8879283831b664bd8b7f0ad4"
        with pytest.raises(ValueError, match=md5):
            storage.load_stream("sample", digest=md5)

    @pytest.mark.parametrize(
        ("start", "length"),
        [(0, 5), (7, 6), (7, 100), (0, 0), (13, 1), (500, 5), (0, 10**15)],
    )
    def test_a_range_is_a_slice(self, storage: ExternalStorage, start: int, length: int) -> None:
        self.set_raw(storage, "sample", HELLO)
        assert storage.load_range("sample", start, length) == HELLO[start : start + length]

    @pytest.mark.parametrize(("start", "length"), [(-1, 5), (0, -1)])
    def test_a_range_is_not_counted_from_the_end(
        self, storage: ExternalStorage, start: int, length: int
    ) -> None:
        self.set_raw(storage, "sample", HELLO)
        with pytest.raises(ValueError, match="0 or more"):
            storage.load_range("sample", start, length)
