"""The part of the suite of external storages that stores on a condition."""

# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from propstore.errors import ChangedExternalResourceError, ExternalResourceExistsError
from propstore.external import ExternalStorage, IfDigest
from propstore.testing.external.raw import HELLO, LARGE, OTHER, RawAccess, digest_of

__all__ = ["ConditionsSuite"]


class ConditionsSuite(RawAccess):
    """Of several writers, none undoes unknowingly what another did."""

    @pytest.mark.parametrize("content", [OTHER, LARGE], ids=["small", "large"])
    def test_create_refuses_to_replace(self, storage: ExternalStorage, content: bytes) -> None:
        storage.store_stream("sample", io.BytesIO(content), mode="create")
        with pytest.raises(ExternalResourceExistsError, match="sample"):
            storage.store_bytes("sample", HELLO, mode="create")
        assert self.get_raw(storage, "sample") == content

    @pytest.mark.parametrize("content", [OTHER, LARGE], ids=["small", "large"])
    def test_a_write_on_the_digest_replaces_what_has_it(
        self, storage: ExternalStorage, tmp_path: Path, content: bytes
    ) -> None:
        self.set_raw(storage, "sample", HELLO)
        (tmp_path / "source").write_bytes(content)
        mode = IfDigest(digest_of(HELLO).upper())
        assert storage.store_path("sample", tmp_path / "source", mode=mode) == digest_of(content)
        assert self.get_raw(storage, "sample") == content

    def test_a_write_on_the_digest_spares_what_has_another(self, storage: ExternalStorage) -> None:
        storage.store_bytes("sample", OTHER)
        with pytest.raises(ChangedExternalResourceError, match=digest_of(OTHER)):
            storage.store_bytes("sample", HELLO, mode=IfDigest(digest_of(HELLO)))
        assert self.get_raw(storage, "sample") == OTHER

    def test_an_unknown_mode_is_refused(self, storage: ExternalStorage) -> None:
        with pytest.raises(ValueError, match="'append'"):
            storage.store_bytes("sample", HELLO, mode="append")  # type: ignore[arg-type]

    def test_of_many_who_create_one_succeeds(self, storage: ExternalStorage) -> None:
        created: list[bytes] = []

        def create(number: int) -> None:
            content = str(number).encode()
            try:
                storage.store_bytes("data/sample", content, mode="create")
            except ExternalResourceExistsError:
                return
            created.append(content)

        run_at_once(create, 8)
        assert created == [self.get_raw(storage, "data/sample")]

    def test_no_write_on_the_digest_is_lost(self, storage: ExternalStorage) -> None:
        self.set_raw(storage, "count", b"0")

        def increment(_: int) -> None:
            for _ in range(3):
                while True:
                    with storage.load_stream("count") as stream:
                        seen = stream.read()
                    try:
                        content = str(int(seen) + 1).encode()
                        storage.store_bytes("count", content, mode=IfDigest(digest_of(seen)))
                        break
                    except ChangedExternalResourceError:
                        continue

        run_at_once(increment, 4)
        assert self.get_raw(storage, "count") == b"12"


def run_at_once(work: Callable[[int], None], count: int) -> None:
    """Run a function in several threads that start together, and raise what one raises."""
    barrier = threading.Barrier(count)

    def run(number: int) -> None:
        barrier.wait()
        work(number)

    with ThreadPoolExecutor(count) as threads:
        list(threads.map(run, range(count)))
