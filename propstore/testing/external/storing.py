"""The part of the suite of external storages that stores."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

import io
from pathlib import Path

import pytest

from propstore.errors import MissingExternalResourceError
from propstore.external import ExternalStorage
from propstore.testing.external.raw import (
    HELLO,
    LARGE,
    OTHER,
    Broken,
    Drip,
    Operation,
    RawAccess,
    digest_of,
    writing,
)

__all__ = ["StoringSuite"]


class StoringSuite(RawAccess):
    """What is stored is what was given, or what was there before."""

    @pytest.mark.parametrize("content", [HELLO, b"", LARGE], ids=["small", "empty", "large"])
    def test_bytes_are_stored_as_they_are(self, storage: ExternalStorage, content: bytes) -> None:
        storage.store_bytes("data/sample.txt", content)
        assert self.get_raw(storage, "data/sample.txt") == content

    @pytest.mark.parametrize("content", [HELLO, b"", LARGE], ids=["small", "empty", "large"])
    def test_a_file_is_stored_as_it_is(
        self, storage: ExternalStorage, tmp_path: Path, content: bytes
    ) -> None:
        source = tmp_path / "source"
        source.write_bytes(content)
        storage.store_path("data/sample.txt", source)
        assert self.get_raw(storage, "data/sample.txt") == content
        assert source.read_bytes() == content

    @pytest.mark.parametrize("content", [HELLO, b"", LARGE], ids=["small", "empty", "large"])
    def test_a_stream_is_stored_to_its_end(self, storage: ExternalStorage, content: bytes) -> None:
        storage.store_stream("data/sample.txt", io.BytesIO(content))
        assert self.get_raw(storage, "data/sample.txt") == content

    def test_a_stream_may_give_less_than_it_is_asked_for(self, storage: ExternalStorage) -> None:
        storage.store_stream("data/sample.txt", Drip(HELLO))
        assert self.get_raw(storage, "data/sample.txt") == HELLO

    def test_storing_gives_the_sha256(self, storage: ExternalStorage, tmp_path: Path) -> None:
        (tmp_path / "source").write_bytes(HELLO)
        assert storage.store_bytes("a", HELLO) == digest_of(HELLO)
        assert storage.store_path("b", str(tmp_path / "source")) == digest_of(HELLO)
        assert storage.store_stream("c", io.BytesIO(HELLO)) == digest_of(HELLO)

    @writing
    def test_what_is_stored_is_found(self, storage: ExternalStorage, operation: Operation) -> None:
        operation(storage, "data/sample.txt")
        assert storage.exists("data/sample.txt")
        assert list(storage) == ["data/sample.txt"]

    def test_storing_replaces_what_was_there(self, storage: ExternalStorage) -> None:
        self.set_raw(storage, "sample", OTHER + HELLO)
        storage.store_bytes("sample", HELLO)
        assert self.get_raw(storage, "sample") == HELLO

    @pytest.mark.parametrize(
        "location",
        ["a b", "a#b?c", "100%25", "ünïcode/名前", "..name", "a/.hidden", "a+b&c=d", "q'\"<>|*"],
    )
    def test_names_are_kept_to_the_letter(self, storage: ExternalStorage, location: str) -> None:
        storage.store_bytes(location, HELLO)
        assert self.get_raw(storage, location) == HELLO
        assert list(storage) == [location]

    def test_text_is_not_stored_as_bytes(self, storage: ExternalStorage) -> None:
        with pytest.raises(TypeError):
            storage.store_bytes("sample", "text")  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            storage.store_stream("sample", io.StringIO("text"))  # type: ignore[arg-type]
        assert list(storage) == []

    def test_whatever_holds_bytes_is_stored(self, storage: ExternalStorage) -> None:
        storage.store_bytes("sample", memoryview(bytearray(HELLO))[:5])
        assert self.get_raw(storage, "sample") == HELLO[:5]

    @pytest.mark.parametrize("source", ["nothing here", "."], ids=["missing", "a directory"])
    def test_a_source_that_is_no_file_is_not_a_missing_resource(
        self, storage: ExternalStorage, tmp_path: Path, source: str
    ) -> None:
        with pytest.raises((FileNotFoundError, IsADirectoryError)) as raised:
            storage.store_path("sample", tmp_path / source)
        assert not isinstance(raised.value, MissingExternalResourceError)
        assert list(storage) == []

    @pytest.mark.parametrize("before", [HELLO, None], ids=["overwrite", "new"])
    @pytest.mark.parametrize("read", [OTHER, LARGE], ids=["small", "large"])
    def test_a_source_that_breaks_off_leaves_what_was_there(
        self, storage: ExternalStorage, before: bytes | None, read: bytes
    ) -> None:
        if before is not None:
            self.set_raw(storage, "data/sample", before)
        with pytest.raises(ConnectionError, match="broke off"):
            storage.store_stream("data/sample", Broken(read))
        assert self.get_raw(storage, "data/sample") == before
        assert list(storage) == ([] if before is None else ["data/sample"])
